import { BoundedCalls, type Clock } from '../clock.js';
import { TickmarkError } from '../errors.js';
import { boundedAcquire } from '../locking/bounded-acquire.js';
import type { Lease, Lock } from '../locking/lock.js';

/** What a {@link PortfolioLock} works with. */
export interface PortfolioLockOptions {
  /** `null`: work is done without. */
  readonly lock: Lock | null;
  /** How long a lease holds, and how long one is waited for, in ms. */
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Told when the lock failed (`LOCK_FAILED`) and work went on without it. Must not throw. */
  readonly onError: (error: TickmarkError) => void;
}

const GRACE_MS = 1_000;

/**
 * Lets one at a time work on a portfolio. This spares conflicts and prevents none: the version makes every save right, so
 * a lock that fails is reported and no more.
 */
export class PortfolioLock {
  readonly #with: PortfolioLockOptions;

  constructor(options: PortfolioLockOptions) {
    this.#with = options;
  }

  /** Does the work when the portfolio is free; a signal ends the wait, not the work. */
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
    const { lock, ttlMs, clock } = this.#with;
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
    const calls = new BoundedCalls(this.#with.clock, GRACE_MS);
    await calls
      .run('Releasing the lock', () => lease.release())
      .catch((cause: unknown) => this.#failed(cause));
  }

  #failed(cause: unknown): void {
    const message = 'The lock failed; the work went on without it.';
    this.#with.onError(new TickmarkError('LOCK_FAILED', message, { retryable: true, cause }));
  }
}
