import { EVENT_STREAM } from '../../protocol/event-stream.js';
import { checkNames } from '../../core/option-names.js';
import { parseServerMessage } from '../../protocol/server-messages.js';
import { EventStreamParser } from '../../streams/sse/event-stream-parser.js';
import type { ClientMessage } from '../../protocol/client-messages.js';
import type { Topic } from '../../protocol/topic.js';
import {
  connectionImpossible,
  connectionLost,
  endOf,
  obstructed,
  type ConnectionEnd,
  type ConnectionEvents,
  type ConnectionRequest,
  type GatewayConnection,
  type GatewayTransport,
} from './gateway-connection.js';
import {
  inabilityOf,
  isEventStream,
  platformFetch,
  refusalOf,
  type ClientFetch,
  type ClientResponse,
  type CredentialsMode,
} from './http-answer.js';
import { obstacleOf, watchPolicy } from './page-causes.js';
import { MAX_ADDRESS, addressFor, fittingTopics } from './stream-address.js';
import { StreamChanges } from './stream-changes.js';

/** Options of {@link eventStreams}. */
export interface EventStreamOptions {
  /** Whether cookies go with requests. Default `same-origin`. */
  readonly credentials?: CredentialsMode;
  /** Makes the requests. Default: the platform's `fetch`. */
  readonly fetch?: ClientFetch;
}

/** Most characters of one event: all rows of a large portfolio are one event. */
const MAX_EVENT_LENGTH = 2 ** 25;
/** Characters of an event that takes long on a slow phone. */
const LONG_EVENT = 16_384;
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
  return (url) => {
    // Topics that were added to a fragment would not be sent.
    const address: Address = { url: url.split('#')[0]!, hasAnswered: false };
    return (request, events) => new EventStreamConnection(address, options, request, events);
  };
}

interface Address {
  readonly url: string;
  /** Whether any request to it was ever answered: then no policy forbids it. */
  hasAnswered: boolean;
}

/** One event stream, opening or open. */
class EventStreamConnection implements GatewayConnection {
  change: GatewayConnection['change'];
  authenticate: GatewayConnection['authenticate'];
  readonly #address: Address;
  readonly #options: EventStreamOptions;
  readonly #events: ConnectionEvents;
  readonly #abort = new AbortController();
  #token: string | null;
  #changes: StreamChanges | undefined;

  constructor(
    address: Address,
    options: EventStreamOptions,
    request: ConnectionRequest,
    events: ConnectionEvents,
  ) {
    this.#address = address;
    this.#options = options;
    this.#token = request.token;
    this.#events = events;
    void this.#open(request)
      .catch(async () => (address.hasAnswered ? null : obstacleOf(address.url, !options.fetch)))
      .then((end) => {
        if (!end) return events.ended(connectionLost('The stream has ended.'));
        events.ended('retry' in end ? end : obstructed(end));
      });
  }

  close(): void {
    this.#changes?.close();
    this.#abort.abort();
  }

  /** @returns How the gateway ended the stream, if it said so. */
  async #open(request: ConnectionRequest): Promise<ConnectionEnd | undefined> {
    const inability = inabilityOf(this.#options.fetch);
    if (inability) return connectionImpossible(inability);
    const address = addressFor(this.#address.url, request);
    if (address.length <= MAX_ADDRESS) return this.#read(await this.#fetch(address), []);
    const { held, added, position } = request;
    const body = held.length > 0 ? { topics: held, added, position } : { topics: added };
    const response = await this.#fetch(this.#address.url, body);
    if (![404, 405, 501].includes(response.status)) return this.#read(response, []);
    // The application routes GET only: what fits into an address is asked for, and the rest is refused.
    const { fitting, left } = fittingTopics(this.#address.url, [...held, ...added]);
    const shorter = addressFor(this.#address.url, { held: [], added: fitting, position: null });
    return this.#read(await this.#fetch(shorter), left);
  }

  async #fetch(address: string, body?: object): Promise<ClientResponse> {
    const { fetch = platformFetch, credentials = 'same-origin' } = this.#options;
    const response = await fetch(address, {
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
    this.#address.hasAnswered = true;
    return response;
  }

  async #read(response: ClientResponse, refused: readonly Topic[]): Promise<ConnectionEnd | undefined> {
    if (!isEventStream(response) || !response.body) return refusalOf(response);
    const events = this.#events;
    events.answered?.();
    let end: ConnectionEnd | undefined;
    const received: string[] = [];
    const parser = new EventStreamParser(
      {
        event: ({ data }) => received.push(data),
        comment: () => events.alive(),
        tooBig: () => (end ??= connectionLost('The message is too long.')),
      },
      MAX_EVENT_LENGTH,
    );
    const take = (data: string): void => {
      const message = parseServerMessage(data);
      if (message?.type === 'close') end = endOf(message);
      if (message?.type === 'welcome') this.#allowChanges(message.session);
      if (message) events.message(message);
      else events.alive();
      if (message?.type === 'welcome' && refused.length > 0)
        events.message({ ...message, type: 'ended', topics: refused, reason: 'limit' });
    };
    const reader = response.body.getReader();
    while (!end) {
      const { done, value } = await reader.read();
      if (done) break;
      parser.push(value!);
      for (const data of received.splice(0)) {
        take(data);
        // Each long one is a task of its own, as over a WebSocket.
        if (data.length > LONG_EVENT) await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    return end;
  }

  #allowChanges(session: string | undefined): void {
    if (session === undefined) return;
    const post = async (messages: readonly ClientMessage[]): Promise<boolean> => {
      const { status } = await this.#fetch(this.#address.url, { session, messages });
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
