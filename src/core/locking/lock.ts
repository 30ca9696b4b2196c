import { partShape } from '../options.js';

/** How to acquire a lock. */
export interface AcquireOptions {
  /** How long the lease lasts unless extended, in ms. Default 10,000. */
  readonly ttlMs?: number;
  /** How long to wait for a held key, in ms; 0 tries once. Default 5,000. */
  readonly waitMs?: number;
  /** Ends the wait early with `ABORTED`. */
  readonly signal?: AbortSignal;
}

/** The right to do the work that a key stands for, for a limited time. */
export interface Lease {
  /** The locked key. */
  readonly key: string;
  /** A number that rises with each grant of this key. A store may refuse writes with a smaller token than the last one it has seen. */
  readonly fencingToken: bigint;
  /** Fires when the lease is lost, at the latest when it expires on the holder's clock. `release()` does not fire it. */
  readonly signal: AbortSignal;
  /** Whether the lease is held, by the holder's own monotonic clock. Never `true` after the lease has expired. */
  readonly held: boolean;
  /**
   * Extends the lease to `ttlMs` from now. Default: the `ttlMs` it was acquired with.
   * @throws LockError `LEASE_LOST` if the lease has expired or another owner holds the key.
   */
  extend(ttlMs?: number): Promise<void>;
  /** Releases the key. Idempotent; releasing an expired lease does not affect the next holder. */
  release(): Promise<void>;
  /** Same as `release()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Port: keeps two processes from doing the same work at the same time.
 *
 * Known implementations: `InMemoryLock`, `RedisLock` of `tickmark/redis`, `PostgresLock` of `tickmark/postgres`.
 *
 * A lock saves work. It does not make writes correct, because a holder may pause for longer than its lease. Correctness comes from the
 * versions of `PortfolioRepository`: every part of tickmark is correct without a lock.
 *
 * An implementation must
 * - have at most one unexpired lease per key, by the clock of the side that grants it;
 * - give each grant of a key a larger `fencingToken` than all grants before it;
 * - end a lease on the holder's monotonic clock `ttlMs` after the time just before the request was sent;
 * - let `extend` and `release` affect only the caller's own lease;
 * - hold no key for a caller whose wait was aborted or timed out.
 *
 * The kit `lockConformance` of `tickmark/conformance` tests this.
 *
 * @example
 * ```ts
 * import { InMemoryLock, type Lock } from 'tickmark';
 *
 * const lock: Lock = new InMemoryLock();
 * await using lease = await lock.acquire('portfolio:1', { ttlMs: 5_000, waitMs: 1_000 });
 * console.log(lease.held, lease.fencingToken);
 * ```
 */
export interface Lock {
  /**
   * Waits for the key and acquires it.
   * @throws LockError `LOCK_TIMEOUT` if the key is not free within `waitMs`; TickmarkError `ABORTED` by the signal,
   * `CLOSED` after `close()`, `INVALID_ARGUMENT` for an empty key, a `ttlMs` that is not positive and finite, or a
   * negative `waitMs`.
   */
  acquire(key: string, options?: AcquireOptions): Promise<Lease>;
  /** Rejects all waiters with `CLOSED`, ends the held leases (their `signal` fires) and clears all timers. Idempotent. */
  close(): Promise<void>;
  /** Same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Methods of a lock. */
export const LOCK = partShape<Lock>('a Lock', 'acquire');
