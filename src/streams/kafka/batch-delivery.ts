import { sleep, type Clock } from '../../core/clock.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { DeadLetter, DeadLetters } from './dead-letters.js';
import { keyOf, timeOf, type KafkaDecoder } from './json-price-decoder.js';
import type { KafkaBatchPayload, KafkaTopicPartition, KafkaRecord } from './kafka-consumer.js';
import type { KafkaCounts } from './kafka-counts.js';
import type { TombstoneEffect } from './kafka-options.js';
import { readRecord } from './record-reader.js';

/** Options of {@link BatchDelivery}. */
export interface BatchDeliveryOptions {
  readonly clock: Clock;
  readonly link: PriceStreamLink;
  readonly counts: KafkaCounts;
  readonly decode: KafkaDecoder;
  readonly tombstones: TombstoneEffect;
  readonly deadLetters: DeadLetters | undefined;
  /** Resolves with the first subscription: a record that is committed before would be lost for it. */
  readonly subscribed: Promise<void>;
  /** Whether a symbol is subscribed. */
  readonly isSubscribed: (symbol: string) => boolean;
}

const RECORDS_PER_TURN = 500;
const HEARTBEAT_MS = 1000;

/** Delivers the records of batches in order, and commits the offsets of those that were delivered. */
export class BatchDelivery {
  readonly #options: BatchDeliveryOptions;
  readonly #last = new Map<string, PriceUpdate>();
  #hasSubscription = false;

  constructor(options: BatchDeliveryOptions) {
    this.#options = options;
    void options.subscribed.then(() => (this.#hasSubscription = true));
  }

  /** Delivers a batch while `isCurrent()` says that its partition is assigned here. Resolves with whether an offset was committed. */
  async deliver(payload: KafkaBatchPayload, isCurrent: () => boolean): Promise<boolean> {
    const { counts, link, deadLetters } = this.#options;
    const { topic, partition, messages } = payload.batch;
    const isAssigned = (): boolean => isCurrent() && !payload.isStale();
    const isLive = (): boolean => !link.signal.aborted && payload.isRunning() && isAssigned();
    if (!this.#hasSubscription) await this.#waitForSubscription(payload, isLive);
    counts.add('batches');
    let done = 0;
    while (done < messages.length && isLive()) {
      if (done > 0) {
        await payload.heartbeat();
        if (!isLive()) break;
      }
      const letters: DeadLetter[] = [];
      const from = done;
      const end = Math.min(done + RECORDS_PER_TURN, messages.length);
      // A listener may end the stream between two records.
      while (done < end && !link.signal.aborted)
        this.#deliverRecord(messages[done++]!, payload.batch, letters);
      if (letters.length > 0 && deadLetters) await deadLetters.send(letters, payload.batch);
      if (done > from && isAssigned()) payload.resolveOffset(messages[done - 1]!.offset);
    }
    if (done === 0 || !isAssigned()) return false;
    const offset = String(BigInt(messages[done - 1]!.offset) + 1n);
    await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
    return true;
  }

  async #waitForSubscription(payload: KafkaBatchPayload, isLive: () => boolean): Promise<void> {
    const { clock, link, subscribed } = this.#options;
    const wait = new AbortController();
    const wake = (): void => wait.abort();
    void subscribed.then(wake);
    link.signal.addEventListener('abort', wake, { once: true });
    while (!this.#hasSubscription && isLive()) {
      await sleep(clock, HEARTBEAT_MS, wait.signal).catch(() => undefined);
      if (isLive()) await payload.heartbeat();
    }
    link.signal.removeEventListener('abort', wake);
  }

  #deliverRecord(record: KafkaRecord, place: KafkaTopicPartition, letters: DeadLetter[]): void {
    const { counts, link, decode, clock, tombstones, isSubscribed } = this.#options;
    counts.add('records');
    if (record.value === null) return this.#handleTombstone(record);
    const read = readRecord(decode, record, place);
    if (typeof read === 'string') {
      counts.reject(read);
      letters.push({ record, reason: read });
      return;
    }
    counts.add(read.length > 0 ? 'priceRecords' : 'skipped');
    const receivedAt = clock.now();
    for (const update of read) {
      const stamped = update.receivedAt === undefined ? { ...update, receivedAt } : update;
      if (tombstones === 'closed' && isSubscribed(stamped.symbol)) this.#last.set(stamped.symbol, stamped);
      link.deliver(stamped);
    }
  }

  #handleTombstone(record: KafkaRecord): void {
    const { counts, link, clock, tombstones, isSubscribed } = this.#options;
    counts.add('tombstones');
    const symbol = keyOf(record);
    if (tombstones === 'none' || symbol === undefined || !isSubscribed(symbol)) return;
    const now = clock.now();
    const at = timeOf(record) ?? now;
    if (tombstones === 'stale') {
      const from = Math.min(at, now);
      link.deliver({ type: 'gap', from, to: now, symbols: [symbol], reason: 'silence', recovered: false });
      return;
    }
    const last = this.#last.get(symbol);
    this.#last.delete(symbol);
    // The record's clock may be behind the venue's: the time of the price must not go back.
    if (last)
      link.deliver({ ...last, receivedAt: now, timestamp: Math.max(last.timestamp, at), state: 'closed' });
  }
}
