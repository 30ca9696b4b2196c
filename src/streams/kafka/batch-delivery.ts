import type { Clock } from '../../core/clock.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { updateFault, type PriceUpdate } from '../../core/prices/price-update.js';
import { deliverInTurns, heartbeatUntil, isLive } from '../../kafka-client/batch-turns.js';
import type { DeadLetter, DeadLetters } from '../../kafka-client/dead-letters.js';
import { decodeJsonPrice, type KafkaDecoder } from './json-price-decoder.js';
import type {
  KafkaBatchPayload,
  KafkaTopicPartition,
  KafkaRecord,
} from '../../kafka-client/kafka-consumer.js';
import type { KafkaPriceCounts } from './kafka-stream-stats.js';
import type { TombstoneEffect } from './kafka-options.js';
import type { ReadPositions } from '../../kafka-client/read-positions.js';
import { readRecord } from '../../kafka-client/record-reader.js';
import { keyOf, timeOf } from '../../kafka-client/record-text.js';
import type { TopicWatch } from '../../kafka-client/topic-watch.js';

/** Options of {@link BatchDelivery}. */
export interface BatchDeliveryOptions {
  readonly clock: Clock;
  readonly link: PriceStreamLink;
  readonly counts: KafkaPriceCounts;
  readonly decode: KafkaDecoder;
  readonly tombstones: TombstoneEffect;
  readonly deadLetters: DeadLetters | undefined;
  /** Resolves with the first subscription: a record that is committed before would be lost for it. */
  readonly subscribed: Promise<void>;
  readonly positions: ReadPositions;
  readonly watch: TopicWatch;
  /** Whether a symbol is subscribed. */
  readonly isSubscribed: (symbol: string) => boolean;
}

const RECORDS_PER_TURN = 500;

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
    const { clock, counts, link, subscribed, positions, watch } = this.#options;
    const { signal } = link;
    const isAssigned = (): boolean => isCurrent() && !payload.isStale();
    const live = (): boolean => isLive(payload, isAssigned, signal);
    if (!this.#hasSubscription) await heartbeatUntil(subscribed, payload, { clock, signal, live });
    if (live()) await watch.before(payload);
    counts.add('batches');
    const isCommitted = await deliverInTurns(payload, isAssigned, {
      signal,
      size: RECORDS_PER_TURN,
      commit: 'batch',
      deliver: (records) => this.#deliverRecords(records, payload.batch),
    });
    if (isCommitted) positions.commit(payload.batch);
    return isCommitted;
  }

  async #deliverRecords(records: readonly KafkaRecord[], place: KafkaTopicPartition): Promise<number> {
    const { link, deadLetters } = this.#options;
    const letters: DeadLetter[] = [];
    let done = 0;
    // A listener may end the stream between two records.
    while (done < records.length && !link.signal.aborted)
      this.#deliverRecord(records[done++]!, place, letters);
    if (done > 0) this.#options.positions.read(place, records[done - 1]!);
    if (letters.length > 0 && deadLetters) await deadLetters.send(letters, place);
    return done;
  }

  #deliverRecord(record: KafkaRecord, place: KafkaTopicPartition, letters: DeadLetter[]): void {
    const { counts, link, decode, clock, tombstones, isSubscribed } = this.#options;
    counts.add('records');
    if (record.value === null) return this.#handleTombstone(record);
    const receivedAt = clock.now();
    // -1 where the producer has set no time, and the brokers do not.
    const hasTime = timeOf(record) !== undefined;
    const timed = hasTime ? record : { ...record, timestamp: String(receivedAt) };
    const read = readRecord(decode, timed, place, priceFault);
    if (typeof read === 'string') {
      counts.reject(read);
      letters.push({ record, reason: read });
      return;
    }
    counts.add(read.length > 0 ? 'priceRecords' : 'skipped');
    for (const update of read) {
      const stamped = update.receivedAt === undefined ? this.#received(update, receivedAt) : update;
      if (tombstones === 'closed' && isSubscribed(stamped.symbol)) this.#last.set(stamped.symbol, stamped);
      link.deliver(stamped);
    }
  }

  // What our own decoder has made is nobody else's.
  #received(update: PriceUpdate, receivedAt: number): PriceUpdate {
    if (this.#options.decode !== decodeJsonPrice) return { ...update, receivedAt };
    (update as { receivedAt?: number }).receivedAt = receivedAt;
    return update;
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

// The processor decides about zero and negative prices: some instruments trade there.
function priceFault(update: PriceUpdate): string | null {
  return updateFault(update, true);
}
