/**
 * Time as a port: core never reads the system's clock itself, so a test can drive every timer by hand.
 * `FakeClock` of `tickmark/conformance` is such a clock.
 */
export interface Clock {
  /** Wall-clock time in ms since 1970. May jump when the machine's clock is set. */
  now(): number;
  /** Time in ms from an arbitrary start that never jumps: for durations and deadlines. */
  monotonic(): number;
  /** Runs `callback` once after at least `delayMs`. The timer keeps the process alive until it fires or is cleared. */
  setTimer(callback: () => void, delayMs: number): Timer;
  /** Runs `callback` as soon as the work at hand, and I/O that is ready, has had its turn. */
  defer(callback: () => void): Timer;
}

/** A pending callback. */
export interface Timer {
  /** Stops the callback from running; does nothing when it already ran. */
  clear(): void;
}

type Immediate = (callback: () => void) => unknown;
const host = globalThis as { setImmediate?: Immediate; clearImmediate?: (handle: unknown) => void };

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(callback, delayMs) {
    const handle = setTimeout(callback, delayMs);
    return { clear: () => clearTimeout(handle) };
  },
  defer(callback) {
    const { setImmediate, clearImmediate } = host;
    if (setImmediate && clearImmediate) {
      const handle = setImmediate(callback);
      return { clear: () => clearImmediate(handle) };
    }
    return systemClock.setTimer(callback, 0);
  },
};

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
