import type { Clock } from '../../core/clock.js';
import { quote } from '../../core/errors.js';
import { errorCodes } from '../../core/error-text.js';
import { discardBody, redirectOf, type FetchFunction, type FetchResponse } from '../connection/http-fetch.js';
import { describeAnswer } from '../connection/refusals.js';
import { parseRetryAfter } from '../connection/retry-after.js';
import type {
  LinkClose,
  LinkTarget,
  Transport,
  TransportConnection,
  TransportEvents,
} from '../connection/transport.js';

/** Target of an event stream. */
export interface EventStreamTarget extends LinkTarget {
  /** The id to resume after; empty for none. */
  readonly lastEventId: string;
}

/** Opens event streams with `fetch`. A frame is a chunk of the body; nothing can be sent. */
export class EventStreamTransport implements Transport {
  readonly #fetch: FetchFunction;
  readonly #clock: Clock;

  constructor(fetch: FetchFunction, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  open(target: EventStreamTarget, events: TransportEvents): TransportConnection {
    const abort = new AbortController();
    this.#run(target, events, abort.signal).catch((error: unknown) => {
      if (!abort.signal.aborted) events.closed({ message: `The event stream broke (${errorCodes(error)}).` });
    });
    return { send: () => undefined, close: () => abort.abort() };
  }

  async #run(target: EventStreamTarget, events: TransportEvents, signal: AbortSignal): Promise<void> {
    const { url, headers, lastEventId } = target;
    const response = await this.#fetch(url, {
      headers: {
        ...headers,
        accept: 'text/event-stream',
        ...(lastEventId && { 'last-event-id': headerText(lastEventId) }),
      },
      signal,
      redirect: redirectOf(headers),
      cache: 'no-store',
    });
    const close = signal.aborted ? undefined : this.#refusal(response);
    if (signal.aborted || close) {
      discardBody(response);
      return close && events.closed(close);
    }
    const { body } = response;
    if (!body) return events.closed({ message: 'The server answered without a body.' });
    const reader = body.getReader();
    // A `fetch` that ignores its signal would keep the connection open.
    signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true });
    events.opened();
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      if (done) return events.closed({ message: 'The server ended the event stream.' });
      if (value) events.frame(value, value.length);
    }
  }

  /** How a response refuses an event stream, or `undefined` for one that is an event stream. */
  #refusal({ status, headers }: FetchResponse): LinkClose | undefined {
    const contentType = headers.get('content-type') ?? '';
    const [type] = contentType.split(';');
    if (status === 200 && type!.trim().toLowerCase() === 'text/event-stream') return undefined;
    if (status === 204) {
      // By the standard: https://html.spec.whatwg.org/multipage/server-sent-events.html
      const message =
        'The server answered with status 204: there is no event stream, and clients must not ask again.';
      return { message, status, mustStop: true };
    }
    const retryAfterMs = parseRetryAfter(headers.get('retry-after'), this.#clock.now());
    const message =
      status === 200
        ? `The content-type of the response is not text/event-stream, but ${quote(type!.trim())}.`
        : `The server answered with ${describeAnswer(status, headers.get('location'))}.`;
    return { message, status, contentType, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
}

/** A header value as `fetch` takes it: one character for each byte of the UTF-8 encoding. */
function headerText(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
