import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';
import type { KafkaCounts } from '../../kafka-client/kafka-counts.js';

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

/** Names of the counters of a `KafkaPriceStreamAdapter`, besides those of every price stream. */
export const PRICE_COUNTERS = [
  'batches',
  'records',
  'priceRecords',
  'tombstones',
  'skipped',
  'deadLetters',
  'deadLettersFailed',
  'rebalances',
  'crashes',
] as const;

/** Counters of a price stream. */
export type KafkaPriceCounts = KafkaCounts<(typeof PRICE_COUNTERS)[number]>;
