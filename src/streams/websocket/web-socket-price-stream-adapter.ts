import type { TickmarkError } from '../../core/errors.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import { systemRandom } from '../../core/random.js';
import { BasePriceStreamAdapter } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { DecodingCounts } from '../connection/decoding-counts.js';
import type { LinkConnection } from '../connection/link-connection.js';
import { resolveDeadlines, type ResolvedDeadlines } from '../connection/link-deadlines.js';
import { LinkOutages } from '../connection/link-outages.js';
import { ReconnectingLink, type ReconnectingLinkHost } from '../connection/reconnecting-link.js';
import { SymbolFreshness } from '../connection/symbol-freshness.js';
import { SymbolRefusedError } from '../connection/symbol-refused-error.js';
import type { LinkTarget, Transport } from '../connection/transport.js';
import { loadTransport } from './load-transport.js';
import { Redactor } from './redactor.js';
import { SymbolHandover } from './symbol-handover.js';
import { SymbolMapping } from './symbol-mapping.js';
import { VenueProtocolHandler, type VenueProtocolHost } from './venue-protocol-handler.js';
import {
  checkMaxFrameBytes,
  checkVenue,
  checkWebSocketUrl,
  type WebSocketPriceStreamAdapterOptions,
  type WebSocketStats,
  WEB_SOCKET_OPTIONS,
} from './web-socket-options.js';
import { checkOptions } from '../../core/options.js';

const MAX_FRAME_BYTES = 1_048_576;

/**
 * A price stream of a venue over WebSocket. It reconnects by itself within seconds; a gap before the next prices shows from when on they
 * were missing.
 *
 * - `connect()` makes one attempt and rejects with its error, so that the caller learns of a wrong URL or key. Later failures are
 *   retried until `disconnect()`, unless the venue will never serve this stream: then the status is `failed`, with code
 *   `UNAUTHORIZED`, `VENUE_LIMIT` or `STREAM_FAILED`.
 * - `subscribe()` resolves when the venue has answered for each symbol. While the link is down it resolves at once, and the symbols are
 *   requested after the reconnect. It rejects with `SYMBOL_REFUSED` if the venue refuses all of them; single refusals go to `onError`.
 * - `stats()` accounts for every frame.
 *
 * @example
 * ```ts
 * import { WebSocketPriceStreamAdapter, binance } from 'tickmark/websocket';
 *
 * const stream = new WebSocketPriceStreamAdapter({ venue: binance() });
 * stream.onMessage((message) => console.log(message));
 * await stream.connect();
 * await stream.subscribe(['BTCUSDT', 'ETHUSDT']);
 * ```
 */
export class WebSocketPriceStreamAdapter extends BasePriceStreamAdapter {
  readonly #options: WebSocketPriceStreamAdapterOptions;
  readonly #deadlines: ResolvedDeadlines;
  readonly #mapping: SymbolMapping;
  readonly #maxFrameBytes: number;
  readonly #counts = new DecodingCounts();
  readonly #redactor: Redactor;
  readonly #freshness: SymbolFreshness | undefined;
  readonly #refused = new Map<string, SymbolRefusedError>();
  /** The protocol handlers of the open connections. */
  readonly #handlers = new SymbolHandover<VenueProtocolHandler>();
  #transport: Transport | undefined;
  #link: PriceStreamLink | undefined;
  #outages: LinkOutages | undefined;
  #reconnects = 0;
  #rotations = 0;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: WebSocketPriceStreamAdapterOptions) {
    checkOptions('WebSocketPriceStreamAdapter', options, WEB_SOCKET_OPTIONS);
    checkVenue(options.venue);
    const { symbolsPerConnection } = options.venue.limits ?? {};
    super({
      ...options,
      ...(symbolsPerConnection === undefined ? {} : { maxSymbols: symbolsPerConnection }),
    });
    const { venue, freshness, maxFrameBytes = MAX_FRAME_BYTES } = options;
    checkMaxFrameBytes(maxFrameBytes);
    this.#options = options;
    this.#deadlines = resolveDeadlines('WebSocketPriceStreamAdapter: deadlines', options.deadlines);
    this.#mapping = new SymbolMapping(options.symbols);
    this.#maxFrameBytes = maxFrameBytes;
    this.#redactor = new Redactor(venue.secrets);
    this.#transport = options.transport;
    this.#freshness =
      freshness &&
      new SymbolFreshness({ ...freshness, clock: this.clock }, (error) => this.reportError(error));
  }

  /** Counters so far. */
  override stats(): WebSocketStats {
    return {
      ...super.stats(),
      ...this.#counts.stats(),
      frames: this.#counts.frames,
      reconnects: this.#reconnects,
      rotations: this.#rotations,
      superseded: this.#handlers.superseded,
      refused: Object.fromEntries([...this.#refused].map(([symbol, { reason }]) => [symbol, reason])),
      stale: this.#freshness?.stale() ?? [],
    };
  }

  protected override async openLink(link: PriceStreamLink): Promise<void> {
    const { venue, hints, random = systemRandom, backoff } = this.#options;
    const { limits = {}, heartbeat, recovers = false } = venue;
    this.#transport ??= await this.#loadTransport();
    if (link.signal.aborted) throw link.signal.reason;
    this.#link = link;
    const symbols = (): readonly string[] => this.getSubscribedSymbols();
    this.#outages = new LinkOutages({ clock: this.clock, link, recovers, symbols });
    const reconnecting = new ReconnectingLink({
      clock: this.clock,
      random,
      backoff: { ...venue.backoff, ...backoff },
      hints,
      heartbeat,
      transport: this.#transport,
      deadlines: this.#deadlines,
      framesPerSecond: limits.framesPerSecond,
      lifeMs: limits.connectionLifeMs,
      allowsOverlap: limits.connections !== 1,
      target: (signal) => this.#target(signal),
      createHandler: (connection) => this.#createHandler(connection),
      host: this.#linkHost,
    });
    const stop = (): void => reconnecting.stop(link.signal.reason as TickmarkError);
    link.signal.addEventListener('abort', stop, { once: true });
    await reconnecting.start();
  }

  protected override closeLink(): void {
    this.#link = this.#outages = undefined;
    this.#handlers.clear();
    this.#freshness?.stop();
  }

  protected override async addSymbols(symbols: readonly string[]): Promise<void> {
    const { venue } = this.#options;
    for (const symbol of symbols) {
      this.#refused.delete(symbol);
      const fault = venue.symbolFault?.(this.#mapping.toVenue(symbol));
      if (fault !== undefined) this.#refuse(symbol, fault, undefined);
    }
    const accepted = symbols.filter((symbol) => !this.#refused.has(symbol));
    this.#freshness?.watch(accepted);
    const names = accepted.map((symbol) => this.#mapping.toVenue(symbol));
    const [answers] = this.#handlers.connections.map((handler) => handler.subscribe(names));
    // While the link is down, the next connection requests them, at an unknown time.
    if (!this.#outages?.isDown) await answers;
    const refused = symbols.flatMap((symbol) => this.#refused.get(symbol) ?? []);
    if (refused.length === symbols.length) throw refused[0]!;
  }

  protected override removeSymbols(symbols: readonly string[]): void {
    this.#freshness?.unwatch(symbols);
    const names = symbols.map((symbol) => this.#mapping.toVenue(symbol));
    for (const handler of this.#handlers.connections) handler.unsubscribe(names);
  }

  #loadTransport(): Promise<Transport> {
    const { venue, compression = false } = this.#options;
    const settings = {
      maxFrameBytes: this.#maxFrameBytes,
      compression,
      redact: (text: string) => this.#redactor.redact(text),
      now: () => this.clock.now(),
    };
    return loadTransport(settings, venue.headers !== undefined);
  }

  async #target(signal: AbortSignal): Promise<LinkTarget> {
    const { url: givenUrl, headers: givenHeaders } = this.#options.venue;
    const [url, headers] = await Promise.all([
      typeof givenUrl === 'function' ? givenUrl({ signal }) : givenUrl,
      typeof givenHeaders === 'function' ? givenHeaders({ signal }) : givenHeaders,
    ]);
    checkWebSocketUrl(url);
    this.#redactor.addUrl(url);
    for (const value of Object.values(headers ?? {})) this.#redactor.add(value);
    return headers ? { url, headers } : { url };
  }

  #createHandler(connection: LinkConnection): VenueProtocolHandler {
    const handler = new VenueProtocolHandler(
      {
        venue: this.#options.venue,
        clock: this.clock,
        deadlines: this.#deadlines,
        counts: this.#counts,
        redactor: this.#redactor,
        host: this.#handlerHost,
      },
      connection,
    );
    this.#handlers.add(handler);
    return handler;
  }

  readonly #linkHost: ReconnectingLinkHost = {
    up: () => {
      if (this.#outages?.isDown) this.#restored(this.#outages);
      else if (this.#handlers.isUnderWay) this.#rotations++;
    },
    down: (failure) => this.#outages?.lost(failure),
    retrying: (attempt, delayMs, error) => {
      this.#outages?.retrying(attempt, delayMs);
      this.reportError(error);
    },
    failed: (error) => this.#link?.fail(error),
    replacementFailed: (error) => this.reportError(error),
  };

  readonly #handlerHost: VenueProtocolHost = {
    wanted: () => this.getSubscribedSymbols().map((symbol) => this.#mapping.toVenue(symbol)),
    seen: (at) => this.#outages?.seen(at),
    update: (handler, update) => {
      if (this.#outages?.isDown) this.#restored(this.#outages);
      if (this.#handlers.accepts(handler, update.symbol))
        this.#deliver(this.#mapping.updateFromVenue(update));
    },
    gap: (handler, symbols = this.#handlerHost.wanted()) => {
      const affected = this.#handlers.deliveredBy(handler, symbols);
      this.#outages?.missed(affected.map((symbol) => this.#mapping.fromVenue(symbol)));
    },
    refused: (symbol, reason, code) => this.#refuse(this.#mapping.fromVenue(symbol), reason, code),
    closed: (handler) => this.#handlers.remove(handler),
  };

  #deliver(update: PriceUpdate): void {
    this.#freshness?.seen(update.symbol);
    this.#link?.deliver(update);
  }

  #restored(outages: LinkOutages): void {
    this.#reconnects++;
    outages.restored();
  }

  #refuse(symbol: string, reason: string, code: string | number | undefined): void {
    const error = new SymbolRefusedError(this.#options.venue.name, symbol, reason, code);
    this.#refused.set(symbol, error);
    this.reportError(error);
    // While a connection is being replaced, the other one may have got another answer.
    for (const handler of this.#handlers.connections) handler.unsubscribe([this.#mapping.toVenue(symbol)]);
    // Takes effect after a subscribe() that is under way, which learns of the refusal first.
    void this.unsubscribe([symbol]).catch(() => undefined);
  }
}
