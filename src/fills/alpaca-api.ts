import { BoundedCalls, type Clock } from '../core/clock.js';
import { TickmarkError } from '../core/errors.js';
import { errorCodes } from '../core/error-text.js';
import { parseExactJson } from '../core/money/exact-json.js';
import {
  BodyTooLong,
  bodyText,
  discardBody,
  type FetchFunction,
  type FetchResponse,
} from '../streams/connection/http-fetch.js';
import { describeAnswer, Refusals } from '../streams/connection/refusals.js';
import { parseRetryAfter } from '../streams/connection/retry-after.js';
import type { AlpacaActivity, AlpacaPosition } from './alpaca-activity.js';

/** Options of {@link AlpacaApi}. */
export interface AlpacaApiOptions {
  readonly url: string;
  readonly key: string;
  readonly secret: string;
  readonly fetch: FetchFunction;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Called when Alpaca asks to wait. */
  readonly onPause: (ms: number) => void;
}

/** Most activities in a page. */
export const PAGE_SIZE = 100;
const LONGEST_BODY = 16_777_216;

/** Requests to the trading API of Alpaca. Each throws `UNAUTHORIZED`, `STREAM_FAILED` or `TIMEOUT`, retryable unless `Refusals` says otherwise. */
export class AlpacaApi {
  readonly #options: AlpacaApiOptions;
  readonly #refusals = new Refusals();

  constructor(options: AlpacaApiOptions) {
    this.#options = options;
  }

  /**
   * A page of fills, oldest first.
   *
   * Source: https://docs.alpaca.markets/reference/getaccountactivitiesbyactivitytype-1
   * @param after Made after that time, ms since 1970.
   * @param last Id of the last one of the page before.
   */
  async fills(after: number, last: string | null, signal?: AbortSignal): Promise<AlpacaActivity[]> {
    const query = new URLSearchParams({
      after: new Date(after).toISOString(),
      direction: 'asc',
      page_size: String(PAGE_SIZE),
    });
    if (last !== null) query.set('page_token', last);
    return (await this.#list(`/v2/account/activities/FILL?${query}`, signal)) as AlpacaActivity[];
  }

  /** All open positions. Source: https://docs.alpaca.markets/reference/getallopenpositions */
  async positions(signal?: AbortSignal): Promise<AlpacaPosition[]> {
    return (await this.#list('/v2/positions', signal)) as AlpacaPosition[];
  }

  async #list(path: string, signal: AbortSignal | undefined): Promise<unknown[]> {
    const abort = new AbortController();
    const calls = new BoundedCalls(this.#options.clock, this.#options.timeoutMs);
    const onAbort = (): void => {
      abort.abort();
      calls.abandon(failure('the answer is no longer wanted'));
    };
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await calls.run('AlpacaFillStream: a request', () => this.#request(path, abort.signal));
    } finally {
      signal?.removeEventListener('abort', onAbort);
      abort.abort();
    }
  }

  async #request(path: string, signal: AbortSignal): Promise<unknown[]> {
    const { fetch, url, key, secret } = this.#options;
    const headers = { 'APCA-API-KEY-ID': key, 'APCA-API-SECRET-KEY': secret };
    let text: string;
    try {
      // With these headers it must not go to another host.
      const response = await fetch(url + path, { headers, signal, redirect: 'manual', cache: 'no-store' });
      if (response.status !== 200) throw this.#refusal(response);
      ({ text } = await bodyText(response, LONGEST_BODY));
    } catch (error) {
      if (error instanceof BodyTooLong) throw failure(`the answer is longer than ${LONGEST_BODY} bytes`);
      throw error instanceof TickmarkError ? error : failure(`the request failed (${errorCodes(error)})`);
    }
    let answer: unknown;
    try {
      answer = parseExactJson(text);
    } catch {
      // Reported below.
    }
    if (Array.isArray(answer) && answer.every((each) => typeof each === 'object' && each !== null)) {
      this.#refusals.accepted();
      return answer as unknown[];
    }
    throw failure('the answer is not a list of objects in JSON');
  }

  #refusal(response: FetchResponse): TickmarkError {
    const { status, headers } = response;
    discardBody(response);
    const contentType = headers.get('content-type') ?? '';
    const asked = parseRetryAfter(headers.get('retry-after'), this.#options.clock.now());
    const verdict = this.#refusals.judge({ status, contentType, retryAfterMs: asked }, true);
    const { code, isFinal, retryAfterMs, hint } = verdict;
    if (retryAfterMs !== undefined) this.#options.onPause(retryAfterMs);
    const why =
      code === 'UNAUTHORIZED'
        ? `Alpaca does not accept the key and secret (status ${status})`
        : `Alpaca answered with ${describeAnswer(status, headers.get('location'))}`;
    const text = hint === undefined ? '' : ` ${hint}`;
    return new TickmarkError(code, `AlpacaFillStream: ${why}.${text}`, { retryable: !isFinal });
  }
}

function failure(why: string): TickmarkError {
  return new TickmarkError('STREAM_FAILED', `AlpacaFillStream: ${why}.`, { retryable: true });
}
