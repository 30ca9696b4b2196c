import type { TickmarkError } from '../../core/errors.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import { checkBackoff } from '../../core/backoff.js';
import { systemRandom } from '../../core/random.js';
import { BasePriceStreamAdapter } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamAdapter } from '../../core/streams/price-stream-adapter.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { DecodingCounts } from '../connection/decoding-counts.js';
import { platformFetch } from '../connection/http-fetch.js';
import { resolveDeadlines, type ResolvedDeadlines } from '../connection/link-deadlines.js';
import { SymbolFreshness } from '../connection/symbol-freshness.js';
import { SymbolRefusedError } from '../../core/streams/symbol-refused-error.js';
import { Refusals } from '../connection/refusals.js';
import type { Transport } from '../connection/transport.js';
import { DroppedFrames } from './dropped-frames.js';
import { ConnectionBudget } from './links/connection-budget.js';
import type { VenueLinkSettings } from './links/venue-link.js';
import { VenueLinks } from './links/venue-links.js';
import { loadTransport } from './load-transport.js';
import { Redactor } from './redactor.js';
import { CloseRequests } from './closes/close-requests.js';
import { SymbolMapping, calendarByVenueName } from './symbol-mapping.js';
import type { Venue } from './venue.js';
import { venueTarget } from './venue-target.js';
import {
  checkAgent,
  checkMaxFrameBytes,
  checkVenue,
  maxSymbolsOf,
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
 *   `UNAUTHORIZED`, `VENUE_LIMIT` or `STREAM_FAILED`. docs/streams/README.md has the table.
 * - `subscribe()` resolves when the venue has answered for each symbol. While the link is down it resolves at once, and the symbols are
 *   requested after the reconnect. It rejects with `SYMBOL_REFUSED` if the venue refuses all of them; single refusals go to `onError`.
 * - Symbols that one connection does not carry (`limits.symbolsPerConnection` of the venue) are spread over as many as they need, up to
 *   `limits.connections`; when symbols have gone, connections are merged. `connect()` opens the first, `subscribe()` the others. Each
 *   breaks and reconnects by itself: while another one is up, the status is `degraded` and lists the symbols of those that are down. One
 *   that cannot be opened is retried; if the venue refuses it for good, its symbols are refused.
 * - `previousCloses()` asks the venue for the closes of the last session, if it has `closes`. `markToMarket()` calls it.
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
  /** The previous closes that the venue has. @throws TickmarkError if no request succeeds. Missing for a venue without `closes`. */
  readonly previousCloses: PriceStreamAdapter['previousCloses'];
  readonly #options: WebSocketPriceStreamAdapterOptions;
  readonly #deadlines: ResolvedDeadlines;
  readonly #mapping: SymbolMapping;
  readonly #maxFrameBytes: number;
  readonly #counts: DecodingCounts;
  readonly #counters = { reconnects: 0, rotations: 0, superseded: 0 };
  readonly #redactor: Redactor;
  readonly #droppedFrames: DroppedFrames;
  readonly #freshness: SymbolFreshness | undefined;
  readonly #budget: ConnectionBudget;
  readonly #refused = new Map<string, SymbolRefusedError>();
  #transport: Transport | undefined;
  #stream: PriceStreamLink | undefined;
  #links: VenueLinks | undefined;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: WebSocketPriceStreamAdapterOptions) {
    checkOptions('WebSocketPriceStreamAdapter', options, WEB_SOCKET_OPTIONS);
    checkVenue(options.venue);
    const maxSymbols = maxSymbolsOf(options.venue.limits);
    const mapping = new SymbolMapping(options.symbols);
    const calendar = options.calendar ?? calendarByVenueName(options.venue.calendar, mapping);
    super({ ...options, calendar, ...(maxSymbols !== undefined && { maxSymbols }) });
    const { venue, freshness, maxFrameBytes = MAX_FRAME_BYTES } = options;
    checkMaxFrameBytes(maxFrameBytes);
    checkBackoff('WebSocketPriceStreamAdapter: backoff', options.backoff);
    checkAgent(options);
    this.#options = options;
    this.#deadlines = resolveDeadlines('WebSocketPriceStreamAdapter: deadlines', options.deadlines);
    this.#mapping = mapping;
    this.#maxFrameBytes = maxFrameBytes;
    this.#redactor = new Redactor(venue.secrets);
    this.#transport = options.transport;
    const { name, encoding = 'text' } = venue;
    const report = (error: TickmarkError): void => this.reportError(error);
    this.#counts = new DecodingCounts({ name, clock: this.clock, report });
    this.#droppedFrames = new DroppedFrames({ clock: this.clock, name, encoding, maxFrameBytes, report });
    this.#freshness = freshness && new SymbolFreshness({ ...freshness, clock: this.clock }, report);
    this.#budget = new ConnectionBudget(this.clock, venue.limits ?? {});
    this.previousCloses = this.#closesOf(venue, report);
  }

  /** Counters so far. */
  override stats(): WebSocketStats {
    return {
      ...super.stats(),
      ...this.#counts.stats(),
      ...this.#counters,
      frames: this.#counts.frames,
      refused: Object.fromEntries([...this.#refused].map(([symbol, { reason }]) => [symbol, reason])),
      connections: this.#links?.stats() ?? [],
      stale: this.#freshness?.stale() ?? [],
    };
  }

  protected override async openLink(stream: PriceStreamLink): Promise<void> {
    this.#transport ??= await this.#loadTransport();
    if (stream.signal.aborted) throw stream.signal.reason;
    this.#stream = stream;
    const links = new VenueLinks({
      settings: this.#linkSettings(this.#transport),
      budget: this.#budget,
      stream,
      nameOf: (symbol) => this.#mapping.fromVenue(symbol),
      onUpdate: (update) => this.#deliver(this.#mapping.updateFromVenue(update)),
      onRefused: (symbol, reason, code) => this.#refuse(this.#mapping.fromVenue(symbol), reason, code),
      onError: (error) => this.reportError(error),
    });
    this.#links = links;
    const stop = (): void => links.stop(stream.signal.reason as TickmarkError);
    stream.signal.addEventListener('abort', stop, { once: true });
    await links.open();
  }

  protected override closeLink(): void {
    this.#stream = this.#links = undefined;
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
    await this.#links?.subscribe(accepted.map((symbol) => this.#mapping.toVenue(symbol)));
    const refused = symbols.flatMap((symbol) => this.#refused.get(symbol) ?? []);
    if (refused.length === symbols.length) throw refused[0]!;
  }

  protected override removeSymbols(symbols: readonly string[]): void {
    this.#freshness?.unwatch(symbols);
    this.#links?.unsubscribe(symbols.map((symbol) => this.#mapping.toVenue(symbol)));
  }

  #linkSettings(transport: Transport): VenueLinkSettings {
    const { venue, hints, random = systemRandom, backoff } = this.#options;
    return {
      venue,
      clock: this.clock,
      random,
      backoff: { ...venue.backoff, ...backoff },
      hints,
      transport,
      deadlines: this.#deadlines,
      counts: this.#counts,
      redactor: this.#redactor,
      counters: this.#counters,
      maxFrameBytes: this.#maxFrameBytes,
      droppedFrames: this.#droppedFrames,
      refusals: new Refusals(),
      target: (signal) => venueTarget(venue, { signal }, this.#redactor),
    };
  }

  #loadTransport(): Promise<Transport> {
    const { venue, compression = false, agent } = this.#options;
    const settings = {
      agent,
      maxFrameBytes: this.#maxFrameBytes,
      compression,
      redact: (text: string) => this.#redactor.redact(text),
      now: () => this.clock.now(),
    };
    return loadTransport(settings, { headers: venue.headers !== undefined, agent: agent !== undefined });
  }

  #deliver(update: PriceUpdate): void {
    this.#freshness?.seen(update.symbol);
    this.#stream?.deliver(update);
  }

  #closesOf(venue: Venue, report: (error: TickmarkError) => void): PriceStreamAdapter['previousCloses'] {
    const { closes, name } = venue;
    if (!closes) return undefined;
    const mapping = this.#mapping;
    const { fetch = platformFetch } = this.#options;
    const calendarOf = (symbol: string) => this.calendarOf(mapping.fromVenue(symbol));
    const requests = new CloseRequests({ name, closes, fetch, clock: this.clock, calendarOf, report });
    return async (symbols, request) => {
      const found = await requests.load(
        symbols.map((symbol) => mapping.toVenue(symbol)).filter((symbol) => !venue.symbolFault?.(symbol)),
        request,
      );
      return found.map((close) => ({ ...close, symbol: mapping.fromVenue(close.symbol) }));
    };
  }

  #refuse(symbol: string, reason: string, code: string | number | undefined): void {
    const error = new SymbolRefusedError(this.#options.venue.name, symbol, reason, code);
    this.#refused.set(symbol, error);
    this.reportError(error);
    // Takes effect after a subscribe() that is under way, which learns of the refusal first.
    void this.unsubscribe([symbol]).catch(() => undefined);
  }
}
