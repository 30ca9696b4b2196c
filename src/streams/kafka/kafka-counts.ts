import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';

/**
 * Counters of a Kafka stream, over all its connections. Every record is one of `priceRecords`, `tombstones`, `skipped` and
 * all of `rejected`.
 */
export interface KafkaStreamStats extends PriceStreamStats {
  /** Batches taken, whole or in part. */
  readonly batches: number;
  /** Records read; one that is delivered again counts again. */
  readonly records: number;
  /** Records that carried prices. */
  readonly priceRecords: number;
  /** Records without a value. */
  readonly tombstones: number;
  /** Records that carry no price and belong there, as the decoder says. */
  readonly skipped: number;
  /** Records that could not be read, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Rejected records that were sent to the dead-letter topic. */
  readonly deadLetters: number;
  /** Rejected records that could not be sent there; they are still in their own topic. */
  readonly deadLettersFailed: number;
  /** Times the group gave partitions out anew, after the first. */
  readonly rebalances: number;
  /** Times the consumer stopped itself after an error. */
  readonly crashes: number;
}

type Counter = Exclude<keyof KafkaStreamStats, keyof PriceStreamStats | 'rejected'>;

/** Counts what comes of records. */
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

  /** Counts, once or `by` times. */
  add(counter: Counter, by = 1): void {
    this.#counters[counter] += by;
  }

  /** Counts a record that could not be read. */
  reject(reason: string): void {
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
  }

  /** What was counted so far. */
  stats(): Omit<KafkaStreamStats, keyof PriceStreamStats> {
    return { ...this.#counters, rejected: Object.fromEntries(this.#rejected) };
  }
}
