import { BoundedCalls, type Clock } from '../clock.js';
import { TickmarkError } from '../errors.js';
import { boundedAcquire } from '../locking/bounded-acquire.js';
import type { Lease, Lock } from '../locking/lock.js';

/** Options of {@link PortfolioLock}. */
export interface PortfolioLockOptions {
  /** `null`: work is done without a lock. */
  readonly lock: Lock | null;
  /** How long a lease holds, and the longest wait for one, in ms. */
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Called when the lock failed (`LOCK_FAILED`) and work went on without it. Must not throw. */
  readonly onError: (error: TickmarkError) => void;
}

const GRACE_MS = 1_000;

/**
 * Allows one piece of work on a portfolio at a time. This makes conflicts rare and is not needed for correctness, which versions
 * ensure: a lock that fails is reported, and the work is done without it.
 */
export class PortfolioLock {
  readonly #options: PortfolioLockOptions;

  constructor(options: PortfolioLockOptions) {
    this.#options = options;
  }

  /** Whether there is a lock. */
  get isUsed(): boolean {
    return this.#options.lock !== null;
  }

  /** Does the work once the lock is acquired. The signal ends the wait for the lock, not the work. */
  async run<Result>(
    portfolioId: string,
    signal: AbortSignal | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const lease = await this.#acquire(portfolioId, signal);
    try {
      return await work();
    } finally {
      if (lease) await this.#release(lease);
    }
  }

  async #acquire(portfolioId: string, signal: AbortSignal | undefined): Promise<Lease | null> {
    const { lock, ttlMs, clock } = this.#options;
    if (!lock) return null;
    const calls = new BoundedCalls(clock, ttlMs + GRACE_MS);
    try {
      return await boundedAcquire(calls, lock, `tickmark/portfolio/${portfolioId}`, {
        ttlMs,
        waitMs: ttlMs,
        signal,
      });
    } catch (cause) {
      if (!signal?.aborted) this.#failed(cause);
      return null;
    }
  }

  async #release(lease: Lease): Promise<void> {
    const calls = new BoundedCalls(this.#options.clock, GRACE_MS);
    await calls
      .run('Releasing the lock', () => lease.release())
      .catch((cause: unknown) => this.#failed(cause));
  }

  #failed(cause: unknown): void {
    const message = 'The lock failed; the work went on without it.';
    this.#options.onError(new TickmarkError('LOCK_FAILED', message, { retryable: true, cause }));
  }
}
