import { checkNumber, type OptionShapes } from '../core/options.js';
import { repositoryFailure } from './failure.js';
import { checkDatabase, type SqliteDatabase } from './sqlite-database.js';
import { checkSchemaVersion } from './schema-version.js';
import type { SqliteQueries, SqliteValue } from './sqlite-queries.js';
import { tableNames, type SqliteTableOptions, type TableNames } from './table-names.js';

/** Options of everything that uses a database of SQLite. */
export interface SqliteOptions extends SqliteTableOptions {
  /**
   * Longest wait for another process that writes, in ms; then calls reject with `REPOSITORY_FAILED`, retryable. This process waits as a
   * whole: SQLite is synchronous. Set on the handle (`PRAGMA busy_timeout`). Default 5,000.
   */
  readonly busyTimeoutMs?: number;
}

interface PreparedStatement {
  run(...parameters: SqliteValue[]): unknown;
  get(...parameters: SqliteValue[]): unknown;
  all(...parameters: SqliteValue[]): unknown[];
}

/**
 * Runs work in transactions, each from its first statement to its commit without a break: nothing else on the handle gets in between.
 */
export class SqliteTransactions {
  /** Names of the tables. */
  readonly names: TableNames;
  /** Longest wait for another process, in ms. */
  readonly busyTimeoutMs: number;
  /** Calls that failed with `REPOSITORY_FAILED`. */
  failures = 0;
  readonly #database: SqliteDatabase;
  readonly #statements = new Map<string, PreparedStatement>();
  readonly #queries: SqliteQueries;
  #isSetUp = false;

  /**
   * @param where Name of the class or function in errors.
   * @throws TickmarkError `INVALID_ARGUMENT` for another kind of database, or an option out of range.
   */
  constructor(database: SqliteDatabase, options: SqliteOptions, where: string) {
    const { busyTimeoutMs = 5_000 } = options;
    checkNumber(`${where}: busyTimeoutMs`, busyTimeoutMs, { from: 0, to: 2 ** 31 - 1, isWhole: true });
    this.names = tableNames(options, where);
    checkDatabase(database, busyTimeoutMs, `${where}: database`);
    this.busyTimeoutMs = busyTimeoutMs;
    this.#database = database;
    this.#queries = {
      exec: (sql) => void database.exec(sql),
      run: (sql, ...parameters) => void this.#prepared(sql).run(...parameters),
      one: <Row>(sql: string, ...parameters: SqliteValue[]) =>
        (this.#prepared(sql).get(...parameters) ?? undefined) as Row | undefined,
      all: <Row>(sql: string, ...parameters: SqliteValue[]) =>
        this.#prepared(sql).all(...parameters) as Row[],
    };
  }

  /** Reads one state of the database, also while another process writes. `what` names the call in errors. */
  read<Result>(what: string, work: (queries: SqliteQueries) => Result): Result {
    return this.#checked(what, 'BEGIN', work);
  }

  /** Reads and writes while nobody else writes; all of it is stored, or nothing. */
  write<Result>(what: string, work: (queries: SqliteQueries) => Result): Result {
    return this.#checked(what, 'BEGIN IMMEDIATE', work);
  }

  /** As {@link SqliteTransactions.write}, with whatever tables are there; for migrations. */
  migrate<Result>(what: string, work: (queries: SqliteQueries) => Result): Result {
    return this.attempt(what, (queries) => this.#transaction('BEGIN IMMEDIATE', () => work(queries)));
  }

  /** Runs statements outside of a transaction. @throws RepositoryError `REPOSITORY_FAILED`. */
  attempt<Result>(what: string, work: (queries: SqliteQueries) => Result): Result {
    try {
      this.#setUp();
      return work(this.#queries);
    } catch (error) {
      const failure = repositoryFailure(what, error);
      if (failure.code === 'REPOSITORY_FAILED') this.failures++;
      throw failure;
    }
  }

  #checked<Result>(what: string, begin: string, work: (queries: SqliteQueries) => Result): Result {
    return this.attempt(what, (queries) =>
      this.#transaction(begin, () => {
        checkSchemaVersion(what, queries, this.names);
        return work(queries);
      }),
    );
  }

  #transaction<Result>(begin: string, work: () => Result): Result {
    // A transaction that the application has left open makes this fail, and stays as it is.
    this.#database.exec(begin);
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      this.#database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled it back already, such as on a full disk, or the handle is closed.
    }
  }

  // With FULL a commit is on the disk when it returns: better-sqlite3 is built with less.
  #setUp(): void {
    if (this.#isSetUp) return;
    this.#database.exec('PRAGMA synchronous = FULL');
    this.#isSetUp = true;
  }

  #prepared(sql: string): PreparedStatement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql) as PreparedStatement;
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** What each of these options may be. */
export const SQLITE_OPTIONS: OptionShapes<SqliteOptions> = { prefix: 'string', busyTimeoutMs: true };
