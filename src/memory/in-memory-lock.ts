import { systemClock, type Clock } from '../core/clock.js';
import { LockError, TickmarkError, abortedError, invalidArgument, quote } from '../core/errors.js';
import type { AcquireOptions, Lease, Lock } from '../core/locking/lock.js';
import { InMemoryLease, type LeaseOwner } from './in-memory-lease.js';
import { LockWaiter } from './lock-waiter.js';

/** Options of {@link InMemoryLock}. */
export interface InMemoryLockOptions {
  /** Time, for leases and waits. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Counters of {@link InMemoryLock}. */
export interface InMemoryLockStats {
  /** Leases held now. */
  readonly held: number;
  /** Callers waiting now. */
  readonly waiting: number;
  /** Leases granted since creation. */
  readonly granted: number;
  /** Leases that ran out before they were released. */
  readonly expired: number;
}

interface Slot {
  lease: InMemoryLease | undefined;
  readonly waiters: Set<LockWaiter>;
}

/**
 * A lock within one process. Waiters of a key are served in the order they came. One counter serves all keys, so
 * tokens rise for ever while nothing is kept of a key that is free.
 */
export class InMemoryLock implements Lock {
  readonly #clock: Clock;
  readonly #slots = new Map<string, Slot>();
  readonly #owner: LeaseOwner;
  #lastToken = 0n;
  #expired = 0;
  #closed = false;

  constructor(options: InMemoryLockOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#owner = {
      clock: this.#clock,
      checkTtl,
      ended: (lease, lost) => {
        if (lost) this.#expired++;
        this.#handOn(lease);
      },
    };
  }

  async acquire(key: string, options: AcquireOptions = {}): Promise<Lease> {
    const { ttlMs = 10_000, waitMs = 5_000, signal } = options;
    if (typeof key !== 'string' || key === '') {
      throw invalidArgument('InMemoryLock.acquire: key', key, 'a text that is not empty');
    }
    checkTtl(ttlMs);
    if (typeof waitMs !== 'number' || !(waitMs >= 0))
      throw invalidArgument('InMemoryLock.acquire: waitMs', waitMs, 'a time in ms from 0');
    if (this.#closed) throw closedError();
    if (signal?.aborted) throw abortedError(signal, `Waiting for the lock ${quote(key)}`);

    // A lease whose timer is late because the process was busy must not keep others out.
    this.#slots.get(key)?.lease?.expireIfDue();
    const slot = this.#slotOf(key);
    if (!slot.lease) return (slot.lease = this.#grant(key, ttlMs));
    if (waitMs === 0) throw timeoutError(key, waitMs);
    return this.#wait(key, slot, ttlMs, waitMs, signal);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const { lease, waiters } of this.#slots.values()) {
      for (const waiter of waiters) waiter.fail(closedError());
      lease?.lose(closedError());
    }
    this.#slots.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Counters. */
  stats(): InMemoryLockStats {
    let waiting = 0;
    for (const slot of this.#slots.values()) waiting += slot.waiters.size;
    return {
      held: this.#slots.size,
      waiting,
      granted: Number(this.#lastToken),
      expired: this.#expired,
    };
  }

  #slotOf(key: string): Slot {
    let slot = this.#slots.get(key);
    if (!slot) this.#slots.set(key, (slot = { lease: undefined, waiters: new Set() }));
    return slot;
  }

  #grant(key: string, ttlMs: number): InMemoryLease {
    return new InMemoryLease(key, ++this.#lastToken, ttlMs, this.#owner);
  }

  #wait(key: string, slot: Slot, ttlMs: number, waitMs: number, signal?: AbortSignal): Promise<Lease> {
    return new Promise((resolve, reject) => {
      const waiter = new LockWaiter({
        clock: this.#clock,
        ttlMs,
        waitMs,
        signal,
        resolve,
        reject,
        timeout: () => timeoutError(key, waitMs),
        aborted: (by) => abortedError(by, `Waiting for the lock ${quote(key)}`),
        left: () => void slot.waiters.delete(waiter),
      });
      slot.waiters.add(waiter);
    });
  }

  #handOn(lease: InMemoryLease): void {
    // A lease that has not ended is its slot's.
    const slot = this.#slots.get(lease.key)!;
    const [next] = slot.waiters;
    if (next) next.grant((slot.lease = this.#grant(lease.key, next.ttlMs)));
    else this.#slots.delete(lease.key);
  }
}

function checkTtl(ttlMs: number): void {
  if (typeof ttlMs !== 'number' || !(ttlMs > 0 && ttlMs < Infinity)) {
    throw invalidArgument('Lock: ttlMs', ttlMs, 'a time in ms above 0 that ends');
  }
}

function timeoutError(key: string, waitMs: number): LockError {
  return new LockError('LOCK_TIMEOUT', key, `The lock ${quote(key)} was not free within ${waitMs} ms.`);
}

function closedError(): TickmarkError {
  return new TickmarkError('CLOSED', 'The lock was closed.');
}
