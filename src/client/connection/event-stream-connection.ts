import {
  ADDED_PARAMETER,
  EVENT_STREAM,
  POSITION_PARAMETER,
  TOPIC_PARAMETER,
} from '../../protocol/event-stream.js';
import { checkNames } from '../../core/option-names.js';
import { parseServerMessage } from '../../protocol/server-messages.js';
import { EventStreamParser } from '../../streams/sse/event-stream-parser.js';
import type { ClientMessage } from '../../protocol/client-messages.js';
import type { Topic } from '../../protocol/topic.js';
import {
  connectionImpossible,
  connectionLost,
  endOf,
  type ConnectionEnd,
  type ConnectionEvents,
  type ConnectionRequest,
  type GatewayConnection,
  type GatewayTransport,
} from './gateway-connection.js';
import { isEventStream, refusalOf, type ClientResponse } from './http-answer.js';
import { obstacleOf, watchPolicy } from './page-causes.js';
import { StreamChanges } from './stream-changes.js';

/** Whether cookies go with a request; see https://fetch.spec.whatwg.org/#concept-request-credentials-mode. */
export type CredentialsMode = 'omit' | 'same-origin' | 'include';

/** The part of `fetch` that is used. */
export type ClientFetch = (url: string, init: ClientFetchInit) => Promise<ClientResponse>;

/** Options of a request. */
export interface ClientFetchInit {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly credentials: CredentialsMode;
  readonly cache: 'no-store';
  readonly redirect: 'manual';
  /** On plain HTTP, only this header shows the gateway that a page is from its own origin. */
  readonly referrerPolicy: 'origin';
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
/** Longest address of a GET, characters: proxies accept 8 kB of an address and headers together. */
const MAX_ADDRESS = 4000;
const OPTIONS: Readonly<Record<keyof EventStreamOptions, true>> = { credentials: true, fetch: true };

/**
 * Connects by server-sent events over `fetch`, which can send a token in a header. The default transport of `TickmarkClient`. What is too
 * long for an address, and changes of an open stream, are sent by POST.
 *
 * @example
 * ```ts
 * import { TickmarkClient, eventStreams } from 'tickmark/client';
 *
 * const transport = eventStreams({ credentials: 'include' });
 * const client = new TickmarkClient({ url: 'https://prices.example.com/live', transport });
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an unknown option.
 */
export function eventStreams(options: EventStreamOptions = {}): GatewayTransport {
  checkNames('eventStreams', 'option', options, OPTIONS);
  watchPolicy();
  return (url) => (request, events) => new EventStreamConnection(url, options, request, events);
}

/** One event stream, opening or open. */
class EventStreamConnection implements GatewayConnection {
  change: GatewayConnection['change'];
  authenticate: GatewayConnection['authenticate'];
  readonly #url: string;
  readonly #options: EventStreamOptions;
  readonly #events: ConnectionEvents;
  readonly #abort = new AbortController();
  #token: string | null;
  #changes: StreamChanges | undefined;

  constructor(
    url: string,
    options: EventStreamOptions,
    request: ConnectionRequest,
    events: ConnectionEvents,
  ) {
    this.#url = url;
    this.#options = options;
    this.#token = request.token;
    this.#events = events;
    void this.#open(request)
      .catch(async () => obstacleOf(url, !options.fetch))
      .then((end) => {
        if (!end) return events.ended(connectionLost('The stream has ended.'));
        events.ended('retry' in end ? end : connectionImpossible(end.message, end.cause));
      });
  }

  close(): void {
    this.#changes?.close();
    this.#abort.abort();
  }

  /** @returns How the gateway ended the stream, if it said so. */
  async #open(request: ConnectionRequest): Promise<ConnectionEnd | undefined> {
    const address = addressFor(this.#url, request);
    if (address.length <= MAX_ADDRESS) return this.#read(await this.#fetch(address), []);
    const { held, added, position } = request;
    const body = held.length > 0 ? { topics: held, added, position } : { topics: added };
    const response = await this.#fetch(this.#url, body);
    if (response.status !== 404 && response.status !== 405) return this.#read(response, []);
    // The application routes GET only: what fits into an address is asked for, and the rest is refused.
    const fitting: Topic[] = [];
    const left: Topic[] = [];
    let length = this.#url.length;
    for (const topic of [...held, ...added]) {
      length += encodeURIComponent(topic).length + TOPIC_PARAMETER.length + 2;
      (length <= MAX_ADDRESS ? fitting : left).push(topic);
    }
    const shorter = addressFor(this.#url, { held: [], added: fitting, position: null });
    return this.#read(await this.#fetch(shorter), left);
  }

  #fetch(address: string, body?: object): Promise<ClientResponse> {
    const { fetch = platformFetch, credentials = 'same-origin' } = this.#options;
    return fetch(address, {
      method: body ? 'POST' : 'GET',
      headers: {
        accept: EVENT_STREAM,
        ...(body && { 'content-type': 'application/json' }),
        ...(this.#token !== null && { authorization: `Bearer ${this.#token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: this.#abort.signal,
      credentials,
      cache: 'no-store',
      referrerPolicy: 'origin',
      // What a redirect means can be told, and a token must not go to another host.
      redirect: 'manual',
    });
  }

  async #read(response: ClientResponse, refused: readonly Topic[]): Promise<ConnectionEnd | undefined> {
    if (!isEventStream(response) || !response.body) return refusalOf(response);
    const events = this.#events;
    events.answered?.();
    let end: ConnectionEnd | undefined;
    const parser = new EventStreamParser(
      {
        event: ({ data }) => {
          const message = parseServerMessage(data);
          if (message?.type === 'close') end = endOf(message);
          if (message?.type === 'welcome') this.#allowChanges(message.session);
          if (message) events.message(message);
          else events.alive();
          if (message?.type === 'welcome' && refused.length > 0)
            events.message({ ...message, type: 'ended', topics: refused, reason: 'limit' });
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

  #allowChanges(session: string | undefined): void {
    if (session === undefined) return;
    const post = async (messages: readonly ClientMessage[]): Promise<boolean> => {
      const { status } = await this.#fetch(this.#url, { session, messages });
      return status === 204;
    };
    const changes = (this.#changes = new StreamChanges(post, () => this.#events.unchangeable?.()));
    this.change = (added, removed) => changes.change(added, removed);
    this.authenticate = (token) => {
      this.#token = token;
      changes.authenticate(token);
    };
  }
}

function addressFor(url: string, { held, added, position }: Omit<ConnectionRequest, 'token'>): string {
  const parameter = (name: string, value: string): string => `${name}=${encodeURIComponent(value)}`;
  const query = held.map((topic) => parameter(TOPIC_PARAMETER, topic));
  const isResume = held.length > 0;
  if (isResume && position !== null) query.push(parameter(POSITION_PARAMETER, position));
  for (const topic of added) query.push(parameter(isResume ? ADDED_PARAMETER : TOPIC_PARAMETER, topic));
  return url + (url.includes('?') ? '&' : '?') + query.join('&');
}
