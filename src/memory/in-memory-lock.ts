import type { Clock } from '../core/clock.js';
import type { GrantResult, LeaseStore } from '../core/locking/lease-store.js';
import { LeasedLock } from '../core/locking/leased-lock.js';
import type { Lease } from '../core/locking/lock.js';
import type {
  MultiKeyLease,
  StoreAcquireOptions,
  StoreLock,
  StoreLockStats,
} from '../core/locking/store-lock.js';
import { TIME_AND_CHANCE, checkOptions } from '../core/options.js';
import { keepRaw } from '../core/keep-raw.js';

/** Options of {@link InMemoryLock}. */
export interface InMemoryLockOptions {
  /** Time, for leases and waits. Default: the machine's clock. */
  readonly clock?: Clock;
}

/**
 * A lock within one process. Waiters of a key are served in the order they came. One counter serves all keys, so fencing tokens
 * keep rising although nothing is stored of a free key.
 *
 * @example
 * ```ts
 * import { InMemoryLock } from 'tickmark';
 *
 * const lock = new InMemoryLock();
 * const lease = await lock.acquire('portfolio:1', { ttlMs: 5_000, waitMs: 1_000 });
 * await lease.release();
 * ```
 */
export class InMemoryLock implements StoreLock {
  static {
    keepRaw(this);
  }

  readonly #lock: LeasedLock;

  constructor(options: InMemoryLockOptions = {}) {
    checkOptions('InMemoryLock', options, { clock: TIME_AND_CHANCE.clock });
    const { clock } = options;
    const parts = { store: new TokenCounter(), name: 'InMemoryLock', identity: '' };
    this.#lock = new LeasedLock(parts, clock ? { clock } : {});
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
}

/** Grants everything: within one process, the queues of `LeasedLock` already let one caller at a time through. */
class TokenCounter implements LeaseStore {
  #last = 0n;

  async grant(keys: readonly string[]): Promise<GrantResult> {
    return { tokens: keys.map(() => ++this.#last) };
  }

  async extend(): Promise<boolean> {
    return true;
  }

  async release(): Promise<void> {}

  close(): void {}
}
