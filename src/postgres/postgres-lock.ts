import { randomUUID } from 'node:crypto';
import { invalidArgument } from '../core/errors.js';
import { storedTtl, type GrantResult, type LeaseStore } from '../core/locking/lease-store.js';
import type { Lease } from '../core/locking/lock.js';
import type {
  MultiKeyLease,
  StoreAcquireOptions,
  StoreLock,
  StoreLockOptions,
  StoreLockStats,
} from '../core/locking/store-lock.js';
import { LeasedLock } from '../core/locking/leased-lock.js';
import type { Logger } from '../core/logger.js';
import { nameArray } from './array-literal.js';
import { PostgresFailure, failureKind, repositoryFailure } from './failure.js';
import type { PostgresClient, Row } from './drivers/postgres-client.js';
import { postgresClient } from './drivers/postgres-driver.js';
import { leaseStatements, type LeaseStatements } from './statements/postgres-lock-statements.js';
import type { PostgresPool } from './drivers/postgres-pool.js';
import { tableNames, type TableOptions, TABLE_OPTIONS } from './table-names.js';
import { ERROR_RECEIVERS, checkOptions } from '../core/options.js';
import { STORE_LOCK_OPTIONS } from '../core/locking/store-lock.js';
import { keepRaw } from '../core/keep-raw.js';

/** Options of {@link PostgresLock}. All processes that share locks need the same `schema` and `prefix`. */
export interface PostgresLockOptions extends StoreLockOptions, TableOptions {
  /** Logs broken connections. Default: no log. */
  readonly logger?: Logger;
}

const WEEK_MS = 7 * 86_400_000;

/**
 * A lock in PostgreSQL, on the table of leases that `migrate()` creates: one row for each key.
 *
 * - Each step is one statement in a transaction of its own. It uses no session, advisory lock or open transaction, so a pooler such
 *   as PgBouncer may share connections by transaction, and a broken connection leaves nothing locked.
 * - Leases are timed by the server's clock alone.
 * - A fencing token is at least the server's time in µs, and larger than the last one, which stays in the row when the
 *   lease is released; see {@link prune}.
 * - It is as durable as the server's commits: with synchronous replication it survives the loss of the primary.
 *
 * @example
 * ```ts
 * import pg from 'pg';
 * import { PostgresLock, migrate } from 'tickmark/postgres';
 *
 * const pool = new pg.Pool();
 * await migrate(pool);
 * const lease = await new PostgresLock(pool).acquire('nightly-report', { ttlMs: 10_000 });
 * await lease.release();
 * ```
 */
export class PostgresLock implements StoreLock {
  static {
    keepRaw(this);
  }

  readonly #lock: LeasedLock;
  readonly #store: PostgresLeaseStore;

  /**
   * @param pool A `pg.Pool`, the `sql` of postgres.js, or a PGlite; not closed here.
   * @throws TickmarkError `INVALID_ARGUMENT`.
   */
  constructor(pool: PostgresPool, options: PostgresLockOptions = {}) {
    checkOptions('PostgresLock', options, {
      ...STORE_LOCK_OPTIONS,
      ...TABLE_OPTIONS,
      logger: ERROR_RECEIVERS.logger,
    });
    const { leases } = tableNames(options, 'PostgresLock');
    const client = postgresClient(pool, 'PostgresLock: pool', options.logger);
    this.#store = new PostgresLeaseStore(client, leaseStatements(leases));
    const parts = { store: this.#store, name: 'PostgresLock', identity: randomUUID() };
    this.#lock = new LeasedLock(parts, options);
  }

  acquire(key: string, options?: StoreAcquireOptions): Promise<Lease> {
    return this.#lock.acquire(key, options);
  }

  acquireMany(keys: readonly string[], options?: StoreAcquireOptions): Promise<MultiKeyLease> {
    return this.#lock.acquireMany(keys, options);
  }

  stats(): StoreLockStats {
    return this.#lock.stats();
  }

  close(): Promise<void> {
    return this.#lock.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Deletes the rows of keys that were not held for `unusedForMs` (default 7 days) and returns their number. Call it from time to
   * time if keys change. Tokens of a deleted key still rise, unless the server's clock was set back by more than that.
   * @throws RepositoryError `REPOSITORY_FAILED`; TickmarkError `INVALID_ARGUMENT`.
   */
  async prune(unusedForMs = WEEK_MS): Promise<number> {
    if (!(unusedForMs >= 0 && unusedForMs < Infinity)) {
      throw invalidArgument('PostgresLock.prune: unusedForMs', unusedForMs, 'a time in ms from 0');
    }
    try {
      return await this.#store.prune(unusedForMs);
    } catch (cause) {
      throw repositoryFailure('PostgresLock.prune()', cause);
    }
  }
}

// Conflicts with other statements: nothing was written, and the next attempt may succeed.
const CONFLICT_CODES = new Set(['40001', '40P01', '55P03']);

class PostgresLeaseStore implements LeaseStore {
  readonly #client: PostgresClient;
  readonly #statements: LeaseStatements;

  constructor(client: PostgresClient, statements: LeaseStatements) {
    this.#client = client;
    this.#statements = statements;
  }

  async grant(keys: readonly string[], owner: string, ttlMs: number): Promise<GrantResult> {
    const rows = await this.#run(this.#statements.grant, [
      nameArray(keys),
      owner,
      String(storedTtl(ttlMs)),
    ]).catch((error: PostgresFailure) => {
      if (CONFLICT_CODES.has(error.code ?? '')) return [];
      throw error;
    });
    const tokens = rows.flatMap(([, token]) => (token === null ? [] : BigInt(token!)));
    if (tokens.length === keys.length) return { tokens };
    // New keys may have been granted before another key was found to be held.
    if (tokens.length > 0) await this.release(keys, owner);
    return { heldForMs: Math.max(0, Number(rows[0]?.[0] ?? 0)) };
  }

  async extend(keys: readonly string[], owner: string, ttlMs: number): Promise<boolean> {
    const parameters = [nameArray(keys), owner, String(storedTtl(ttlMs))];
    return (await this.#run(this.#statements.extend, parameters)).length === keys.length;
  }

  async release(keys: readonly string[], owner: string): Promise<void> {
    await this.#run(this.#statements.release, [nameArray(keys), owner]);
  }

  async prune(unusedForMs: number): Promise<number> {
    return Number((await this.#run(this.#statements.prune, [String(unusedForMs)]))[0]![0]);
  }

  close(): void {
    this.#client.close();
  }

  async #run(statement: string, parameters: readonly string[]): Promise<Row[]> {
    try {
      return await this.#client.query(statement, parameters);
    } catch (error) {
      const failure = PostgresFailure.of(error);
      throw Object.assign(failure, { retryable: failureKind(failure) !== 'never' });
    }
  }
}
