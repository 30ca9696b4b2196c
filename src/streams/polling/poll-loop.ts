import type { Clock, Timer } from '../../core/clock.js';
import type { RandomSource } from '../../core/random.js';

/** What a loop asks, and of whom. */
export interface PollLoopHost {
  /** Symbols that are wanted now. */
  symbols(): readonly string[];
  /** Asks for a group of them, and takes the answer. Gives the wait before the next request in ms when it failed. Never rejects. */
  poll(group: readonly string[], signal: AbortSignal): Promise<number | undefined>;
  /** Whether a symbol that is wanted has no price yet. */
  lacksPrices(): boolean;
}

/** Settings of {@link PollLoop}. */
export interface PollLoopOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly intervalMs: number;
  readonly jitter: number;
  readonly symbolsPerRequest?: number | undefined;
}

/** New symbols are asked for together when they come one by one. */
const GATHER_MS = 5;

/** Asks round after round, one request at a time. */
export class PollLoop {
  readonly #options: PollLoopOptions;
  readonly #host: PollLoopHost;
  readonly #signal: AbortSignal;
  #wake: (() => void) | undefined;
  #canBeWoken = false;
  #timer: Timer | undefined;
  #hasNewSymbols = false;
  /** Where the next round begins: behind the group that failed, so that one bad symbol does not keep others from being asked for. */
  #firstGroup = 0;

  constructor(options: PollLoopOptions, host: PollLoopHost, signal: AbortSignal) {
    this.#options = options;
    this.#host = host;
    this.#signal = signal;
  }

  /** Runs until the signal fires. */
  async run(): Promise<void> {
    const { clock } = this.#options;
    const end = (): void => this.#wake?.();
    this.#signal.addEventListener('abort', end, { once: true });
    while (!this.#signal.aborted) {
      if (this.#host.symbols().length === 0) await this.#pause(Infinity, true);
      if (this.#signal.aborted) return;
      const startedAt = clock.monotonic();
      this.#hasNewSymbols = false;
      const failedFor = await this.#round();
      if (this.#signal.aborted) return;
      if (failedFor !== undefined) await this.#pause(failedFor, false);
      else if (!this.#hasNewSymbols || !this.#host.lacksPrices())
        await this.#pause(this.#restOf(startedAt), true);
    }
  }

  /** Symbols were added: asks soon, unless it waits after a failure. */
  symbolsAdded(): void {
    this.#hasNewSymbols = true;
    if (!this.#wake || !this.#canBeWoken) return;
    this.#timer?.clear();
    this.#timer = this.#options.clock.setTimer(this.#wake, GATHER_MS);
  }

  async #round(): Promise<number | undefined> {
    const groups = this.#groups();
    const first = this.#firstGroup % Math.max(groups.length, 1);
    for (let count = 0; count < groups.length && !this.#signal.aborted; count++) {
      const at = (first + count) % groups.length;
      const failedFor = await this.#host.poll(groups[at]!, this.#signal);
      this.#firstGroup = failedFor === undefined ? 0 : at + 1;
      if (failedFor !== undefined) return failedFor;
    }
    return undefined;
  }

  #groups(): (readonly string[])[] {
    const symbols = this.#host.symbols();
    const { symbolsPerRequest = Infinity } = this.#options;
    if (symbols.length <= symbolsPerRequest) return [symbols];
    const groups: string[][] = [];
    for (let at = 0; at < symbols.length; at += symbolsPerRequest)
      groups.push(symbols.slice(at, at + symbolsPerRequest));
    return groups;
  }

  #restOf(startedAt: number): number {
    const { clock, random, intervalMs, jitter } = this.#options;
    const interval = intervalMs * (1 + jitter * (2 * random() - 1));
    return Math.max(startedAt + interval - clock.monotonic(), intervalMs / 10);
  }

  async #pause(ms: number, canBeWoken: boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      if (ms !== Infinity) this.#timer = this.#options.clock.setTimer(resolve, ms);
      this.#wake = resolve;
      this.#canBeWoken = canBeWoken;
    });
    this.#timer?.clear();
    this.#timer = this.#wake = undefined;
  }
}
