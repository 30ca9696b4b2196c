import type { Clock, Timer } from '../../core/clock.js';

interface Call {
  readonly symbols: readonly string[];
  readonly resolve: (result: Promise<void>) => void;
}

/** Combines calls that come within a few ms into one. If that fails, each is made by itself, so that none fails because of another. */
export class BatchedCalls {
  readonly #clock: Clock;
  readonly #gatherMs: number;
  readonly #call: (symbols: readonly string[]) => Promise<void>;
  #calls: Call[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, gatherMs: number, call: (symbols: readonly string[]) => Promise<void>) {
    this.#clock = clock;
    this.#gatherMs = gatherMs;
    this.#call = call;
  }

  /** Adds a call for these symbols; settles as the call does. */
  add(symbols: readonly string[]): Promise<void> {
    this.#timer ??= this.#clock.setTimer(() => this.flush(), this.#gatherMs);
    return new Promise((resolve) => this.#calls.push({ symbols: [...symbols], resolve }));
  }

  /** Makes the call now, if any waits. */
  flush(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    const calls = this.#calls;
    if (calls.length === 0) return;
    this.#calls = [];
    const together = this.#call(calls.flatMap(({ symbols }) => symbols));
    for (const { symbols, resolve } of calls) {
      resolve(calls.length === 1 ? together : together.catch(() => this.#call(symbols)));
    }
  }
}
