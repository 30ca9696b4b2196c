import type { Clock, Timer } from '../core/clock.js';
import { invalidArgument } from '../core/errors.js';

interface PendingCallback {
  readonly due: number;
  readonly callback: () => void;
}

/** Options of {@link FakeClock}. */
export interface FakeClockOptions {
  /** Wall-clock time at the start, ms since 1970. Default 1,700,000,000,000 (14 November 2023, 22:13:20 UTC). */
  readonly now?: number;
  /**
   * By how many ms each look at `now()` moves the wall clock on, as a real clock may between any two looks: code that looks
   * twice and relies on one answer fails. Default 0.
   */
  readonly lookMs?: number;
}

// Beyond this the timers of Node and of browsers fire at once, so code that asks for more is wrong on a real clock.
const LONGEST_DELAY = 2 ** 31 - 1;
const CALLBACK_LIMIT = 100_000;

/**
 * A clock that stands still until a test moves it. Timers fire in the order they are due, those due at the same moment
 * in the order they were set, and between two of them every promise chain that can go on does, however deep.
 *
 * ```ts
 * const clock = new FakeClock();
 * const waiting = sleep(clock, 5_000);
 * await clock.advance(5_000);
 * await waiting;
 * ```
 */
export class FakeClock implements Clock {
  #wall: number;
  #monotonic = 0;
  readonly #lookMs: number;
  readonly #pending = new Set<PendingCallback>();

  constructor(options: FakeClockOptions = {}) {
    this.#wall = options.now ?? 1_700_000_000_000;
    this.#lookMs = options.lookMs ?? 0;
  }

  /** How many timers and deferred callbacks wait; 0 proves that nothing was left behind. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Virtual wall-clock time, ms since 1970. */
  now(): number {
    const now = this.#wall;
    this.#wall += this.#lookMs;
    return now;
  }

  /** Virtual ms since the clock was made. */
  monotonic(): number {
    return this.#monotonic;
  }

  /**
   * Runs `callback` once, in the `advance()` that reaches it.
   * @throws TickmarkError `INVALID_ARGUMENT` for a delay that is no number or above 2^31 − 1 ms (24.8 days), with which
   * the machine's own timers would fire at once.
   */
  setTimer(callback: () => void, delayMs: number): Timer {
    if (!(delayMs <= LONGEST_DELAY)) {
      throw invalidArgument('FakeClock.setTimer: delayMs', delayMs, `at most ${LONGEST_DELAY} ms`);
    }
    return this.#add(callback, this.#monotonic + Math.max(0, delayMs));
  }

  /** Runs `callback` in the next `advance()`, after what is already due. */
  defer(callback: () => void): Timer {
    return this.#add(callback, this.#monotonic);
  }

  /**
   * Moves both clocks on by `ms` (default 0), running what falls due on the way, at its own time each. Rejects with what
   * a callback throws, and with an error after 100,000 callbacks, when something re-arms itself without end.
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
   * Runs everything that waits and everything set meanwhile, moving the clocks as far as it takes; gives the number of
   * callbacks run. Rejects after `limit` of them (default 10,000), as it must with a timer that re-arms itself.
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

  /** Lets every promise chain that can go on do so, without moving time or running timers. */
  settle(): Promise<void> {
    return new Promise(nextMacrotask);
  }

  /** Sets the wall clock, as an operator or NTP would; durations and timers are not touched. */
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

// The microtask queue is empty before a macrotask starts, so one turn settles chains of any depth. Taken at load, so
// that a test which replaces the global timers does not stop this clock.
const nextMacrotask: Schedule = (() => {
  const host = globalThis as { setImmediate?: Schedule };
  const { setImmediate } = host;
  if (setImmediate) return (callback) => void setImmediate(callback);
  const { setTimeout } = globalThis;
  return (callback) => void setTimeout(callback, 0);
})();
