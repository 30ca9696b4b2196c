import {
  ADDED_PARAMETER,
  EVENT_STREAM,
  POSITION_PARAMETER,
  TOPIC_PARAMETER,
} from '../../protocol/event-stream.js';
import { checkNames } from '../../core/option-names.js';
import { parseServerMessage } from '../../protocol/server-messages.js';
import { EventStreamParser } from '../../streams/sse/event-stream-parser.js';
import {
  connectionLost,
  endOf,
  type ConnectionEnd,
  type ConnectionEvents,
  type ConnectionRequest,
  type GatewayTransport,
} from './gateway-connection.js';

/** Whether cookies go with a request; see https://fetch.spec.whatwg.org/#concept-request-credentials-mode. */
export type CredentialsMode = 'omit' | 'same-origin' | 'include';

/** The part of `fetch` that is used. */
export type ClientFetch = (url: string, init: ClientFetchInit) => Promise<ClientResponse>;

/** Options of a request. */
export interface ClientFetchInit {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly credentials: CredentialsMode;
  readonly cache: 'no-store';
  readonly redirect: 'follow' | 'error';
  /** On plain HTTP, only this header shows the gateway that a page is from its own origin. */
  readonly referrerPolicy: 'origin';
}

/** The part of a response that is used. */
export interface ClientResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: {
    getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> };
  } | null;
  text(): Promise<string>;
}

/** Options of {@link eventStreams}. */
export interface EventStreamOptions {
  /** Whether cookies go with requests. Default `same-origin`. */
  readonly credentials?: CredentialsMode;
  /** Makes the requests. Default: the platform's `fetch`. */
  readonly fetch?: ClientFetch;
}

const platformFetch: ClientFetch = (url, init) => globalThis.fetch(url, init) as Promise<never>;

/** Most characters of one event: all rows of a large portfolio are one event. */
const MAX_EVENT_LENGTH = 2 ** 25;

/**
 * Connects by server-sent events over `fetch`, which can send a token in a header. The default transport of `TickmarkClient`.
 *
 * @example
 * ```ts
 * import { TickmarkClient, eventStreams } from 'tickmark/client';
 *
 * const transport = eventStreams({ credentials: 'include' });
 * const client = new TickmarkClient({ url: 'https://prices.example.com/live', transport });
 * ```
 */
export function eventStreams(options: EventStreamOptions = {}): GatewayTransport {
  checkNames('eventStreams', 'option', options, { credentials: true, fetch: true });
  return (url) => (request, events) => {
    const abort = new AbortController();
    void read(addressOf(url, request), request.token, options, abort.signal, events)
      .catch(() => undefined)
      .then((end) => events.ended(end ?? connectionLost('The stream has ended.')));
    return { close: () => abort.abort() };
  };
}

/** @returns How the gateway ended the stream, if it said so. */
async function read(
  address: string,
  token: string | null,
  { fetch = platformFetch, credentials = 'same-origin' }: EventStreamOptions,
  signal: AbortSignal,
  events: ConnectionEvents,
): Promise<ConnectionEnd | undefined> {
  const response = await fetch(address, {
    headers: { accept: EVENT_STREAM, ...(token !== null && { authorization: `Bearer ${token}` }) },
    signal,
    credentials,
    cache: 'no-store',
    referrerPolicy: 'origin',
    // A redirect must not take the token to another host.
    redirect: token === null ? 'follow' : 'error',
  });
  const isStream = response.headers.get('content-type')?.toLowerCase().startsWith(EVENT_STREAM);
  if (response.status !== 200 || !response.body || !isStream) {
    return refusal(response, await response.text());
  }
  let end: ConnectionEnd | undefined;
  const parser = new EventStreamParser(
    {
      event({ data }) {
        const message = parseServerMessage(data);
        if (message?.type === 'close') end = endOf(message);
        if (message) events.message(message);
        else events.alive();
      },
      comment: () => events.alive(),
      tooBig: () => (end ??= connectionLost('The message is too long.')),
    },
    MAX_EVENT_LENGTH,
  );
  const reader = response.body.getReader();
  while (!end) {
    const { done, value } = await reader.read();
    if (done) break;
    parser.push(value!);
  }
  return end;
}

function addressOf(url: string, { held, added, position }: ConnectionRequest): string {
  const parameter = (name: string, value: string): string => `${name}=${encodeURIComponent(value)}`;
  const query = held.map((topic) => parameter(TOPIC_PARAMETER, topic));
  const isResume = held.length > 0;
  if (isResume && position !== null) query.push(parameter(POSITION_PARAMETER, position));
  for (const topic of added) query.push(parameter(isResume ? ADDED_PARAMETER : TOPIC_PARAMETER, topic));
  return url + (url.includes('?') ? '&' : '?') + query.join('&');
}

/** Why there is no stream: by the gateway's close message, or by the status, which may be that of a proxy. */
function refusal({ status, headers }: ClientResponse, body: string): ConnectionEnd {
  const message = parseServerMessage(body);
  if (message?.type === 'close') return endOf(message);
  const seconds = Number(headers.get('retry-after') ?? NaN);
  const isUnauthorized = status === 401 || status === 403;
  return {
    ...connectionLost(`The server answered with status ${status}.`, isUnauthorized ? 4401 : status),
    retry: !isUnauthorized,
    retryAfterMs: seconds >= 0 ? seconds * 1000 : null,
  };
}
