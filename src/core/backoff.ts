import type { Clock } from './clock.js';
import type { RandomSource } from './random.js';

/** Bounds of the waits between tries. */
export interface RetryBounds {
  /** Greatest wait before the first retry, in ms; doubles with each further one. */
  readonly firstMs: number;
  /** Greatest wait before any retry, in ms. */
  readonly capMs: number;
}

/**
 * How long to wait before a retry, in ms: full jitter, a draw between 0 and a bound that doubles with each failure. Clients that lost
 * the same server do not come back at the same moment.
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
  /** Chance, for jitter. */
  readonly random: RandomSource;
  /** Greatest wait before the first retry, in ms. Default 250. */
  readonly firstMs?: number;
  /** Greatest wait while the outage is younger than `recentMs`, in ms. Default 2,000. */
  readonly recentCapMs?: number;
  /** How long an outage counts as recent, in ms. Default 120,000. */
  readonly recentMs?: number;
  /** Greatest wait after that, in ms. Default 30,000. */
  readonly capMs?: number;
  /** How long a link must have been up, with valid data, before the next failure counts as the first again, in ms. Default 5,000. */
  readonly provenMs?: number;
}

/**
 * How long to wait before each try. Full jitter: a draw between 0 and a bound that doubles with each failure, from 250 ms to
 * 2 s while the outage is young and to 30 s later, so that clients that lost the same server do not come back at the same
 * moment, and a server that accepts and hangs up is not hammered.
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

  /** Failures in a row, from which no link has recovered for long enough. */
  get failures(): number {
    return this.#failures;
  }

  /** The link is up. */
  up(): void {
    this.#upSince = this.#options.clock.monotonic();
    this.#hasData = false;
  }

  /** Valid data has come over the link. Cheap enough for every price. */
  data(): void {
    this.#hasData = true;
  }

  /** The server asked to be left alone for this long. */
  retryAfter(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.#options.clock.monotonic() + ms);
  }

  /** A try failed or the link broke: how long to wait before the next try, in ms. */
  next(): number {
    const { clock, random, firstMs, recentCapMs, recentMs, capMs, provenMs } = this.#options;
    const now = clock.monotonic();
    if (this.#hasData && now - this.#upSince >= provenMs) this.reset();
    this.#upSince = NaN;
    this.#hasData = false;
    if (this.#failures++ === 0) this.#outageBegan = now;
    const cap = now - this.#outageBegan < recentMs ? recentCapMs : capMs;
    const delay = retryDelay(this.#failures, { firstMs, capMs: cap }, random);
    // What the server asks for is a floor: jitter goes on top, or all clients would come back at once.
    return Math.max(0, this.#notBefore - now) + delay;
  }

  /** Forgets earlier failures. */
  reset(): void {
    this.#failures = 0;
    this.#outageBegan = NaN;
  }
}
