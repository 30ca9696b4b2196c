import { BoundedCalls, type Clock } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import { errorCodes } from '../../core/error-text.js';
import {
  BodyTooLong,
  bodyText,
  checkHttpUrl,
  discardBody,
  redirectOf,
  type FetchFunction,
  type FetchResponse,
} from '../connection/http-fetch.js';
import { carriesKey, describeAnswer, Refusals } from '../connection/refusals.js';
import { parseRetryAfter } from '../connection/retry-after.js';
import type { LinkHeaders } from '../connection/transport.js';
import type { PollingSource, PollRequest } from './polling-source.js';

/** Result of a request. */
export type PollOutcome =
  /** The body, and the headers with which the next request can ask whether it has changed. */
  | { readonly kind: 'body'; readonly body: string; readonly bytes: number; readonly validators: Validators }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly error: TickmarkError; readonly retryAfterMs?: number | undefined };

/** Headers that identify the version of a response (`ETag`, `Last-Modified`), and its URL. */
export interface Validators {
  readonly url: string;
  readonly headers: LinkHeaders;
}

/** Options of {@link HttpPoller}. */
export interface HttpPollerOptions {
  readonly source: PollingSource;
  readonly clock: Clock;
  readonly fetch: FetchFunction;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
}

/** Longest body of an error response that is read. */
const MAX_EXPLANATION_BYTES = 65_536;

/** Makes requests, each with a deadline. */
export class HttpPoller {
  readonly #options: HttpPollerOptions;
  #refusals = new Refusals();

  constructor(options: HttpPollerOptions) {
    this.#options = options;
  }

  /** A response could be used. */
  accepted(): void {
    this.#refusals.accepted();
  }

  /** Forgets earlier responses: for a stream that is connected anew. */
  reset(): void {
    this.#refusals = new Refusals();
  }

  /** Makes one request. Never rejects; resolves within the time limit, even if `fetch` does not. */
  async poll(
    symbols: readonly string[],
    known: Validators | undefined,
    signal: AbortSignal,
  ): Promise<PollOutcome> {
    const { clock, timeoutMs, source } = this.#options;
    const abort = new AbortController();
    const onAbort = (): void => {
      abort.abort();
      calls.abandon(new TickmarkError('CLOSED', `${source.name}: the response is no longer wanted.`));
    };
    const calls = new BoundedCalls(clock, timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const request: PollRequest = { symbols: [...symbols], signal: abort.signal };
      return await calls.run(`${source.name}: the request`, () => this.#request(request, known));
    } catch (error) {
      return { kind: 'failed', error: this.#errorOf(error) };
    } finally {
      signal.removeEventListener('abort', onAbort);
      // Cancels a request that exceeded its deadline.
      abort.abort();
    }
  }

  async #request(request: PollRequest, known: Validators | undefined): Promise<PollOutcome> {
    const { fetch, maxBodyBytes } = this.#options;
    const { url, headers } = await this.#target(request);
    const validators = known?.url === url ? known.headers : {};
    let response: FetchResponse;
    try {
      response = await fetch(url, {
        headers: { ...headers, ...validators },
        signal: request.signal,
        redirect: redirectOf(headers),
        cache: 'no-store',
      });
    } catch (error) {
      throw this.#failure(`the request failed (${errorCodes(error)})`);
    }
    const { status } = response;
    if (status === 304 && Object.keys(validators).length > 0) {
      discardBody(response);
      return { kind: 'unchanged' };
    }
    if (status !== 200) return this.#errorResponse(response, carriesKey({ url, headers }));
    const { text, bytes } = await this.#bodyOf(response, maxBodyBytes);
    return { kind: 'body', body: text, bytes, validators: { url, headers: validatorsIn(response) } };
  }

  async #target(request: PollRequest): Promise<{ url: string; headers: LinkHeaders }> {
    const { url: givenUrl, headers: givenHeaders, name } = this.#options.source;
    try {
      const [url, headers] = await Promise.all([
        typeof givenUrl === 'function' ? givenUrl(request) : givenUrl,
        typeof givenHeaders === 'function' ? givenHeaders(request) : givenHeaders,
      ]);
      checkHttpUrl(`${name}: url`, url);
      return { url, headers: headers ?? {} };
    } catch (error) {
      if (error instanceof TickmarkError) {
        // A URL that is none is asked for again where the function has given a good one before.
        const isAskedAgain = this.#refusals.hasWorked && error.code === 'INVALID_ARGUMENT';
        throw isAskedAgain
          ? new TickmarkError(error.code, error.message, { retryable: true, cause: error })
          : error;
      }
      // Its message may contain the URL or a token, so only its code or name is shown.
      throw this.#failure(`the function that gives the URL or headers failed (${errorCodes(error)})`);
    }
  }

  async #errorResponse(response: FetchResponse, hasKey: boolean): Promise<PollOutcome> {
    const { source, clock } = this.#options;
    const { status } = response;
    const refusal = {
      status,
      contentType: response.headers.get('content-type') ?? '',
      retryAfterMs: parseRetryAfter(response.headers.get('retry-after'), clock.now()),
    };
    const { code, isFinal, retryAfterMs, hint } = this.#refusals.judge(refusal, hasKey);
    let why = `the server answered with ${describeAnswer(status, response.headers.get('location'))}`;
    if (source.explain) {
      const { text } = await this.#bodyOf(response, MAX_EXPLANATION_BYTES).catch(() => ({ text: '' }));
      const meaning = source.explain(status, text);
      if (meaning !== undefined) why += `: ${meaning}`;
    } else discardBody(response);
    const text = hint === undefined ? '' : ` ${hint}`;
    const error = new TickmarkError(code, `${source.name}: ${why}.${text}`, { retryable: !isFinal });
    return { kind: 'failed', error, retryAfterMs };
  }

  async #bodyOf(response: FetchResponse, limit: number): Promise<{ text: string; bytes: number }> {
    const declared = Number(response.headers.get('content-length') ?? 0);
    if (declared > limit) {
      discardBody(response);
      throw new BodyTooLong();
    }
    return bodyText(response, limit, decoderOf(response.headers.get('content-type')));
  }

  #errorOf(error: unknown): TickmarkError {
    if (error instanceof TickmarkError) return error;
    if (error instanceof BodyTooLong)
      return this.#failure(`the body is longer than ${this.#options.maxBodyBytes} bytes`);
    return this.#failure(`the response broke (${errorCodes(error)})`);
  }

  #failure(why: string): TickmarkError {
    return new TickmarkError('STREAM_FAILED', `${this.#options.source.name}: ${why}.`, { retryable: true });
  }
}

function validatorsIn({ headers }: FetchResponse): LinkHeaders {
  const [tag, modified] = [headers.get('etag'), headers.get('last-modified')];
  return { ...(tag && { 'if-none-match': tag }), ...(modified && { 'if-modified-since': modified }) };
}

/** The decoder of the charset in `content-type`: Chinese sites still use GBK. */
function decoderOf(contentType: string | null): InstanceType<typeof TextDecoder> {
  const [, charset = 'utf-8'] = /charset="?([\w-]+)/i.exec(contentType ?? '') ?? [];
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
