import { TickmarkError, invalidArgument } from './errors.js';

/**
 * Port: time. Core never reads the system's clock itself, so a test can drive every timer by hand.
 * `FakeClock` of `tickmark/conformance` is such a clock.
 */
export interface Clock {
  /** Wall-clock time in ms since 1970. It jumps when the machine's clock is set. */
  now(): number;
  /** Time in ms from an arbitrary start that never jumps: for durations and deadlines. */
  monotonic(): number;
  /** Runs `callback` once after at least `delayMs`. The timer keeps the process alive until it fires or is cleared. */
  setTimer(callback: () => void, delayMs: number): Timer;
  /** Runs `callback` after the current work and the I/O that is ready. */
  defer(callback: () => void): Timer;
}

/** A pending callback. */
export interface Timer {
  /** Keeps the callback from running; does nothing if it has already run. */
  clear(): void;
}

type Immediate = (callback: () => void) => unknown;
type Clear = (handle: unknown) => void;
const host = globalThis as { setImmediate?: Immediate; clearImmediate?: Clear };

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: (callback, delayMs) => new HostTimer(setTimeout(callback, delayMs), clearTimeout as Clear),
  // Browsers have no setImmediate.
  defer: (callback) =>
    new HostTimer(
      (host.setImmediate ?? setTimeout)(callback),
      host.clearImmediate ?? (clearTimeout as Clear),
    ),
};

// A class, since one is created for every batch of prices: that costs less than an object with a function of its own.
class HostTimer implements Timer {
  readonly #handle: unknown;
  readonly #clear: Clear;

  constructor(handle: unknown, clear: Clear) {
    this.#handle = handle;
    this.#clear = clear;
  }

  clear(): void {
    // Not called as a method: browsers refuse a `this` other than their own.
    const clear = this.#clear;
    clear(this.#handle);
  }
}

/** Resolves after `delayMs`; rejects with the signal's reason if the signal fires first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      timer.clear();
      reject(signal!.reason as Error);
    };
    const timer = clock.setTimer(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The longest delay of a timer, in ms: 24.8 days. Node and browsers fire a longer one at once. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Refuses a delay that no timer can wait. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkDelay(ms: number, where: string): void {
  if (typeof ms === 'number' && ms >= 0 && ms <= LONGEST_DELAY_MS) return;
  throw invalidArgument(where, ms, `ms from 0 to ${LONGEST_DELAY_MS}`);
}

/** The shorter of `ms` and the longest delay of a timer. The caller checks the time again when the timer fires. */
export function timerDelay(ms: number): number {
  return Math.min(ms, LONGEST_DELAY_MS);
}

/**
 * Calls parts that may never answer, each with a time limit. A call itself cannot be stopped; a result that comes after the limit is
 * dropped.
 */
export class BoundedCalls {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #giveUps = new Set<(reason: TickmarkError) => void>();
  #abandoned: TickmarkError | null = null;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /**
   * Settles like the call; a call that throws counts as one that rejects. `what` names the call in errors.
   * @throws TickmarkError `TIMEOUT` when the time limit has passed; the reason given to `abandon()`.
   */
  run<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
    if (this.#abandoned) return Promise.reject(this.#abandoned);
    return new Promise((resolve, reject) => {
      const giveUp = (reason: TickmarkError): void => {
        end();
        reject(reason);
      };
      const timer = this.#clock.setTimer(() => {
        const message = `${what} did not end within ${this.#limitMs} ms.`;
        giveUp(new TickmarkError('TIMEOUT', message, { retryable: true }));
      }, this.#limitMs);
      const end = (): void => {
        timer.clear();
        this.#giveUps.delete(giveUp);
      };
      this.#giveUps.add(giveUp);
      (async () => call())().finally(end).then(resolve, reject);
    });
  }

  /** Rejects all waiting and all later calls with a reason. */
  abandon(reason: TickmarkError): void {
    this.#abandoned ??= reason;
    for (const giveUp of [...this.#giveUps]) giveUp(reason);
  }
}
