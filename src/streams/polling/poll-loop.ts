import type { Clock, Timer } from '../../core/clock.js';
import type { RandomSource } from '../../core/random.js';

/** Makes the requests of a loop. */
export interface PollLoopHost {
  /** The subscribed symbols. */
  symbols(): readonly string[];
  /** Makes a request for a group of them and handles the response. Resolves with the wait in ms if it failed. Never rejects. */
  poll(group: readonly string[], signal: AbortSignal): Promise<number | undefined>;
  /** Whether a subscribed symbol has no price yet. */
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

/** Symbols that are added one by one are requested together. */
const GATHER_MS = 5;

/** Polls round after round, one request at a time. */
export class PollLoop {
  readonly #options: PollLoopOptions;
  readonly #host: PollLoopHost;
  readonly #signal: AbortSignal;
  #wake: (() => void) | undefined;
  #canBeWoken = false;
  #timer: Timer | undefined;
  #hasNewSymbols = false;
  /** Index of the first group of the next round: the one after a failed group, so that one bad symbol does not block the others. */
  #firstGroup = 0;

  constructor(options: PollLoopOptions, host: PollLoopHost, signal: AbortSignal) {
    this.#options = options;
    this.#host = host;
    this.#signal = signal;
  }

  /** Runs until the signal is aborted. */
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

  /** Symbols were added: the next round starts soon, unless the loop waits after a failure. */
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
