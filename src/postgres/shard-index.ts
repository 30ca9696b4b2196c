import { checkShardCount } from '../core/shards/shard-of.js';
import { tableNames, type TableNames, type TableOptions } from './table-names.js';

/**
 * The statement that creates the index for a number of shards other than 64, which `migrate()` creates. It runs outside of a transaction,
 * and the table stays in use meanwhile. Without the index everything works, but loading a shard reads the whole table.
 *
 * @example
 * ```ts
 * import pg from 'pg';
 * import { shardIndexSql } from 'tickmark/postgres';
 *
 * await new pg.Pool().query(shardIndexSql(1024));
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for a number of shards out of range, or an invalid schema or prefix.
 */
export function shardIndexSql(shardCount: number, options: TableOptions = {}): string {
  checkShardCount(shardCount, 'shardIndexSql: shardCount');
  return shardIndex(tableNames(options, 'shardIndexSql'), shardCount, 'CONCURRENTLY IF NOT EXISTS ');
}

/** The statement that creates the index for a number of shards. */
export function shardIndex(t: TableNames, shardCount: number, how = ''): string {
  const name = shardIndexName(t, shardCount);
  return `CREATE INDEX ${how}${name} ON ${t.portfolios} ((shard_hash % ${shardCount}), id)`;
}

/** Not qualified: an index is in the schema of its table. */
export function shardIndexName({ shardsIndex }: TableNames, shardCount: number): string {
  return `${shardsIndex.slice(0, -1)}_${shardCount}"`;
}
