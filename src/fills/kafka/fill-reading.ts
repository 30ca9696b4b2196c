import { BoundedCalls } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { FillGap } from '../../core/fills/fill-stream.js';
import { ConsumerGroupSession } from '../../kafka-client/consumer-group-session.js';
import type {
  ConsumerGroupLink,
  ConsumerOutages,
} from '../../kafka-client/consumer-group-session-options.js';
import type { DeadLetters } from '../../kafka-client/dead-letters.js';
import { kafkaError } from '../../kafka-client/kafka-client-error.js';
import type { KafkaConsumer } from '../../kafka-client/kafka-consumer.js';
import { FillDelivery } from './fill-delivery.js';
import { FillHandover, type HandedList } from './fill-handover.js';
import type { FillRecords } from './fill-records.js';
import type { KafkaFillCounts } from './kafka-fill-counts.js';
import type { KafkaFillSettings } from './kafka-fill-stream-options.js';
import { PartitionPositions } from './partition-positions.js';
import type { StartPositions } from './start-positions.js';
import { TopicOffsets } from './topic-offsets.js';

/** What the readings of a stream share. */
export interface FillReadingOptions {
  readonly settings: KafkaFillSettings;
  readonly counts: KafkaFillCounts;
  readonly records: FillRecords;
  readonly deadLetters: DeadLetters | null;
  readonly starts: StartPositions;
  readonly report: (error: TickmarkError) => void;
}

/** One consumer, from its connect to its disconnect, and the lists that it brings. */
export class FillReading {
  readonly #options: FillReadingOptions;
  readonly #ending = new AbortController();
  readonly #handover = new FillHandover();
  readonly #positions = new PartitionPositions();
  readonly #offsets: TopicOffsets;
  readonly #delivery: FillDelivery;
  #session: ConsumerGroupSession | null = null;
  #closed: Promise<void> | null = null;

  constructor(options: FillReadingOptions) {
    this.#options = options;
    this.#offsets = new TopicOffsets(options.settings, this.#ending.signal);
    this.#delivery = new FillDelivery({
      ...options,
      signal: this.#ending.signal,
      handover: this.#handover,
      positions: this.#positions,
      offsets: this.#offsets,
    });
  }

  /** Connects; resolves when records flow. @throws TickmarkError `STREAM_FAILED`, `UNAUTHORIZED`, `INVALID_ARGUMENT`. */
  async open(): Promise<void> {
    const { settings, counts, starts } = this.#options;
    const consumer = this.#makeConsumer();
    await starts.prepare(consumer, this.#offsets);
    if (settings.admin && starts.fromCommitted && (await this.#offsets.hasLost())) this.#giveGap();
    if (this.#ending.signal.aborted) return;
    this.#session = new ConsumerGroupSession({
      clock: settings.clock,
      consumer,
      makeConsumer: () => this.#makeConsumer(),
      link: this.#link(),
      counts,
      settings,
      outages: this.#outages(),
      assigned: (assignment, reader) => {
        const partitions = partitionsOf(assignment, settings.topic);
        this.#positions.keep(partitions);
        starts.assigned(reader, partitions);
      },
      deliver: (payload, isCurrent) => this.#delivery.deliver(payload, isCurrent),
    });
    await this.#session.open();
  }

  /** The next list; `null` at the end. @throws TickmarkError when the consumer has given up. */
  next(): Promise<HandedList | null> {
    return this.#handover.next(this.#ending.signal);
  }

  /** Ends waits at once, commits what is processed, and disconnects. Never rejects. Idempotent. */
  close(): Promise<void> {
    this.#ending.abort(new TickmarkError('CLOSED', 'KafkaFillStream: reading has ended.'));
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { settings, report } = this.#options;
    const session = this.#session;
    if (!session) return;
    const calls = new BoundedCalls(settings.clock, settings.closeTimeoutMs);
    try {
      await calls.run('KafkaFillStream: disconnecting the consumer', async () => {
        await this.#delivery.idle();
        await session.close();
      });
    } catch (error) {
      report(kafkaError(settings.source, 'disconnect()', error));
    }
  }

  #makeConsumer(): KafkaConsumer {
    const { makeConsumer, source } = this.#options.settings;
    try {
      return makeConsumer();
    } catch (error) {
      throw kafkaError(source, 'the function that makes the consumer failed', error);
    }
  }

  #link(): ConsumerGroupLink {
    const { report } = this.#options;
    return {
      signal: this.#ending.signal,
      reconnecting: (_attempt, _nextTryAt, cause) => cause && report(cause),
      restored: () => undefined,
      warn: report,
      fail: (error) => this.#handover.fail(error),
    };
  }

  // Nothing is missing after an outage: records are read on from the committed offset, here or by another member of the group.
  #outages(): ConsumerOutages {
    const { report, settings } = this.#options;
    let isSilent = false;
    return {
      seen: () => undefined,
      begin: (reason) => {
        if (reason !== 'silence' || isSilent) return;
        isSilent = true;
        const message = `KafkaFillStream: no broker has responded for ${settings.silenceMs} ms; reading continues when one does.`;
        report(new TickmarkError('STREAM_FAILED', message, { retryable: true }));
      },
      end: () => void (isSilent = false),
    };
  }

  // Since when is not known: the group has its offset from some time before.
  #giveGap(): void {
    const { counts, settings } = this.#options;
    counts.add('gaps');
    const gap: FillGap = { type: 'gap', account: null, from: 0, to: settings.clock.now(), reason: 'deleted' };
    this.#handover.give([gap]);
  }
}

function partitionsOf(assignment: unknown, topic: string): readonly number[] {
  const partitions = ((assignment ?? {}) as Record<string, unknown>)[topic];
  return Array.isArray(partitions) ? (partitions as number[]) : [];
}
