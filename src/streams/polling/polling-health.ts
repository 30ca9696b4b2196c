import { Backoff, type BackoffOptions } from '../../core/backoff.js';
import type { TickmarkError } from '../../core/errors.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { GapTracker } from '../connection/gap-tracker.js';

/** Options of {@link PollingHealth}. */
export interface PollingHealthOptions {
  readonly link: PriceStreamLink;
  /** Clock, random numbers and waits of the backoff. */
  readonly backoff: BackoffOptions;
  /** Whether each response has the current prices of all its symbols. */
  readonly recovers: boolean;
  /** The subscribed symbols. */
  readonly symbols: () => readonly string[];
  /** Reports an error that does not end the stream. */
  readonly report: (error: TickmarkError) => void;
}

/** A failed request. */
export interface PollingFailure {
  readonly error: TickmarkError;
  /** Least wait before a retry, in ms, if the server asks for one. */
  readonly retryAfterMs?: number | undefined;
}

/** Whether a source answers, from `connect()` to `disconnect()`: the status of the stream, its gaps, and the waits before retries. */
export class PollingHealth {
  readonly link: PriceStreamLink;
  readonly #options: PollingHealthOptions;
  readonly #gaps: GapTracker;
  readonly #backoff: Backoff;
  #attempt = 0;
  #isUp = false;

  constructor(options: PollingHealthOptions) {
    this.link = options.link;
    this.#options = options;
    this.#gaps = new GapTracker(options.backoff.clock);
    this.#backoff = new Backoff(options.backoff);
  }

  /** A response came: ends an outage, with its gap. */
  succeeded(): void {
    if (!this.#isUp) this.#backoff.up();
    this.#isUp = true;
    this.#backoff.data();
    this.#gaps.seen();
    if (this.#attempt === 0) return;
    this.#attempt = 0;
    this.link.restored();
    const gap = this.#gaps.end(this.#options.symbols(), this.#options.recovers);
    if (gap) this.link.deliver(gap);
  }

  /** A request failed. @returns How long to wait before the next one, in ms. */
  failed({ error, retryAfterMs }: PollingFailure): number {
    this.#isUp = false;
    this.#gaps.begin(error.code === 'TIMEOUT' ? 'silence' : 'disconnect');
    if (!error.retryable) {
      this.link.fail(error);
      return 0;
    }
    if (retryAfterMs !== undefined) this.#backoff.retryAfter(retryAfterMs);
    const delayMs = this.#backoff.next();
    this.link.reconnecting(++this.#attempt, this.#options.backoff.clock.now() + delayMs);
    this.#options.report(error);
    return delayMs;
  }
}
