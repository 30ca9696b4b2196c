import { sleep, type Clock } from '../../core/clock.js';

const LONGEST_SLEEP_MS = 86_400_000;

/** Delays the messages of a replay by their recorded times. Waits reject with the signal's reason when it is aborted. */
export class ReplayPace {
  readonly #clock: Clock;
  readonly #speed: number;
  readonly #signal: AbortSignal;
  #recordedStart: number | undefined;
  #start = 0;

  /** @param speed Factor of the recorded speed; `Infinity` never waits. */
  constructor(clock: Clock, speed: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#speed = speed;
    this.#signal = signal;
  }

  /** Time in ms until a message recorded at `recordedAt` is due; 0 or less if it is due. */
  waitMs(recordedAt: number): number {
    if (this.#speed === Infinity) return 0;
    if (this.#recordedStart === undefined) {
      this.#recordedStart = recordedAt;
      this.#start = this.#clock.monotonic();
      return 0;
    }
    const due = this.#start + (recordedAt - this.#recordedStart) / this.#speed;
    return due - this.#clock.monotonic();
  }

  /** Waits until a message recorded at `recordedAt` is due. */
  async until(recordedAt: number): Promise<void> {
    // A timer waits 24.8 days at most; a recording may have a longer pause.
    for (let wait = this.waitMs(recordedAt); wait > 0; wait = this.waitMs(recordedAt))
      await sleep(this.#clock, Math.min(wait, LONGEST_SLEEP_MS), this.#signal);
  }

  /** Gives other work a turn. */
  turn(): Promise<void> {
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        deferred.clear();
        reject(signal.reason as Error);
      };
      const deferred = this.#clock.defer(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
