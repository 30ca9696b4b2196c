import type { Clock } from './clock.js';
import { checkNumber, checkOptions, type OptionShapes } from './options.js';
import type { RandomSource } from './random.js';

/** Bounds of the waits between retries. */
export interface RetryBounds {
  /** Greatest wait before the first retry, in ms; doubles with each further one. */
  readonly firstMs: number;
  /** Greatest wait before any retry, in ms. */
  readonly capMs: number;
}

/**
 * How long to wait before a retry, in ms: a random time between 0 and a bound that doubles with each failure (full jitter). So clients that
 * lost the same server do not return at the same time.
 *
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param failures Failures so far, from 1.
 */
export function retryDelay(failures: number, { firstMs, capMs }: RetryBounds, random: RandomSource): number {
  return random() * Math.min(capMs, firstMs * 2 ** Math.min(failures - 1, 30));
}

/** Options of `Backoff`. */
export interface BackoffOptions {
  /** Time. */
  readonly clock: Clock;
  /** Random numbers, for jitter. */
  readonly random: RandomSource;
  /** Greatest wait before the first retry, in ms. Default 250. */
  readonly firstMs?: number;
  /** Greatest wait in the first `recentMs` of an outage, in ms. Default 2,000. */
  readonly recentCapMs?: number;
  /** How long `recentCapMs` applies, in ms. Default 120,000. */
  readonly recentMs?: number;
  /** Greatest wait after that, in ms. Default 30,000. */
  readonly capMs?: number;
  /** How long a link must be up, with valid data, so that the next failure counts as the first one, in ms. Default 5,000. */
  readonly provenMs?: number;
}

const NAMES: OptionShapes<Omit<BackoffOptions, 'clock' | 'random'>> = {
  firstMs: true,
  recentCapMs: true,
  recentMs: true,
  capMs: true,
  provenMs: true,
};

/** Checks the waits that an application has set. @throws TickmarkError `INVALID_ARGUMENT` for another name, or a value that is no time in ms. */
export function checkBackoff(
  where: string,
  given: Omit<BackoffOptions, 'clock' | 'random'> | undefined,
): void {
  if (given === undefined) return;
  checkOptions(where, given, NAMES);
  for (const [name, ms] of Object.entries(given))
    if (ms !== undefined) checkNumber(`${where}.${name}`, ms, { from: 0 });
}

/**
 * How long to wait before each retry: a random time between 0 and a bound that doubles with each failure (full jitter). The bound begins at
 * 250 ms and grows to 2 s in the first two minutes of an outage, and to 30 s later. So clients that lost the same server do not return at
 * the same time, and a server that accepts connections and closes them is not flooded.
 *
 * Exponential backoff with full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class Backoff {
  readonly #options: Required<BackoffOptions>;
  #failures = 0;
  #outageBegan = NaN;
  #upSince = NaN;
  #hasData = false;
  #notBefore = -Infinity;

  constructor(options: BackoffOptions) {
    this.#options = {
      firstMs: 250,
      recentCapMs: 2000,
      recentMs: 120_000,
      capMs: 30_000,
      provenMs: 5000,
      ...options,
    };
  }

  /** Failures since the link was last up for at least `provenMs`. */
  get failures(): number {
    return this.#failures;
  }

  /** Call it when the link is up. */
  up(): void {
    this.#upSince = this.#options.clock.monotonic();
    this.#hasData = false;
  }

  /** Call it when valid data arrives over the link. Fast enough for every price. */
  data(): void {
    this.#hasData = true;
  }

  /** Call it when the server requests a pause, in ms. */
  retryAfter(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.#options.clock.monotonic() + ms);
  }

  /** Call it when a try has failed or the link has broken. @returns how long to wait before the next try, in ms. */
  next(): number {
    const { clock, random, firstMs, recentCapMs, recentMs, capMs, provenMs } = this.#options;
    const now = clock.monotonic();
    if (this.#hasData && now - this.#upSince >= provenMs) this.reset();
    this.#upSince = NaN;
    this.#hasData = false;
    if (this.#failures++ === 0) this.#outageBegan = now;
    const cap = now - this.#outageBegan < recentMs ? recentCapMs : capMs;
    const delay = retryDelay(this.#failures, { firstMs, capMs: cap }, random);
    // Jitter is added to the pause that the server requested. Otherwise all clients would return at the same time.
    return Math.max(0, this.#notBefore - now) + delay;
  }

  /** Forgets earlier failures. */
  reset(): void {
    this.#failures = 0;
    this.#outageBegan = NaN;
  }
}
