import type { Clock } from '../clock.js';
import type { RandomSource } from '../random.js';
import type { AcquireOptions, Lease, Lock } from './lock.js';
import { TIME_AND_CHANCE, type OptionShapes, SIGNAL } from '../options.js';

/** How to acquire a lock of `InMemoryLock`, `RedisLock` or `PostgresLock`. */
export interface StoreAcquireOptions extends AcquireOptions {
  /**
   * Whether to extend the lease by `ttlMs` each time a third of it has passed, until it is released or lost. If it is lost, its `signal`
   * fires. Default `false`.
   */
  readonly autoExtend?: boolean;
}

/** Options of `RedisLock` and `PostgresLock`. */
export interface StoreLockOptions {
  /** Time, for leases and waits. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Random numbers, for the jitter of waiting callers. Default: different in each run. */
  readonly random?: RandomSource;
  /** Longest pause between two tries for a key that another process holds, in ms from 1 to 60,000. Default 100. */
  readonly retryMs?: number;
  /** Time limit of one request to the server, in ms from 1 to 60,000. Default 2,000. */
  readonly callTimeoutMs?: number;
}

/** Counters of a {@link StoreLock}. */
export interface StoreLockStats {
  /** Leases held now. */
  readonly held: number;
  /** Callers waiting now. */
  readonly waiting: number;
  /** Leases granted since creation. */
  readonly granted: number;
  /** Leases that ended before they were released, including those ended by `close()`. */
  readonly lost: number;
  /** Requests to the server that failed or timed out. */
  readonly failed: number;
}

/** A lease of several keys: all are held, or all are lost. */
export interface MultiKeyLease extends Omit<Lease, 'key' | 'fencingToken'> {
  /** The locked keys, without duplicates, in the order given. */
  readonly keys: readonly string[];
  /** The fencing token of each key, see `Lease.fencingToken`. */
  readonly fencingTokens: ReadonlyMap<string, bigint>;
}

/**
 * What `InMemoryLock`, `RedisLock` and `PostgresLock` have in addition to {@link Lock}: leases that are extended automatically, several
 * keys in one call, counters.
 *
 * @example
 * ```ts
 * import { InMemoryLock } from 'tickmark';
 *
 * const lock = new InMemoryLock();
 * await using lease = await lock.acquireMany(['portfolio:1', 'portfolio:2'], { autoExtend: true });
 * if (lease.held) console.log(lease.fencingTokens.get('portfolio:1'));
 * ```
 */
export interface StoreLock extends Lock {
  /**
   * See `Lock.acquire`.
   * @throws also TickmarkError `LOCK_FAILED` if the server failed and `TIMEOUT` if it did not answer, both retryable. If the server may have
   * granted the lease nevertheless, it is released.
   */
  acquire(key: string, options?: StoreAcquireOptions): Promise<Lease>;
  /**
   * Waits for several keys and acquires them together, all or none. No caller holds a key while it waits for another one, so callers
   * that share keys cannot deadlock.
   * @param keys The keys; duplicates are ignored.
   * @throws as `acquire`; also `INVALID_ARGUMENT` for an empty list. A LockError has the first key.
   */
  acquireMany(keys: readonly string[], options?: StoreAcquireOptions): Promise<MultiKeyLease>;
  /** Counters. */
  stats(): StoreLockStats;
  /** See `Lock.close`. Resolves when the server has answered or timed out. The client stays open. */
  close(): Promise<void>;
}

/** What each option of `acquire()` may be. */
export const ACQUIRE_OPTIONS: OptionShapes<StoreAcquireOptions> = {
  ttlMs: true,
  waitMs: true,
  autoExtend: 'boolean',
  ...SIGNAL,
};

/** What each option of such a lock may be. */
export const STORE_LOCK_OPTIONS: OptionShapes<StoreLockOptions> = {
  ...TIME_AND_CHANCE,
  retryMs: true,
  callTimeoutMs: true,
};
