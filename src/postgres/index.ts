export {
  PostgresPortfolioRepository,
  type PostgresPortfolioRepositoryOptions,
  type PostgresPortfolioRepositoryStats,
} from './postgres-portfolio-repository.js';
export { migrate, migrationSql } from './schema.js';
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
} from './postgres-pool.js';
export { PostgresFailure } from './failure.js';
