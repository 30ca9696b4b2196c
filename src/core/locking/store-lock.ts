import type { Clock } from '../clock.js';
import type { RandomSource } from '../random.js';
import type { AcquireOptions, Lease, Lock } from './lock.js';

/** How to acquire a lock of `InMemoryLock`, `RedisLock` or `PostgresLock`. */
export interface StoreAcquireOptions extends AcquireOptions {
  /**
   * Extends the lease by `ttlMs` each time a third of it has passed, until it is released or lost; then its `signal`
   * fires. Default `false`.
   */
  readonly autoExtend?: boolean;
}

/** Options of `RedisLock` and `PostgresLock`. */
export interface StoreLockOptions {
  /** Time, for leases and waits. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance, for the jitter of waiters. Default: differs from run to run. */
  readonly random?: RandomSource;
  /** Longest pause between two tries of a waiter whose key another process holds, in ms from 1 to 60,000. Default 100. */
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
  /** Leases that ended before they were released, also by `close()`. */
  readonly lost: number;
  /** Requests to the server that failed or timed out. */
  readonly failed: number;
}

/** Leases of several keys: all held, or all lost. */
export interface MultiKeyLease extends Omit<Lease, 'key' | 'fencingToken'> {
  /** The locked keys, without repeats, in the order given. */
  readonly keys: readonly string[];
  /** The fencing token of each key, see `Lease.fencingToken`. */
  readonly fencingTokens: ReadonlyMap<string, bigint>;
}

/**
 * What `InMemoryLock`, `RedisLock` and `PostgresLock` offer beyond {@link Lock}: leases that extend themselves, many keys in one
 * call, counters.
 *
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
   * @throws also TickmarkError `LOCK_FAILED` when the server failed and `TIMEOUT` when it did not answer, both retryable. A
   * lease that the server may have granted all the same is released.
   */
  acquire(key: string, options?: StoreAcquireOptions): Promise<Lease>;
  /**
   * Waits for several keys and takes them together, all or none. Nobody holds a key while waiting for another one, so callers
   * that share keys cannot deadlock.
   * @param keys The keys; repeats are ignored.
   * @throws as `acquire`; `INVALID_ARGUMENT` also for no key. A LockError names the first key.
   */
  acquireMany(keys: readonly string[], options?: StoreAcquireOptions): Promise<MultiKeyLease>;
  /** Counters. */
  stats(): StoreLockStats;
  /** See `Lock.close`. Settles when the server has answered or timed out; the client stays open. */
  close(): Promise<void>;
}
