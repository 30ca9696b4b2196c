import { BoundedCalls, type Clock } from '../clock.js';
import { TickmarkError } from '../errors.js';
import { boundedAcquire } from '../locking/bounded-acquire.js';
import type { Lease, Lock } from '../locking/lock.js';

/** What a {@link WriterLease} works with. */
export interface WriterLeaseOptions {
  readonly lock: Lock;
  readonly lockKey: string;
  readonly clock: Clock;
  readonly onError: (error: TickmarkError) => void;
}

const LEASE_MS = 10_000;
const CALL_LIMIT_MS = 2_000;

/**
 * The right to save, of several engines on the same portfolios. It only saves work: values are safe to write whatever goes
 * wrong with the lock, so nothing but a lock held by another keeps from writing.
 */
export class WriterLease {
  readonly #with: WriterLeaseOptions;
  readonly #calls: BoundedCalls;
  #lease: Lease | null = null;
  #isReleased = false;

  constructor(options: WriterLeaseOptions) {
    this.#with = options;
    this.#calls = new BoundedCalls(options.clock, CALL_LIMIT_MS);
  }

  /** Takes the lock or keeps it for longer; returns `false` while another holds it. */
  async hold(): Promise<boolean> {
    const { lock, lockKey } = this.#with;
    try {
      const lease = this.#lease;
      if (lease?.held) {
        await this.#calls
          .run('Extending the lease', () => lease.extend(LEASE_MS))
          .catch((cause: unknown) => this.#report(cause));
        if (lease.held) return true;
      }
      this.#lease = null;
      this.#lease = await boundedAcquire(this.#calls, lock, lockKey, { ttlMs: LEASE_MS, waitMs: 0 });
      return true;
    } catch (cause) {
      if ((cause as TickmarkError | undefined)?.code === 'LOCK_TIMEOUT') return false;
      this.#report(cause);
      return true;
    }
  }

  /** Gives the lock back, also if it is granted only later. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed while the lock was asked for.'));
    // A lock that cannot be reached lets go of the lease when its time is up.
    await this.#lease?.release().catch(() => undefined);
    this.#lease = null;
  }

  #report(cause: unknown): void {
    if (this.#isReleased) return;
    const message = 'The lock failed; valuations are saved without it.';
    this.#with.onError(new TickmarkError('LOCK_FAILED', message, { retryable: true, cause }));
  }
}
