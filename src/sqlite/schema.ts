import { sleep, systemClock } from '../core/clock.js';
import { MIGRATIONS } from './migrations/migrations.js';
import { newerFile, schemaVersion } from './schema-version.js';
import { resultCode } from './failure.js';
import type { SqliteDatabase } from './sqlite-database.js';
import type { SqliteQueries } from './sqlite-queries.js';
import { SqliteTransactions, type SqliteOptions, SQLITE_OPTIONS } from './sqlite-transactions.js';
import type { TableNames } from './table-names.js';
import { checkOptions } from '../core/options.js';

const WHAT = 'migrateSqlite()';
const RETRY_MS = 10;

/**
 * Creates the tables and views, or brings them up to date, and returns the numbers of the migrations that it applied: none if they were up
 * to date. Each migration is one transaction. Several processes may call it at once, such as at their start. It also sets the file to
 * write-ahead logging (`PRAGMA journal_mode = WAL`), so that readers and the writer do not wait for each other.
 *
 * @example
 * ```ts
 * import Database from 'better-sqlite3';
 * import { migrateSqlite } from 'tickmark/sqlite';
 *
 * const applied = await migrateSqlite(new Database('portfolios.db')); // such as [1]
 * ```
 *
 * @throws RepositoryError `REPOSITORY_FAILED`, such as for a read-only file, or one that a newer version of tickmark has written;
 * `INVALID_ARGUMENT` for invalid arguments.
 */
export async function migrateSqlite(
  database: SqliteDatabase,
  options: SqliteOptions = {},
): Promise<number[]> {
  checkOptions('migrateSqlite', options, SQLITE_OPTIONS);
  const transactions = new SqliteTransactions(database, options, 'migrateSqlite');
  const { names } = transactions;
  transactions.attempt(WHAT, (queries) => knownVersion(queries, names));
  await useWriteAheadLog(transactions);
  const applied: number[] = [];
  for (let number = 1; number <= MIGRATIONS.length; number++)
    if (transactions.migrate(WHAT, (queries) => apply(queries, names, number))) applied.push(number);
  return applied;
}

function knownVersion(queries: SqliteQueries, names: TableNames): number {
  const version = schemaVersion(queries, names);
  if (version > MIGRATIONS.length) throw newerFile(WHAT, version);
  return version;
}

// Whether it was still to do.
function apply(queries: SqliteQueries, names: TableNames, number: number): boolean {
  if (knownVersion(queries, names) >= number) return false;
  queries.exec(`
CREATE TABLE IF NOT EXISTS ${names.migrations} (
  version INTEGER PRIMARY KEY,
  applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
${MIGRATIONS[number - 1]!(names)}`);
  queries.exec(`INSERT INTO ${names.migrations} (version) VALUES (${number})`);
  return true;
}

// Where another connection is in the way, SQLite refuses this at once: it does not wait for `busy_timeout`.
async function useWriteAheadLog(transactions: SqliteTransactions): Promise<void> {
  const deadline = systemClock.monotonic() + transactions.busyTimeoutMs;
  while (true) {
    try {
      return transactions.attempt(WHAT, setWriteAheadLog);
    } catch (error) {
      const isBusy = resultCode((error as Error).cause)?.startsWith('SQLITE_BUSY');
      if (!isBusy || systemClock.monotonic() >= deadline) throw error;
    }
    await sleep(systemClock, RETRY_MS);
  }
}

// A database in memory stays in its mode, and needs no other.
function setWriteAheadLog(queries: SqliteQueries): void {
  const mode = queries.one<{ journal_mode: string }>('PRAGMA journal_mode');
  if (mode?.journal_mode !== 'wal') queries.exec('PRAGMA journal_mode = WAL');
}
