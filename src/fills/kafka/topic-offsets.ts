import { BoundedCalls } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import { kafkaError } from '../../kafka-client/kafka-client-error.js';
import type { KafkaAdmin } from '../../kafka-client/kafka-consumer.js';
import type { KafkaFillSettings } from './kafka-fill-stream-options.js';

/** Asks the brokers for offsets of the topic: each question over a connection of its own, since they are rare. */
export class TopicOffsets {
  readonly #settings: KafkaFillSettings;
  readonly #signal: AbortSignal;

  /** @param signal Ends waiting for answers; its reason is a `TickmarkError`. */
  constructor(settings: KafkaFillSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#signal = signal;
  }

  /** Where each partition has its first record at or after a time. @throws TickmarkError `STREAM_FAILED`, `UNAUTHORIZED`. */
  since(time: number): Promise<ReadonlyMap<number, string>> {
    const { topic } = this.#settings;
    return this.#ask('looking up the offsets of a time', async (admin) => {
      const starts = await admin.fetchTopicOffsetsByTimestamp(topic, time);
      return new Map(starts.map(({ partition, offset }) => [partition, offset]));
    });
  }

  /** The oldest offset of each partition. */
  oldest(): Promise<ReadonlyMap<number, bigint>> {
    return this.#ask('looking up the oldest offsets', (admin) => this.#oldestOf(admin));
  }

  /** Whether records were deleted before the group has read them. */
  hasLost(): Promise<boolean> {
    const { topic, admin } = this.#settings;
    return this.#ask('comparing the offsets of the group', async (client) => {
      const oldest = await this.#oldestOf(client);
      const committed = await client.fetchOffsets({ groupId: admin!.groupId, topics: [topic] });
      return committed
        .flatMap(({ partitions }) => partitions)
        .some(({ partition, offset }) => {
          const next = BigInt(offset);
          return next >= 0n && next < (oldest.get(partition) ?? 0n);
        });
    });
  }

  async #oldestOf(admin: KafkaAdmin): Promise<ReadonlyMap<number, bigint>> {
    const offsets = await admin.fetchTopicOffsets(this.#settings.topic);
    return new Map(offsets.map(({ partition, low }) => [partition, BigInt(low)]));
  }

  async #ask<Answer>(what: string, question: (admin: KafkaAdmin) => Promise<Answer>): Promise<Answer> {
    const { admin, clock, connectTimeoutMs, source } = this.#settings;
    const calls = new BoundedCalls(clock, connectTimeoutMs);
    const onAbort = (): void => calls.abandon(this.#signal.reason as TickmarkError);
    if (this.#signal.aborted) onAbort();
    this.#signal.addEventListener('abort', onAbort, { once: true });
    try {
      const client = admin!.client();
      try {
        return await calls.run(`${source.name}: ${what}`, async () => {
          await client.connect();
          return question(client);
        });
      } finally {
        void client.disconnect().catch(() => undefined);
      }
    } catch (error) {
      throw kafkaError(source, what, error);
    } finally {
      this.#signal.removeEventListener('abort', onAbort);
    }
  }
}
