import type { Clock } from '../../core/clock.js';
import { errorCodes } from '../../core/error-text.js';
import { discardBody, type FetchFunction, type FetchResponse } from '../connection/http-fetch.js';
import { parseRetryAfter } from '../connection/retry-after.js';
import type { LinkTarget, Transport, TransportConnection, TransportEvents } from '../connection/transport.js';

/** Target of an event stream. */
export interface EventStreamTarget extends LinkTarget {
  /** The id to resume after; empty for none. */
  readonly lastEventId: string;
  /** Called before `opened()` if the response can never become an event stream, with the reason. */
  readonly onUnusable: (why: string) => void;
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
    const { url, headers, lastEventId, onUnusable } = target;
    const response = await this.#fetch(url, {
      headers: {
        ...headers,
        accept: 'text/event-stream',
        ...(lastEventId && { 'last-event-id': headerText(lastEventId) }),
      },
      signal,
      redirect: headers && Object.keys(headers).length > 0 ? 'error' : 'follow',
      cache: 'no-store',
    });
    const why = answerFault(response);
    if (signal.aborted || why !== undefined) {
      discardBody(response);
      if (signal.aborted) return;
      onUnusable(why!);
      return events.opened();
    }
    const { status, body } = response;
    if (status !== 200 || !body) {
      discardBody(response);
      const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), this.#clock.now());
      const message = `The server answered with status ${status}.`;
      return events.closed({ message, status, ...(retryAfterMs !== undefined && { retryAfterMs }) });
    }
    const reader = body.getReader();
    // A `fetch` that ignores its signal would keep the connection open.
    signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true });
    events.opened();
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      if (done) return events.closed({ message: 'The server ended the event stream.', status });
      if (value) events.frame(value, value.length);
    }
  }
}

/** Why the response can never become an event stream: by the standard, status 204 or another content type. */
function answerFault({ status, headers }: FetchResponse): string | undefined {
  if (status === 204)
    return 'the server answered with status 204: there is no event stream, and clients must not ask again';
  if (status !== 200) return undefined;
  const [type] = (headers.get('content-type') ?? '').split(';');
  return type!.trim().toLowerCase() === 'text/event-stream'
    ? undefined
    : 'the content-type of the response is not text/event-stream';
}

/** A header value as `fetch` takes it: one character for each byte of the UTF-8 encoding. */
function headerText(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
