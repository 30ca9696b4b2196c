import type { PreviousClose, PreviousClosesRequest } from '../../../core/calendars/previous-closes.js';
import type { TradingCalendar } from '../../../core/calendars/trading-calendar.js';
import { sleep, type Clock } from '../../../core/clock.js';
import { TickmarkError } from '../../../core/errors.js';
import type { FetchFunction } from '../../connection/http-fetch.js';
import { RefusedRequest, getJson } from './json-request.js';
import type { ClosesQuery, VenueCloses } from './venue-closes.js';

/** Options of {@link CloseRequests}. */
export interface CloseRequestsOptions {
  /** Of the venue, for messages. */
  readonly name: string;
  readonly closes: VenueCloses;
  readonly fetch: FetchFunction;
  readonly clock: Clock;
  /** By the venue's name of a symbol. */
  readonly calendarOf: (symbol: string) => TradingCalendar | null;
  /** Called with a failure of some of the requests. */
  readonly report: (error: TickmarkError) => void;
}

const LONGEST_WAIT_MS = 60_000;

/** Asks a venue for previous closes: one request after the other, no faster than the venue allows. */
export class CloseRequests {
  readonly #options: CloseRequestsOptions;
  /** When the next request may be sent, by the monotonic clock. */
  #notBefore = -Infinity;

  constructor(options: CloseRequestsOptions) {
    this.#options = options;
  }

  /**
   * The closes that the venue has. A request that fails is reported, and its symbols are left out; one that the venue refuses for another reason than its symbol ends the call.
   * @throws TickmarkError if no request succeeded; `ABORTED`.
   */
  async load(
    symbols: readonly string[],
    { at, signal }: PreviousClosesRequest,
  ): Promise<readonly PreviousClose[]> {
    const { closes, calendarOf, name, report } = this.#options;
    const { symbolsPerRequest = 1 } = closes;
    const found: PreviousClose[] = [];
    let failure: TickmarkError | undefined;
    let hasAnswer = false;
    for (let from = 0; from < symbols.length; from += symbolsPerRequest) {
      const query = { symbols: symbols.slice(from, from + symbolsPerRequest), at, calendarOf };
      try {
        const read = await this.#ask(query, signal);
        found.push(...read.filter(({ symbol }) => query.symbols.includes(symbol)));
        hasAnswer = true;
      } catch (error) {
        if (signal.aborted)
          throw new TickmarkError('ABORTED', `${name}: previous closes are no longer wanted.`);
        failure ??= error as TickmarkError;
        if (!(error instanceof RefusedRequest)) continue;
        // It does not know a symbol of this request.
        if (error.status === 400 || error.status === 404) hasAnswer = true;
        else break;
      }
    }
    if (failure && !hasAnswer) throw failure;
    if (failure) report(failure);
    return found;
  }

  async #ask(query: ClosesQuery, signal: AbortSignal): Promise<readonly PreviousClose[]> {
    const { closes, fetch, clock } = this.#options;
    const name = `${this.#options.name}: previous closes`;
    const request = closes.request(query);
    if (!request) return [];
    await this.#pace(signal);
    let body: unknown;
    try {
      body = await getJson({ name, fetch, clock, signal, ...request });
    } catch (error) {
      const { retryAfterMs } = error as Partial<RefusedRequest>;
      if (retryAfterMs !== undefined) this.#notBefore = clock.monotonic() + retryAfterMs;
      throw error;
    }
    try {
      return closes.read(body, query);
    } catch (cause) {
      throw new TickmarkError('STREAM_FAILED', `${name}: the answer cannot be read.`, {
        retryable: true,
        cause,
      });
    }
  }

  async #pace(signal: AbortSignal): Promise<void> {
    const { clock, closes } = this.#options;
    const wait = this.#notBefore - clock.monotonic();
    if (wait > LONGEST_WAIT_MS) {
      const message = `${this.#options.name}: previous closes: the server asks to wait for ${Math.ceil(wait / 1000)} s.`;
      throw new TickmarkError('STREAM_FAILED', message, { retryable: true });
    }
    if (wait > 0) await sleep(clock, wait, signal);
    this.#notBefore = clock.monotonic() + 1000 / closes.requestsPerSecond;
  }
}
