import { retryDelay } from '../../backoff.js';
import { timerDelay, type Clock, type Timer } from '../../clock.js';
import type { RandomSource } from '../../random.js';

/** Options of {@link SaveRounds}. */
export interface SaveRoundsOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Time in ms from one round to the next. */
  readonly intervalMs: number;
  /** Time in ms until there is something to save: 0 is now, Infinity is never. */
  readonly dueInMs: () => number;
  /** Runs one round. @returns whether all calls of the store succeeded. */
  readonly round: () => Promise<boolean>;
}

// The store must be up to date within 5 s of its recovery.
const RETRY_CAP_MS = 2_000;

/** Runs rounds of saves at an interval, one after the other, with backoff while they fail. */
export class SaveRounds {
  readonly #options: SaveRoundsOptions;
  #timer: Timer | null = null;
  #firesAt = Infinity;
  #round: Promise<void> | null = null;
  #startedAt = 0;
  #failures = 0;
  #isStopped = false;

  constructor(options: SaveRoundsOptions) {
    this.#options = options;
  }

  /** How long the current round has been running, in ms; 0 without one. */
  get runningMs(): number {
    return this.#round ? this.#options.clock.monotonic() - this.#startedAt : 0;
  }

  /** Whether the last round failed. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Whether a round is running. */
  get isRunning(): boolean {
    return this.#round !== null;
  }

  /** Schedules the next round, if there is something to save. */
  schedule(): void {
    if (this.#round || this.#isStopped) return;
    const { clock, intervalMs, dueInMs, random } = this.#options;
    const dueIn = dueInMs();
    if (dueIn === Infinity) return;
    const now = clock.monotonic();
    if (this.#timer && this.#firesAt <= now + Math.max(dueIn, intervalMs)) return;
    this.#timer?.clear();
    const bounds = { firstMs: 2 * intervalMs, capMs: RETRY_CAP_MS };
    const backoff = this.#failures === 0 ? 0 : retryDelay(this.#failures, bounds, random);
    const delay = timerDelay(Math.max(dueIn, intervalMs + backoff));
    this.#firesAt = now + delay;
    this.#timer = clock.setTimer(() => this.#fire(), delay);
  }

  /** Runs a round now; resolves when it has ended, even if it failed. */
  async flush(): Promise<void> {
    await this.#round;
    // Of several callers, the first to resume here starts the round for all.
    if (!this.#round && !this.#isStopped && this.#options.dueInMs() < Infinity) this.#start();
    await this.#round;
  }

  /** Starts no further round. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#timer = null;
  }

  #fire(): void {
    this.#timer = null;
    this.#firesAt = Infinity;
    // A flush may have saved everything, or another engine may have taken over.
    if (this.#options.dueInMs() < Infinity) this.#start();
  }

  #start(): void {
    this.#timer?.clear();
    this.#timer = null;
    this.#firesAt = Infinity;
    this.#startedAt = this.#options.clock.monotonic();
    this.#round = this.#options.round().then((isGood) => {
      this.#failures = isGood ? 0 : this.#failures + 1;
      this.#round = null;
      this.schedule();
    });
  }
}
