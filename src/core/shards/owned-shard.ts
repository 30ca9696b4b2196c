/** A shard whose portfolios a process values, stores and publishes. */
export interface OwnedShard {
  readonly shard: number;
  /** When the process took it over, ms since 1970. */
  readonly since: number;
}
