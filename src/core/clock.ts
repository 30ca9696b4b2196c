import { TickmarkError, invalidArgument } from './errors.js';

/**
 * Time as a port: core never reads the system's clock itself, so that a test can drive every timer by hand.
 * `FakeClock` of `tickmark/conformance` is such a clock.
 */
export interface Clock {
  /** Wall-clock time in ms since 1970. May jump when the machine's clock is set. */
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
  /** Stops the callback from running; does nothing when it already ran. */
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

// A class, since one is made for every batch of prices: that costs less than an object with its own function.
class HostTimer implements Timer {
  readonly #handle: unknown;
  readonly #clear: Clear;

  constructor(handle: unknown, clear: Clear) {
    this.#handle = handle;
    this.#clear = clear;
  }

  clear(): void {
    // Not called as a method: browsers refuse a `this` that is not their own.
    const clear = this.#clear;
    clear(this.#handle);
  }
}

/** A promise that settles after `delayMs`, or rejects with the signal's reason when it fires first. */
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

// Timers of Node and of browsers fire at once for a longer delay: 24.8 days.
const LONGEST_DELAY = 2 ** 31 - 1;

/** Refuses a delay that no timer can take. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkDelay(ms: number, where: string): void {
  if (ms >= 0 && ms <= LONGEST_DELAY) return;
  throw invalidArgument(where, ms, `ms from 0 to ${LONGEST_DELAY}`);
}

/** `ms`, or the longest delay that a timer can take if that is shorter: the caller checks the time again when it fires. */
export function timerDelay(ms: number): number {
  return Math.min(ms, LONGEST_DELAY);
}

/**
 * Calls of parts that may never answer, with a time limit for each. A call itself cannot be stopped; its result after the limit is
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
   * Settles as the call does; a call that throws counts as one that rejects. `what` names the call in errors.
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

  /** Rejects all calls that wait, and all later ones, with a reason. */
  abandon(reason: TickmarkError): void {
    this.#abandoned ??= reason;
    for (const giveUp of [...this.#giveUps]) giveUp(reason);
  }
}
