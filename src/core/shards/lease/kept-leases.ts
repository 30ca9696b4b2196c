import type { Clock, Timer } from '../../clock.js';
import { BoundedCalls } from '../../clock.js';
import { TickmarkError } from '../../errors.js';
import { boundedAcquire } from '../../locking/bounded-acquire.js';
import type { Lease, Lock } from '../../locking/lock.js';

/** Options of {@link KeptLeases}. */
export interface KeptLeasesOptions {
  readonly lock: Lock;
  /** How long a lease lasts unless it is extended, in ms. */
  readonly leaseMs: number;
  readonly clock: Clock;
  /** Called when the lease of a key is lost. */
  readonly onLost: (key: string) => void;
}

interface Kept {
  readonly lease: Lease;
  readonly onLost: () => void;
}

/** Leases that are extended until they are given up or lost: after a third of their time, and after a failure again after a tenth. */
export class KeptLeases {
  readonly #options: KeptLeasesOptions;
  readonly #calls: BoundedCalls;
  readonly #kept = new Map<string, Kept>();
  #timer: Timer | null = null;
  #isExtending = false;
  #isStopped = false;

  constructor(options: KeptLeasesOptions) {
    this.#options = options;
    this.#calls = new BoundedCalls(options.clock, options.leaseMs / 5);
  }

  /** Acquires the lease of a key and keeps it. Resolves with `false` if another owner holds it. @throws LockError; `TIMEOUT`. */
  async take(key: string): Promise<boolean> {
    const lease = await this.#acquire(key);
    if (!lease) return false;
    const onLost = (): void => {
      this.#kept.delete(key);
      this.#options.onLost(key);
    };
    lease.signal.addEventListener('abort', onLost, { once: true });
    this.#kept.set(key, { lease, onLost });
    if (!lease.held) onLost();
    this.#schedule();
    return this.#kept.has(key);
  }

  /**
   * Does the work while this holds the key, for a part of `leaseMs` at most. Resolves with `false`, without the work, if another owner holds it.
   * @throws as {@link take}; what the work throws.
   */
  async whileHeld(key: string, part: number, work: () => Promise<unknown>): Promise<boolean> {
    const lease = await this.#acquire(key, part);
    if (!lease) return false;
    try {
      await work();
    } finally {
      await this.#calls.run('Releasing a lease', () => lease.release()).catch(() => undefined);
    }
    return true;
  }

  /** Gives the lease of a key up. Resolves when it is released, or cannot be: then it expires. */
  async release(key: string): Promise<void> {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.delete(key);
    kept.lease.signal.removeEventListener('abort', kept.onLost);
    await this.#calls.run('Releasing a lease', () => kept.lease.release()).catch(() => undefined);
  }

  /** Extends no lease any more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#timer = null;
    this.#calls.abandon(new TickmarkError('CLOSED', 'The shard assignment was stopped.'));
  }

  async #acquire(key: string, part = 1): Promise<Lease | null> {
    const { lock, leaseMs } = this.#options;
    try {
      return await boundedAcquire(this.#calls, lock, key, { ttlMs: part * leaseMs, waitMs: 0 });
    } catch (error) {
      if ((error as TickmarkError | undefined)?.code === 'LOCK_TIMEOUT') return null;
      throw error;
    }
  }

  #schedule(hasFailed = false): void {
    if (this.#timer || this.#isExtending || this.#isStopped || this.#kept.size === 0) return;
    const { clock, leaseMs } = this.#options;
    this.#timer = clock.setTimer(
      () => {
        this.#timer = null;
        void this.#extendAll();
      },
      hasFailed ? leaseMs / 10 : leaseMs / 3,
    );
  }

  async #extendAll(): Promise<void> {
    const { leaseMs } = this.#options;
    this.#isExtending = true;
    const outcomes = await Promise.allSettled(
      [...this.#kept.values()].map(({ lease }) =>
        this.#calls.run('Extending a lease', () => lease.extend(leaseMs)),
      ),
    );
    this.#isExtending = false;
    this.#schedule(outcomes.some(({ status }) => status === 'rejected'));
  }
}
