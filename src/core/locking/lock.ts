/** How to acquire a lock. */
export interface AcquireOptions {
  /** How long the lease holds unless extended, in ms. Default 10,000. */
  readonly ttlMs?: number;
  /** How long to wait for a lock that is taken, in ms; 0 tries once. Default 5,000. */
  readonly waitMs?: number;
  /** Ends the wait early with `ABORTED`. */
  readonly signal?: AbortSignal;
}

/** The right, for a time, to work on what a key names. */
export interface Lease {
  /** What is locked. */
  readonly key: string;
  /** Rises strictly with each grant of this key; a store may refuse writes that carry a smaller one than it has seen. */
  readonly fencingToken: bigint;
  /** Fires when the lease is lost, at the latest at the holder's own deadline. Not fired by `release()`. */
  readonly signal: AbortSignal;
  /** Whether the lease is still held, by the holder's own monotonic clock. Never `true` past the deadline. */
  readonly held: boolean;
  /**
   * Holds it for another `ttlMs` (default: the `ttlMs` it was acquired with) from now.
   * @throws LockError `LEASE_LOST` when it has run out or someone else holds the key.
   */
  extend(ttlMs?: number): Promise<void>;
  /** Gives it back. Idempotent; a lease that has run out is released without touching the next holder's. */
  release(): Promise<void>;
  /** Same as `release()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Port: keeps two processes from doing the same work at once.
 *
 * Known implementations: `InMemoryLock`, `RedisLock` of `tickmark/redis`, `PostgresLock` of `tickmark/postgres`.
 *
 * A lock saves work; it never makes a write correct, because a holder may pause past its lease. Correctness comes from
 * the versions of `PortfolioRepository`, and every part of tickmark is right with the lock switched off.
 *
 * An implementation must
 * - let at most one lease of a key be unexpired at the granting side;
 * - give each grant of a key a larger `fencingToken` than all before it, released, expired or held;
 * - start the holder's deadline, on a monotonic clock, before the request for it leaves;
 * - let `extend` and `release` touch the caller's own grant only;
 * - hold nothing for a waiter that was aborted or timed out.
 *
 * The kit `lockConformance` of `tickmark/conformance` tests this.
 */
export interface Lock {
  /**
   * Waits for the key and takes it.
   * @throws LockError `LOCK_TIMEOUT` when it is not free within `waitMs`; TickmarkError `ABORTED` by the signal,
   * `CLOSED` after `close()`, `INVALID_ARGUMENT` for an empty key, a `ttlMs` that is not positive and finite, or a
   * negative `waitMs`.
   */
  acquire(key: string, options?: AcquireOptions): Promise<Lease>;
  /** Fails all waiters with `CLOSED`, gives up the leases still held (their `signal` fires) and lets go of timers. Idempotent. */
  close(): Promise<void>;
  /** Same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}
