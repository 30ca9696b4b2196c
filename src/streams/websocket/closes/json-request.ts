import { BoundedCalls, type Clock } from '../../../core/clock.js';
import { errorCodes } from '../../../core/error-text.js';
import { TickmarkError } from '../../../core/errors.js';
import { parseExactJson } from '../../../core/money/exact-json.js';
import {
  BodyTooLong,
  bodyText,
  checkHttpUrl,
  discardBody,
  redirectOf,
  type FetchFunction,
} from '../../connection/http-fetch.js';
import { parseRetryAfter } from '../../connection/retry-after.js';
import type { LinkHeaders } from '../../connection/transport.js';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** A request for JSON. */
export interface JsonRequest {
  /** Begins the messages of errors. */
  readonly name: string;
  readonly url: string;
  readonly headers?: LinkHeaders;
  readonly fetch: FetchFunction;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The server answered with a status other than 200. */
export class RefusedRequest extends TickmarkError {
  /** Status of the answer. */
  readonly status: number;
  /** How long the server asks to wait, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(name: string, status: number, retryAfterMs: number | undefined) {
    const code = status === 401 || status === 403 ? 'UNAUTHORIZED' : 'STREAM_FAILED';
    super(code, `${name}: the server answered with status ${status}.`, { retryable: true });
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The body of a response, with every number as the string that was sent. Ends within 10 s.
 * @throws TickmarkError `STREAM_FAILED`, `TIMEOUT`; {@link RefusedRequest} for another status than 200. Messages contain neither URL nor headers.
 */
export async function getJson(request: JsonRequest): Promise<unknown> {
  const { name, clock, signal } = request;
  checkHttpUrl(name, request.url);
  const abort = new AbortController();
  const calls = new BoundedCalls(clock, TIMEOUT_MS);
  const onAbort = (): void => {
    abort.abort();
    calls.abandon(new TickmarkError('ABORTED', `${name}: the answer is no longer wanted.`));
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await calls.run(`${name}: the request`, () => textOf(request, abort.signal));
  } catch (error) {
    if (error instanceof TickmarkError) throw error;
    if (error instanceof BodyTooLong)
      throw new TickmarkError('STREAM_FAILED', `${name}: the answer is longer than ${MAX_BYTES} bytes.`);
    throw new TickmarkError('STREAM_FAILED', `${name}: the request failed (${errorCodes(error)}).`, {
      retryable: true,
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Ends a request that exceeded its time.
    abort.abort();
  }
}

async function textOf(request: JsonRequest, signal: AbortSignal): Promise<unknown> {
  const { url, headers = {}, fetch, clock, name } = request;
  const response = await fetch(url, { headers, signal, redirect: redirectOf(headers), cache: 'no-store' });
  if (response.status !== 200) {
    discardBody(response);
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), clock.now());
    throw new RefusedRequest(name, response.status, retryAfterMs);
  }
  const { text } = await bodyText(response, MAX_BYTES);
  return parseExactJson(text);
}
