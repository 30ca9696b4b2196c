import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';

/**
 * Counters of a `KafkaPriceStreamAdapter` since its construction. `records` is the sum of `priceRecords`, `tombstones`, `skipped` and all
 * counts of `rejected`.
 */
export interface KafkaStreamStats extends PriceStreamStats {
  /** Batches processed, in whole or in part. */
  readonly batches: number;
  /** Records processed; a redelivered record counts again. */
  readonly records: number;
  /** Records with prices. */
  readonly priceRecords: number;
  /** Records without a value. */
  readonly tombstones: number;
  /** Valid records without a price: the decoder returned `undefined` or no prices. */
  readonly skipped: number;
  /** Records that could not be decoded, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Rejected records sent to the dead-letter topic. */
  readonly deadLetters: number;
  /** Rejected records that could not be sent there; they stay in their own topic. */
  readonly deadLettersFailed: number;
  /** Rebalances of the group after the first assignment. */
  readonly rebalances: number;
  /** Times the consumer crashed: it stopped after an error. */
  readonly crashes: number;
}

type Counter = Exclude<keyof KafkaStreamStats, keyof PriceStreamStats | 'rejected'>;

/** Counts records by their results. */
export class KafkaCounts {
  readonly #counters: Record<Counter, number> = {
    batches: 0,
    records: 0,
    priceRecords: 0,
    tombstones: 0,
    skipped: 0,
    deadLetters: 0,
    deadLettersFailed: 0,
    rebalances: 0,
    crashes: 0,
  };
  readonly #rejected = new Map<string, number>();

  /** Adds to a counter. */
  add(counter: Counter, by = 1): void {
    this.#counters[counter] += by;
  }

  /** Counts a record that could not be decoded. */
  reject(reason: string): void {
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
  }

  /** Counters so far. */
  stats(): Omit<KafkaStreamStats, keyof PriceStreamStats> {
    return { ...this.#counters, rejected: Object.fromEntries(this.#rejected) };
  }
}
