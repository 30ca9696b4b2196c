import type { TickmarkError } from '../../core/errors.js';
import { BasePriceStreamAdapter } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import { systemRandom } from '../../core/random.js';
import { GapTracker } from '../connection/gap-tracker.js';
import { readDeadlines, type ReadyDeadlines } from '../connection/link-deadlines.js';
import { ReconnectingLink, type ReconnectingLinkHost } from '../connection/reconnecting-link.js';
import { SymbolFreshness } from '../connection/symbol-freshness.js';
import { SymbolRefusedError } from '../connection/symbol-refused-error.js';
import type { LinkTarget, Transport } from '../connection/transport.js';
import { FrameCounts } from './frame-counts.js';
import { loadTransport } from './load-transport.js';
import { Redactor } from './redactor.js';
import { SymbolNames } from './symbol-names.js';
import { VenueProtocolHandler, type VenueProtocolHost } from './venue-protocol-handler.js';
import {
  checkAddress,
  checkFrameBytes,
  checkVenue,
  type WebSocketPriceStreamAdapterOptions,
  type WebSocketStats,
} from './web-socket-options.js';

const FRAME_BYTES = 1_048_576;

/**
 * Prices of a venue over WebSocket. Whatever happens to the connection, prices are back within seconds, with a gap before them
 * that says since when they were missing.
 *
 * ```ts
 * const stream = new WebSocketPriceStreamAdapter({ venue: binance() });
 * stream.onMessage((message) => console.log(message));
 * await stream.connect();
 * await stream.subscribe(['BTCUSDT', 'ETHUSDT']);
 * ```
 *
 * - `connect()` tries once: what keeps the first connection from opening is the caller's to know. Later failures are tried again
 *   until `disconnect()`, unless the venue says that it will never serve this stream (`failed` with `UNAUTHORIZED`, `VENUE_LIMIT`).
 * - `subscribe()` settles when the venue has answered for each symbol; while the link is down, at once: the symbols are asked for
 *   when it is up. It fails with `SYMBOL_REFUSED` when the venue refuses all of them; single refusals go to `onError`.
 * - `stats()` accounts for every frame.
 */
export class WebSocketPriceStreamAdapter extends BasePriceStreamAdapter {
  readonly #options: WebSocketPriceStreamAdapterOptions;
  readonly #deadlines: ReadyDeadlines;
  readonly #names: SymbolNames;
  readonly #frameBytes: number;
  readonly #counts = new FrameCounts();
  readonly #redactor: Redactor;
  readonly #freshness: SymbolFreshness | undefined;
  readonly #refused = new Map<string, SymbolRefusedError>();
  #transport: Transport | undefined;
  #gaps: GapTracker;
  #link: PriceStreamLink | undefined;
  /** Oldest first; more than one only while a connection is being replaced. */
  #talks: VenueProtocolHandler[] = [];
  /** Symbols that the newest of several talks has taken over. */
  #taken: Set<string> | undefined;
  #isDown = false;
  #reconnects = 0;
  #rotations = 0;
  #superseded = 0;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: WebSocketPriceStreamAdapterOptions) {
    checkVenue(options.venue);
    const { symbolsPerConnection } = options.venue.limits ?? {};
    super({
      ...options,
      ...(symbolsPerConnection === undefined ? {} : { maxSymbols: symbolsPerConnection }),
    });
    const { venue, freshness, maxFrameBytes = FRAME_BYTES } = options;
    checkFrameBytes(maxFrameBytes);
    this.#options = options;
    this.#deadlines = readDeadlines('WebSocketPriceStreamAdapter: deadlines', options.deadlines);
    this.#names = new SymbolNames(options.symbols);
    this.#frameBytes = maxFrameBytes;
    this.#redactor = new Redactor(venue.secrets);
    this.#transport = options.transport;
    this.#gaps = new GapTracker(this.clock);
    this.#freshness = freshness && new SymbolFreshness({ ...freshness, clock: this.clock });
  }

  /** Counters so far. */
  override stats(): WebSocketStats {
    return {
      ...super.stats(),
      ...this.#counts.stats(),
      reconnects: this.#reconnects,
      rotations: this.#rotations,
      superseded: this.#superseded,
      refused: Object.fromEntries([...this.#refused].map(([symbol, { reason }]) => [symbol, reason])),
      stale: this.#freshness?.stale() ?? [],
    };
  }

  protected override async openLink(link: PriceStreamLink): Promise<void> {
    const { venue, hints, compression = false, random = systemRandom, backoff } = this.#options;
    const { limits = {}, heartbeat } = venue;
    this.#transport ??= await loadTransport(
      {
        maxFrameBytes: this.#frameBytes,
        compression,
        clean: (text) => this.#redactor.clean(text),
        now: () => this.clock.now(),
      },
      venue.headers !== undefined,
    );
    if (link.signal.aborted) throw link.signal.reason;
    this.#link = link;
    this.#isDown = false;
    this.#gaps = new GapTracker(this.clock);
    const engine = new ReconnectingLink({
      clock: this.clock,
      random,
      backoff: { ...venue.backoff, ...backoff },
      hints,
      heartbeat,
      transport: this.#transport,
      deadlines: this.#deadlines,
      framesPerSecond: limits.framesPerSecond,
      lifeMs: limits.connectionLifeMs,
      overlaps: limits.connections !== 1,
      target: (signal) => this.#target(signal),
      talk: (connection) => {
        const talk = new VenueProtocolHandler(
          {
            venue,
            clock: this.clock,
            deadlines: this.#deadlines,
            counts: this.#counts,
            redactor: this.#redactor,
            host: this.#talkHost,
          },
          connection,
        );
        this.#talks.push(talk);
        this.#taken = this.#talks.length > 1 ? new Set() : undefined;
        return talk;
      },
      host: this.#linkHost,
    });
    link.signal.addEventListener('abort', () => engine.stop(link.signal.reason as TickmarkError), {
      once: true,
    });
    await engine.start();
  }

  protected override closeLink(): void {
    this.#link = undefined;
    this.#talks = [];
    this.#taken = undefined;
    this.#freshness?.stop();
  }

  protected override async addSymbols(symbols: readonly string[]): Promise<void> {
    const { venue } = this.#options;
    for (const symbol of symbols) {
      this.#refused.delete(symbol);
      const fault = venue.symbolFault?.(this.#names.atVenue(symbol));
      if (fault !== undefined) this.#refuse(symbol, fault, undefined);
    }
    const asked = symbols.filter((symbol) => !this.#refused.has(symbol));
    this.#freshness?.watch(asked);
    const names = asked.map((symbol) => this.#names.atVenue(symbol));
    const [answer] = this.#talks.map((talk) => talk.want(names));
    // While the link is down the next connection asks for them, and nobody knows when that is.
    if (!this.#isDown) await answer;
    const refused = symbols.flatMap((symbol) => this.#refused.get(symbol) ?? []);
    if (refused.length === symbols.length) throw refused[0]!;
  }

  protected override removeSymbols(symbols: readonly string[]): void {
    this.#freshness?.unwatch(symbols);
    const names = symbols.map((symbol) => this.#names.atVenue(symbol));
    for (const talk of this.#talks) talk.drop(names);
  }

  async #target(signal: AbortSignal): Promise<LinkTarget> {
    const { url: address, headers: given } = this.#options.venue;
    const [url, headers] = await Promise.all([
      typeof address === 'function' ? address({ signal }) : address,
      typeof given === 'function' ? given({ signal }) : given,
    ]);
    checkAddress(url);
    this.#redactor.addUrl(url);
    for (const value of Object.values(headers ?? {})) this.#redactor.add(value);
    return headers ? { url, headers } : { url };
  }

  readonly #linkHost: ReconnectingLinkHost = {
    up: () => {
      if (this.#isDown) this.#resume();
      else if (this.#talks.length > 1) this.#rotations++;
    },
    down: ({ wasSilent }) => this.#gaps.begin(wasSilent ? 'silence' : 'disconnect'),
    retrying: (attempt, delayMs, error) => {
      // Prices may have come over a connection that broke before all symbols were answered for.
      this.#gaps.begin('disconnect');
      this.#isDown = true;
      this.#link?.reconnecting(attempt, this.clock.now() + delayMs);
      this.reportError(error);
    },
    failed: (error) => this.#link?.fail(error),
    notReplaced: (error) => this.reportError(error),
  };

  readonly #talkHost: VenueProtocolHost = {
    wanted: () => this.getSubscribedSymbols().map((symbol) => this.#names.atVenue(symbol)),
    seen: (at) => this.#gaps.seen(at),
    update: (talk, update) => {
      if (this.#isDown) this.#resume();
      if (this.#taken && !this.#takes(talk, update.symbol)) return;
      this.#deliver(this.#names.renamed(update));
    },
    gap: (talk, symbols = this.#talkHost.wanted()) => {
      const taken = this.#taken;
      const isNewest = talk === this.#talks.at(-1);
      // Of two connections each misses only what it is the one to deliver.
      const concerned = taken ? symbols.filter((symbol) => taken.has(symbol) === isNewest) : symbols;
      const own = concerned.map((symbol) => this.#names.own(symbol));
      this.#tellGap(this.#gaps.at(own, 'sequence', false));
    },
    refused: (_talk, symbol, reason, code) => this.#refuse(this.#names.own(symbol), reason, code),
    closed: (talk) => {
      this.#talks = this.#talks.filter((each) => each !== talk);
      if (this.#talks.length < 2) this.#taken = undefined;
    },
  };

  /** Whether an update goes on while two connections are open: each symbol passes to the newer one with its first price there. */
  #takes(talk: VenueProtocolHandler, symbol: string): boolean {
    if (talk === this.#talks.at(-1)) this.#taken!.add(symbol);
    else if (this.#taken!.has(symbol)) {
      this.#superseded++;
      return false;
    }
    return true;
  }

  #deliver(update: PriceUpdate): void {
    this.#freshness?.seen(update.symbol);
    this.#link?.deliver(update);
  }

  #resume(): void {
    this.#isDown = false;
    this.#reconnects++;
    this.#link?.restored();
    this.#tellGap(this.#gaps.end(this.getSubscribedSymbols(), this.#options.venue.recovers ?? false));
  }

  #tellGap(gap: ReturnType<GapTracker['end']>): void {
    if (gap) this.#link?.deliver(gap);
  }

  #refuse(symbol: string, reason: string, code: string | number | undefined): void {
    const error = new SymbolRefusedError(this.#options.venue.name, symbol, reason, code);
    this.#refused.set(symbol, error);
    this.reportError(error);
    // While a connection is being replaced the other one may have been answered in another way.
    for (const talk of this.#talks) talk.drop([this.#names.atVenue(symbol)]);
    // In turn: a subscribe() that is under way hears of it first.
    void this.unsubscribe([symbol]).catch(() => undefined);
  }
}
