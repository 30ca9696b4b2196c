/** What a worker is told. */
export interface WorkerArgs {
  readonly broker: string;
  /** Topic of prices. */
  readonly prices: string;
  /** Start of the names of the topics of values. */
  readonly prefix: string;
  /** Group in which it reads prices: one of its own, since every worker reads all. */
  readonly group: string;
  readonly portfolios: number;
  readonly symbols: number;
  /** Its part of the shards; `null`: all portfolios, without shards. */
  readonly shards: { readonly index: number; readonly count: number } | null;
}

/** Partitions of a topic of values, which are the shards: ten for each worker are enough. */
export const VALUE_PARTITIONS = 16;
