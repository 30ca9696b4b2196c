import type { KafkaCounts } from '../../kafka-client/kafka-counts.js';

/**
 * Counters of a {@link KafkaFillStream} since its construction. `records` is the sum of `fillRecords`, `skipped` and all counts of `rejected`. A record
 * that comes again counts again.
 */
export interface KafkaFillStreamStats {
  /** Batches that began to be delivered. */
  readonly batches: number;
  /** Records read. */
  readonly records: number;
  /** Records with fills. */
  readonly fillRecords: number;
  /** Fills of them. */
  readonly fills: number;
  /** Valid records without a fill: the decoder returned `undefined` or no fills. */
  readonly skipped: number;
  /** Records that cannot be read, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Gaps delivered. */
  readonly gaps: number;
  /** Rejected records sent to the dead-letter topic. */
  readonly deadLetters: number;
  /** Rejected records that could not be sent there; they stay in their own topic. */
  readonly deadLettersFailed: number;
  /** Rebalances of the group after the first assignment. */
  readonly rebalances: number;
  /** Times a consumer crashed: it stopped after an error. */
  readonly crashes: number;
}

/** Names of the counters. */
export const FILL_COUNTERS = [
  'batches',
  'records',
  'fillRecords',
  'fills',
  'skipped',
  'gaps',
  'deadLetters',
  'deadLettersFailed',
  'rebalances',
  'crashes',
] as const;

/** Counters of a stream of fills. */
export type KafkaFillCounts = KafkaCounts<(typeof FILL_COUNTERS)[number]>;
