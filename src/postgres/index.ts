/**
 * Repository, lock, stores of instruments and days, and previous closes in PostgreSQL.
 * @module tickmark/postgres
 */
export {
  PostgresPortfolioRepository,
  type PostgresPortfolioRepositoryOptions,
  type PostgresPortfolioRepositoryStats,
} from './postgres-portfolio-repository.js';
export {
  PostgresInstrumentStore,
  type PostgresInstrumentStoreOptions,
} from './instruments/postgres-instrument-store.js';
export { PostgresDayStore, type PostgresDayStoreOptions } from './days/postgres-day-store.js';
export {
  PostgresPreviousCloses,
  type PostgresPreviousClosesOptions,
} from './days/postgres-previous-closes.js';
export type { PreviousCloseColumns } from './days/previous-close-statement.js';
export { migrate, migrationSql } from './schema.js';
export { shardIndexSql } from './shard-index.js';
export type { TableOptions } from './table-names.js';
export type { TransactionOptions } from './retried-transactions.js';
export type {
  PGliteDatabase,
  PGliteScope,
  PgConnection,
  PgPool,
  PgQuery,
  PostgresJsScope,
  PostgresJsSql,
  PostgresPool,
} from './drivers/postgres-pool.js';
export { PostgresFailure } from './failure.js';
export { PostgresLock, type PostgresLockOptions } from './postgres-lock.js';
export type {
  MultiKeyLease,
  StoreAcquireOptions,
  StoreLock,
  StoreLockOptions,
  StoreLockStats,
} from '../core/locking/store-lock.js';
