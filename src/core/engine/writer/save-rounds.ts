import { timerDelay, type Clock, type Timer } from '../../clock.js';
import type { RandomSource } from '../../random.js';

/** What {@link SaveRounds} work with. */
export interface SaveRoundsOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Time in ms from one round to the next. */
  readonly intervalMs: number;
  /** Time in ms until there is something to do: 0 now, Infinity never. */
  readonly dueInMs: () => number;
  /** One round; it tells whether all calls of the store went well. */
  readonly round: () => Promise<boolean>;
}

// What is stored is to be current again within 5 s of the store's return.
const RETRY_CAP_MS = 2_000;

/** One round after another, each after an interval, and after a longer one as long as they fail. */
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

  /** For how long the round under way has been so, in ms; 0 without one. */
  get runningMs(): number {
    return this.#round ? this.#options.clock.monotonic() - this.#startedAt : 0;
  }

  /** Whether the last round failed. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Whether a round is under way. */
  get isRunning(): boolean {
    return this.#round !== null;
  }

  /** Sees to it that a round begins when there is something to do and its time has come. */
  schedule(): void {
    if (this.#round || this.#isStopped) return;
    const { clock, intervalMs, dueInMs, random } = this.#options;
    const dueIn = dueInMs();
    if (dueIn === Infinity) return;
    const now = clock.monotonic();
    if (this.#timer && this.#firesAt <= now + Math.max(dueIn, intervalMs)) return;
    this.#timer?.clear();
    const cap = Math.min(RETRY_CAP_MS, intervalMs * 2 ** Math.min(this.#failures, 10));
    const backoff = this.#failures === 0 ? 0 : random() * cap;
    const delay = timerDelay(Math.max(dueIn, intervalMs + backoff));
    this.#firesAt = now + delay;
    this.#timer = clock.setTimer(() => this.#fire(), delay);
  }

  /** Does what there is to do now; settles when that is done, well or not. */
  async flush(): Promise<void> {
    await this.#round;
    // Of several who flush, the first to come back here starts the round for all.
    if (!this.#round && !this.#isStopped && this.#options.dueInMs() < Infinity) this.#start();
    await this.#round;
  }

  /** Begins no further round. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#timer = null;
  }

  #fire(): void {
    this.#timer = null;
    this.#firesAt = Infinity;
    // What was to be done may have been done by others, or is somebody else's by now.
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
