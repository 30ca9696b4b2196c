/**
 * Repository, and stores of instruments and days, in one file of SQLite, by better-sqlite3 or `node:sqlite`.
 * @module tickmark/sqlite
 */
export {
  SqlitePortfolioRepository,
  type SqlitePortfolioRepositoryOptions,
  type SqlitePortfolioRepositoryStats,
} from './sqlite-portfolio-repository.js';
export {
  SqliteInstrumentStore,
  type SqliteInstrumentStoreOptions,
} from './instruments/sqlite-instrument-store.js';
export { SqliteDayStore, type SqliteDayStoreOptions } from './days/sqlite-day-store.js';
export { migrateSqlite } from './schema.js';
export type { SqliteDatabase, SqliteStatement } from './sqlite-database.js';
export type { SqliteOptions } from './sqlite-transactions.js';
export type { SqliteTableOptions } from './table-names.js';
