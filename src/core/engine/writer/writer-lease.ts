import { BoundedCalls, timerDelay, type Clock, type Timer } from '../../clock.js';
import { TickmarkError, invalidArgument } from '../../errors.js';
import { boundedAcquire } from '../../locking/bounded-acquire.js';
import type { Lease, Lock } from '../../locking/lock.js';
import type { RandomSource } from '../../random.js';

/** Options of {@link WriterLease}. */
export interface WriterLeaseOptions {
  readonly lock: Lock;
  readonly lockKey: string;
  /** How long the lock is held unless extended, in ms. */
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Whether there is something to store. */
  readonly hasWork: () => boolean;
  /** Whether another engine may know newer prices. */
  readonly mayMissPrices: () => boolean;
  /** Called when storing is allowed from now on. */
  readonly onGranted: () => void;
  readonly onError: (error: TickmarkError) => void;
}

const MIN_LEASE_MS = 100;
const MAX_LEASE_MS = 3_600_000;
const CALL_LIMIT_MS = 2_000;
/** Longest time between two tries for a lock that another engine holds; the shortest is half of it. */
const MAX_CHECK_MS = 200;
/** Pause after releasing the lock, so that other engines can take it. */
const YIELD_MS = 1_000;

/**
 * The right of one of several engines to store. It acquires and extends the lock in a loop of its own, so no save waits for the lock. It
 * only avoids duplicate work: writes are safe whatever happens to the lock, so they stop only while another engine holds it.
 *
 * The lock is acquired while there is something to store, and extended after a third of its time. The holder releases it when it has
 * stored nothing for the time of a lease, when its saves fail, or when it may have missed prices.
 */
export class WriterLease {
  /** How often another engine held the lock. */
  lockedOut = 0;
  readonly #options: WriterLeaseOptions;
  readonly #calls: BoundedCalls;
  readonly #checkMs: number;
  #lease: Lease | null = null;
  #isFailing = false;
  #timer: Timer | null = null;
  #step: Promise<void> | null = null;
  // Monotonic ms.
  #usedAt = 0;
  #extendAt = 0;
  #acquireAt = 0;
  #heldSince = 0;
  /** Whether storing has failed since something was stored last. */
  #hasFailed = false;
  #isReleased = false;

  /** @throws TickmarkError `INVALID_ARGUMENT` for a `leaseMs` out of range. */
  constructor(options: WriterLeaseOptions) {
    const { leaseMs, clock } = options;
    if (!(leaseMs >= MIN_LEASE_MS && leaseMs <= MAX_LEASE_MS)) {
      const accepted = `ms from ${MIN_LEASE_MS} to ${MAX_LEASE_MS}`;
      throw invalidArgument('MarkToMarketEngine: leaseMs', leaseMs, accepted);
    }
    this.#options = options;
    // Short enough that an extension without an answer can be retried while the lease lasts.
    this.#calls = new BoundedCalls(clock, Math.min(CALL_LIMIT_MS, leaseMs / 3));
    this.#checkMs = Math.min(MAX_CHECK_MS, leaseMs / 20);
  }

  /** Whether storing is allowed: the lock is held, or it fails. */
  get mayStore(): boolean {
    return this.#isFailing || (this.#lease?.held ?? false);
  }

  /** Since when storing is allowed, monotonic ms. */
  get heldSince(): number {
    return this.#heldSince;
  }

  /** There is something to store: acquires the lock, if that is not happening already. */
  wake(): void {
    if (this.#timer === null && this.#step === null && !this.#isReleased) this.#run();
  }

  /** Something was stored. */
  recordSuccess(): void {
    this.#usedAt = this.#options.clock.monotonic();
    this.#hasFailed = false;
  }

  /** Something could not be stored. */
  recordFailure(): void {
    this.#hasFailed = true;
  }

  /** Tries to acquire the lock now, unless storing is allowed already; resolves when the lock has answered. */
  async askNow(): Promise<void> {
    await this.#step;
    if (this.mayStore || this.#isReleased) return;
    this.#timer?.clear();
    this.#timer = null;
    this.#acquireAt = 0;
    this.#run();
    await this.#step;
  }

  /** Releases the lock, even if it is granted later. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.#isFailing = false;
    this.#timer?.clear();
    this.#timer = null;
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed while the lock was being acquired.'));
    const lease = this.#lease;
    this.#lease = null;
    // If the lock cannot be reached, the lease expires.
    await lease?.release().catch(() => undefined);
  }

  #run(): void {
    this.#step = this.#check().then(() => {
      this.#step = null;
      this.#schedule();
    });
  }

  async #check(): Promise<void> {
    const { clock, hasWork } = this.#options;
    const now = clock.monotonic();
    const lease = this.#lease;
    if (lease?.held) {
      if (this.#isUseful(now)) return now < this.#extendAt ? undefined : this.#extend(lease, now);
      this.#lease = null;
      this.#acquireAt = now + YIELD_MS;
      return this.#calls.run('Releasing the lease', () => lease.release()).catch(() => undefined);
    }
    this.#lease = null;
    if (hasWork() && now >= this.#acquireAt) await this.#acquire(now);
  }

  #isUseful(now: number): boolean {
    const { mayMissPrices, hasWork, leaseMs } = this.#options;
    if (mayMissPrices()) return false;
    // A slow store is no reason to release the lock: another holder would make it slower.
    return (hasWork() && !this.#hasFailed) || now < this.#usedAt + leaseMs;
  }

  async #extend(lease: Lease, now: number): Promise<void> {
    const { leaseMs } = this.#options;
    try {
      await this.#calls.run('Extending the lease', () => lease.extend(leaseMs));
      this.#extendAt = now + leaseMs / 3;
    } catch (cause) {
      // A lost lease is acquired again. While the lease lasts, there is time to retry.
      this.#extendAt = now + leaseMs / 10;
      if ((cause as TickmarkError | undefined)?.code !== 'LEASE_LOST') this.#report(cause);
    }
  }

  async #acquire(now: number): Promise<void> {
    const { clock, lock, lockKey, leaseMs, onGranted } = this.#options;
    const couldStore = this.mayStore;
    try {
      const lease = await boundedAcquire(this.#calls, lock, lockKey, { ttlMs: leaseMs, waitMs: 0 });
      if (this.#isReleased) return void (await lease.release().catch(() => undefined));
      this.#lease = lease;
      this.#isFailing = false;
      this.#usedAt = now;
      this.#hasFailed = false;
      this.#extendAt = now + leaseMs / 3;
    } catch (cause) {
      if ((cause as TickmarkError | undefined)?.code === 'LOCK_TIMEOUT') {
        this.lockedOut++;
        this.#isFailing = false;
        return;
      }
      if (this.#isReleased) return;
      this.#isFailing = true;
      this.#acquireAt = clock.monotonic() + YIELD_MS;
      this.#report(cause);
    }
    if (couldStore) return;
    this.#heldSince = now;
    onGranted();
  }

  #schedule(): void {
    if (this.#isReleased) return;
    const { clock, hasWork, leaseMs, random } = this.#options;
    const now = clock.monotonic();
    let delay: number;
    if (this.#lease) {
      const left = this.#usedAt + leaseMs - now;
      delay = Math.min(this.#extendAt - now, left > 0 ? left : MAX_CHECK_MS, MAX_CHECK_MS);
    } else if (hasWork()) delay = Math.max(this.#acquireAt - now, this.#checkMs * (0.5 + random() / 2));
    else {
      // From now on the lock is not checked, so its last failure means nothing later.
      this.#isFailing = false;
      return;
    }
    this.#timer = clock.setTimer(
      () => {
        this.#timer = null;
        this.#run();
      },
      timerDelay(Math.max(1, delay)),
    );
  }

  #report(cause: unknown): void {
    if (this.#isReleased) return;
    const message = 'The lock failed; valuations are saved without it.';
    this.#options.onError(new TickmarkError('LOCK_FAILED', message, { retryable: true, cause }));
  }
}
