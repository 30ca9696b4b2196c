import type { Timer } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { checkHttpUrl } from '../connection/http-fetch.js';
import { LinkOutages } from '../connection/link-outages.js';
import { Refusals } from '../connection/refusals.js';
import type { ReconnectingLinkOptions } from '../connection/reconnecting-link.js';
import { EventStreamLink } from './event-stream-link.js';
import type { EventStreamTarget } from './event-stream-transport.js';
import {
  SseProtocolHandler,
  type EventStreamRequest,
  type SseProtocolHost,
  type SseProtocolOptions,
} from './sse-protocol-handler.js';

/** Receives what a {@link SubscribedEventStream} does. */
export interface SubscribedEventStreamHost {
  /** Symbols to request: those that are subscribed and not refused. */
  symbols(): readonly string[];
  update(update: PriceUpdate): void;
  /** An error that does not end the stream. */
  error(error: TickmarkError): void;
  /** A lost stream was restored. */
  reconnected(): void;
  /** A stream was replaced without a gap. */
  reopened(): void;
}

/** Options of {@link SubscribedEventStream}. */
export interface SubscribedEventStreamOptions {
  readonly link: PriceStreamLink;
  readonly protocol: Omit<SseProtocolOptions, 'host'>;
  readonly connection: Pick<
    ReconnectingLinkOptions,
    'random' | 'backoff' | 'hints' | 'transport' | 'deadlines'
  >;
  /** How long changes of symbols are collected before a new stream is opened, in ms. */
  readonly gatherMs: number;
  readonly host: SubscribedEventStreamHost;
}

const SILENCE_MS = 45_000;

/**
 * Keeps one event stream open for the subscribed symbols. If the URL names the symbols, a change of symbols opens a new stream, which
 * replaces the old one once it is up; without symbols there is no stream.
 */
export class SubscribedEventStream {
  readonly #options: SubscribedEventStreamOptions;
  readonly #namesSymbols: boolean;
  readonly #outages: LinkOutages;
  readonly #refusals = new Refusals();
  /** The stream that delivers prices. */
  #active: EventStreamLink | undefined;
  /** The stream that is about to replace it. */
  #next: EventStreamLink | undefined;
  /** The protocol handler of the active stream. */
  #handler: SseProtocolHandler | undefined;
  #lastRefresh: Promise<void> = Promise.resolve();
  #refreshTimer: Timer | undefined;
  #lastEventId = '';

  constructor(options: SubscribedEventStreamOptions) {
    this.#options = options;
    const { link, protocol, host } = options;
    const { feed, clock } = protocol;
    this.#namesSymbols = typeof feed.url === 'function';
    this.#outages = new LinkOutages({
      clock,
      link,
      recovers: feed.recovers ?? false,
      symbols: () => host.symbols(),
    });
  }

  /** Opens the stream, unless its URL names symbols. */
  async start(): Promise<void> {
    if (!this.#namesSymbols) await this.#open();
  }

  /** Closes all streams and clears the timer. */
  stop(reason: TickmarkError): void {
    this.#refreshTimer?.clear();
    for (const stream of [this.#active, this.#next]) stream?.stop(reason);
  }

  /** Opens a stream for the subscribed symbols if the active one does not name them. Calls take effect one after the other. */
  refresh(): Promise<void> {
    this.#refreshTimer?.clear();
    this.#refreshTimer = undefined;
    const refresh = this.#lastRefresh.then(() => this.#refreshNow());
    this.#lastRefresh = refresh.catch(() => undefined);
    return refresh;
  }

  /** Calls `refresh()` after `gatherMs`; errors go to the host. */
  refreshSoon(): void {
    const { link, protocol, gatherMs, host } = this.#options;
    if (link.signal.aborted) return;
    this.#refreshTimer ??= protocol.clock.setTimer(() => {
      this.refresh().catch((error: unknown) => {
        if (error instanceof TickmarkError && error.code !== 'CLOSED') host.error(error);
      });
    }, gatherMs);
  }

  async #refreshNow(): Promise<void> {
    const { link, host } = this.#options;
    if (link.signal.aborted || !this.#namesSymbols) return;
    if (host.symbols().length === 0) return this.#dropStream();
    // While the stream is down, its next request will name the present symbols; a request that was already made does not.
    const isOpening = this.#active !== undefined && this.#active.connections.length > 0;
    if (this.#hasSymbols() || (this.#outages.isDown && !isOpening)) return;
    try {
      await this.#open();
    } catch (error) {
      if (!this.#active && error instanceof TickmarkError && !error.retryable) link.fail(error);
      // If the active stream broke meanwhile, its next request will name the new symbols.
      if (!this.#outages.isDown) throw error;
    }
  }

  /** Whether the active stream was requested for exactly the subscribed symbols. */
  #hasSymbols(): boolean {
    const wanted = this.#options.host.symbols();
    const requested = new Set(this.#active?.request?.symbols);
    return requested.size === wanted.length && wanted.every((symbol) => requested.has(symbol));
  }

  #dropStream(): void {
    this.#active?.stop(new TickmarkError('CLOSED', 'The stream has no symbol left.'));
    this.#active = this.#handler = undefined;
    this.#lastEventId = '';
    this.#outages.dropped();
  }

  /** Opens a stream, which replaces the active one as soon as it is up. */
  async #open(): Promise<void> {
    const { link, host, protocol, connection } = this.#options;
    const { clock, feed } = protocol;
    const { silenceMs = SILENCE_MS, connectionLifeMs } = feed;
    const stream: EventStreamLink = new EventStreamLink({
      ...connection,
      clock,
      heartbeat: { silenceMs },
      lifeMs: connectionLifeMs,
      lingerMs: 0,
      refusals: this.#refusals,
      target: (signal) => this.#target(stream, signal),
      createHandler: (open) =>
        (stream.handler = new SseProtocolHandler(
          { ...protocol, host: this.#handlerHost },
          open,
          stream.request!,
        )),
      host: {
        up: () => this.#up(stream),
        down: (failure) => this.#outages.lost(failure),
        retrying: (attempt, delayMs, error) => {
          this.#outages.retrying(attempt, delayMs);
          host.error(error);
        },
        failed: (error) => link.fail(error),
        replacementFailed: (error) => host.error(error),
      },
    });
    this.#next = stream;
    try {
      await stream.start();
    } finally {
      if (this.#next === stream) this.#next = undefined;
    }
  }

  async #target(stream: EventStreamLink, signal: AbortSignal): Promise<EventStreamTarget> {
    const { protocol, host } = this.#options;
    const { url: givenUrl, headers: givenHeaders } = protocol.feed;
    const symbols = host.symbols();
    const request: EventStreamRequest = { symbols, signal, lastEventId: this.#lastEventId };
    stream.request = request;
    const [url, headers] = await Promise.all([
      typeof givenUrl === 'function' ? givenUrl(request) : givenUrl,
      typeof givenHeaders === 'function' ? givenHeaders(request) : givenHeaders,
    ]);
    checkHttpUrl('SsePriceStreamAdapter: feed.url', url);
    return { url, ...(headers && { headers }), lastEventId: request.lastEventId };
  }

  #up(stream: EventStreamLink): void {
    const old = this.#active;
    const { isDown } = this.#outages;
    this.#active = stream;
    this.#handler = stream.handler;
    if (old !== stream) old?.stop(new TickmarkError('CLOSED', 'Another stream has replaced this one.'));
    if (isDown) {
      this.#options.host.reconnected();
      this.#outages.restored();
    } else {
      if (old) this.#options.host.reopened();
      this.#outages.seen();
    }
    if (this.#namesSymbols && !this.#hasSymbols()) this.refreshSoon();
  }

  // A replaced handler is ignored, or older prices could follow newer ones.
  readonly #handlerHost: SseProtocolHost = {
    seen: (handler, at) => {
      if (handler === this.#handler) this.#outages.seen(at);
    },
    update: (handler, update) => {
      if (handler === this.#handler) this.#options.host.update(update);
    },
    lastEventId: (handler, id) => {
      if (handler === this.#handler) this.#lastEventId = id;
    },
    retry: (handler, ms) => {
      if (handler === this.#handler) this.#active?.setRetryDelay(ms);
    },
  };
}
