import type { Clock, Timer } from '../core/clock.js';
import type { TickmarkError } from '../core/errors.js';
import type { Lease } from '../core/locking/lock.js';
import { timerDelay } from './timer-limit.js';

/** What a waiter is made from. */
export interface LockWaiterOptions {
  readonly clock: Clock;
  /** Of the lease it waits for. */
  readonly ttlMs: number;
  /** How long it waits, in ms; `Infinity` for as long as it takes. */
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: TickmarkError) => void;
  readonly timeout: () => TickmarkError;
  readonly aborted: (signal: AbortSignal) => TickmarkError;
  /** Takes it out of the queue. */
  readonly left: () => void;
}

/** One caller in the queue of a key. However its wait ends, no timer and no listener is left. */
export class LockWaiter {
  readonly #options: LockWaiterOptions;
  readonly #timer: Timer | undefined;

  constructor(options: LockWaiterOptions) {
    this.#options = options;
    const { clock, waitMs, signal } = options;
    if (waitMs < Infinity) {
      this.#timer = clock.setTimer(() => this.fail(options.timeout()), timerDelay(waitMs));
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Of the lease it waits for. */
  get ttlMs(): number {
    return this.#options.ttlMs;
  }

  /** Ends the wait with a lease. */
  grant(lease: Lease): void {
    this.#leave();
    this.#options.resolve(lease);
  }

  /** Ends the wait without one. */
  fail(error: TickmarkError): void {
    this.#leave();
    this.#options.reject(error);
  }

  readonly #onAbort = (): void => this.fail(this.#options.aborted(this.#options.signal!));

  #leave(): void {
    this.#timer?.clear();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#options.left();
  }
}
