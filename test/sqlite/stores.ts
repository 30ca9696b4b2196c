import { describe } from 'vitest';
import { migrateSqlite } from '../../src/sqlite/schema.js';
import {
  SqlitePortfolioRepository,
  type SqlitePortfolioRepositoryOptions,
} from '../../src/sqlite/sqlite-portfolio-repository.js';
import {
  DRIVERS,
  canUseSqlite,
  newSqliteFile,
  openSqlite,
  type OpenOptions,
  type SqliteDriver,
  type SqliteHandle,
} from '../servers/sqlite.js';
import { SLOW_TEST_MS } from '../waiting.js';

/** Registers tests for each driver. */
export function eachDriver(title: string, define: (driver: SqliteDriver) => void): void {
  for (const driver of DRIVERS)
    describe.skipIf(!canUseSqlite(driver))(`${title} through ${driver}`, { timeout: SLOW_TEST_MS }, () => {
      if (canUseSqlite(driver)) define(driver);
    });
}

/** A file with the tables, and its handles. */
export interface Store {
  readonly file: string;
  readonly handle: SqliteHandle;
  /** Another handle on the same file, as in another process. */
  open(options?: OpenOptions): SqliteHandle;
  /** Rows of a query. */
  rows(sql: string): Record<string, unknown>[];
  /** Closes all handles. */
  close(): void;
}

/** An empty file with the tables. */
export async function freshStore(driver: SqliteDriver, prefix?: string): Promise<Store> {
  const file = newSqliteFile();
  const handles: SqliteHandle[] = [];
  const open = (options?: OpenOptions): SqliteHandle => {
    const handle = openSqlite(driver, file, options);
    handles.push(handle);
    return handle;
  };
  const handle = open();
  await migrateSqlite(handle, { prefix });
  return {
    file,
    handle,
    open,
    rows: (sql) => handle.prepare(sql).all() as Record<string, unknown>[],
    close() {
      for (const each of handles.splice(0)) {
        try {
          each.close();
        } catch {
          // A test has closed it.
        }
      }
    },
  };
}

/** A repository in a file of its own. */
export async function freshRepository(
  driver: SqliteDriver,
  options: SqlitePortfolioRepositoryOptions = {},
): Promise<Store & { readonly repository: SqlitePortfolioRepository }> {
  const store = await freshStore(driver, options.prefix);
  return { ...store, repository: new SqlitePortfolioRepository(store.handle, options) };
}
