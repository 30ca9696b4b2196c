import { LONGEST_DELAY_MS, type Clock, type Timer } from '../core/clock.js';
import { invalidArgument } from '../core/errors.js';
import { keepRaw } from '../core/keep-raw.js';

interface PendingCallback {
  readonly due: number;
  readonly callback: () => void;
}

/** Options of {@link FakeClock}. */
export interface FakeClockOptions {
  /** Wall-clock time at the start, ms since 1970. Default 1,700,000,000,000 (14 November 2023, 22:13:20 UTC). */
  readonly now?: number;
  /**
   * By how many ms each call of `now()` advances the wall clock, as a real clock may advance between two calls: code that reads the
   * time twice and expects the same answer fails. Default 0.
   */
  readonly lookMs?: number;
}

const CALLBACK_LIMIT = 100_000;

/**
 * A clock that moves only when a test advances it. Timers fire in the order they are due, and those due at the same moment in the order
 * they were set. Between two timers, all promise chains that can proceed do so.
 *
 * @example
 * ```ts
 * import { FakeClock } from 'tickmark/conformance';
 *
 * const clock = new FakeClock();
 * let isDone = false;
 * clock.setTimer(() => (isDone = true), 5_000);
 * await clock.advance(5_000);
 * console.log(isDone); // true
 * ```
 */
export class FakeClock implements Clock {
  static {
    keepRaw(this);
  }

  #wall: number;
  #monotonic = 0;
  readonly #lookMs: number;
  readonly #pending = new Set<PendingCallback>();

  constructor(options: FakeClockOptions = {}) {
    this.#wall = options.now ?? 1_700_000_000_000;
    this.#lookMs = options.lookMs ?? 0;
  }

  /** Number of waiting timers and deferred callbacks; 0 proves that none was left behind. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Virtual wall-clock time, ms since 1970. */
  now(): number {
    const now = this.#wall;
    this.#wall += this.#lookMs;
    return now;
  }

  /** Virtual ms since the clock was created. */
  monotonic(): number {
    return this.#monotonic;
  }

  /**
   * Runs `callback` once, in the `advance()` that reaches it.
   * @throws TickmarkError `INVALID_ARGUMENT` for a delay that is not a number or above 2^31 − 1 ms (24.8 days), with which real timers
   * would fire at once.
   */
  setTimer(callback: () => void, delayMs: number): Timer {
    if (!(delayMs <= LONGEST_DELAY_MS)) {
      throw invalidArgument('FakeClock.setTimer: delayMs', delayMs, `at most ${LONGEST_DELAY_MS} ms`);
    }
    return this.#add(callback, this.#monotonic + Math.max(0, delayMs));
  }

  /** Runs `callback` in the next `advance()`, after what is already due. */
  defer(callback: () => void): Timer {
    return this.#add(callback, this.#monotonic);
  }

  /**
   * Advances both clocks by `ms` (default 0) and runs each callback at the time it is due. Rejects with the error of a callback, and
   * after 100,000 callbacks, because then one keeps setting itself again.
   */
  async advance(ms = 0): Promise<void> {
    if (!(ms >= 0)) throw invalidArgument('FakeClock.advance', ms, 'a time in ms from 0');
    const target = this.#monotonic + ms;
    await this.settle();
    for (let count = 0; ; count++) {
      const next = this.#nextDueBy(target);
      if (!next) break;
      if (count >= CALLBACK_LIMIT) {
        throw new Error(
          `FakeClock.advance: ${count} callbacks ran, and more keep falling due by ${target} ms.`,
        );
      }
      await this.#run(next);
    }
    this.#moveTo(target);
  }

  /**
   * Runs all waiting callbacks and those they set, advancing the clocks as needed. Rejects after `limit` callbacks (default 10,000),
   * because then a timer keeps setting itself again.
   * @returns The number of callbacks run.
   */
  async runAll(limit = 10_000): Promise<number> {
    await this.settle();
    for (let count = 0; ; count++) {
      const next = this.#nextDueBy(Infinity);
      if (!next) return count;
      if (count >= limit) throw new Error(`FakeClock.runAll: ${count} callbacks ran, and more are pending.`);
      await this.#run(next);
    }
  }

  /** Lets all promise chains that can proceed do so, without advancing time or running timers. */
  settle(): Promise<void> {
    return new Promise(nextMacrotask);
  }

  /** Sets the wall clock, as an operator or NTP would; durations and timers do not change. */
  setWallClock(now: number): void {
    this.#wall = now;
  }

  #add(callback: () => void, due: number): Timer {
    const pending: PendingCallback = { due, callback };
    this.#pending.add(pending);
    return { clear: () => void this.#pending.delete(pending) };
  }

  #nextDueBy(target: number): PendingCallback | undefined {
    let next: PendingCallback | undefined;
    for (const pending of this.#pending) {
      if (pending.due <= target && (!next || pending.due < next.due)) next = pending;
    }
    return next;
  }

  async #run(next: PendingCallback): Promise<void> {
    this.#pending.delete(next);
    this.#moveTo(next.due);
    next.callback();
    await this.settle();
  }

  #moveTo(time: number): void {
    if (time <= this.#monotonic) return;
    this.#wall += time - this.#monotonic;
    this.#monotonic = time;
  }
}

type Schedule = (callback: () => void) => void;

// The microtask queue is empty before a macrotask starts, so one macrotask settles chains of any depth. Captured when the module loads,
// so a test that replaces the global timers does not stop this clock.
const nextMacrotask: Schedule = (() => {
  const host = globalThis as { setImmediate?: Schedule };
  const { setImmediate } = host;
  if (setImmediate) return (callback) => void setImmediate(callback);
  const { setTimeout } = globalThis;
  return (callback) => void setTimeout(callback, 0);
})();
