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

  /** Whether another owner holds the key. One that is free is held for a moment. @throws as {@link take}. */
  async isTaken(key: string): Promise<boolean> {
    const lease = await this.#acquire(key);
    if (!lease) return true;
    await this.#calls.run('Releasing a lease', () => lease.release()).catch(() => undefined);
    return false;
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

  async #acquire(key: string): Promise<Lease | null> {
    const { lock, leaseMs } = this.#options;
    try {
      return await boundedAcquire(this.#calls, lock, key, { ttlMs: leaseMs, waitMs: 0 });
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
