import type { Clock } from '../../../core/clock.js';
import type { TickmarkError } from '../../../core/errors.js';
import type { PriceStreamGap } from '../../../core/prices/price-stream-gap.js';
import type { PriceUpdate } from '../../../core/prices/price-update.js';
import type { PriceStreamLink } from '../../../core/streams/price-stream-link.js';
import type { RandomSource } from '../../../core/random.js';
import type { DecodingCounts } from '../../connection/decoding-counts.js';
import type { LinkConnection } from '../../connection/link-connection.js';
import type { ResolvedDeadlines } from '../../connection/link-deadlines.js';
import type { LinkFailure } from '../../connection/link-failure.js';
import type { LinkHints } from '../../connection/link-hints.js';
import { LinkOutages } from '../../connection/link-outages.js';
import { ReconnectingLink, type ReconnectingLinkHost } from '../../connection/reconnecting-link.js';
import type { Refusals } from '../../connection/refusals.js';
import type { LinkTarget, Transport } from '../../connection/transport.js';
import type { DroppedFrames } from '../dropped-frames.js';
import type { Redactor } from '../redactor.js';
import type { Venue, VenueBackoff } from '../venue.js';
import { VenueProtocolHandler, type VenueProtocolHost } from '../venue-protocol-handler.js';
import { SymbolHandover } from './symbol-handover.js';

/** State of a link. */
export type VenueLinkState = 'connecting' | 'connected' | 'reconnecting';

/** Counters that all links of an adapter share. */
export interface LinkCounters {
  reconnects: number;
  rotations: number;
  superseded: number;
}

/** What all links of an adapter share. */
export interface VenueLinkSettings {
  readonly venue: Venue;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly backoff: VenueBackoff;
  readonly hints: LinkHints | undefined;
  readonly transport: Transport;
  readonly deadlines: ResolvedDeadlines;
  readonly counts: DecodingCounts;
  readonly redactor: Redactor;
  readonly counters: LinkCounters;
  /** Longest frame, also after it is decompressed, in bytes. */
  readonly maxFrameBytes: number;
  readonly droppedFrames: DroppedFrames;
  /** What the venue has refused, on whichever connection. */
  readonly refusals: Refusals;
  readonly target: (signal: AbortSignal) => Promise<LinkTarget>;
}

/** Receives the events of a {@link VenueLink}. Symbols have the venue's spelling. */
export interface VenueLinkHost {
  /** Whether the link may open a second connection to replace the first one. */
  allowsOverlap(): boolean;
  /** Admits a new connection, as `ReconnectingLinkOptions.admission` says. */
  admit(): number;
  /** Symbols that a new connection of the link has to request. */
  wanted(link: VenueLink): readonly string[];
  /** Those of the symbols that the link carries, in the spelling of the application. Default: all that it carries. */
  carried(link: VenueLink, symbols?: readonly string[]): readonly string[];
  /** The state of the link has changed. */
  changed(link: VenueLink): void;
  /** The link has given up. */
  failed(link: VenueLink, error: TickmarkError): void;
  /** An error that does not stop the link. */
  error(error: TickmarkError): void;
  update(link: VenueLink, update: PriceUpdate): void;
  refused(link: VenueLink, symbol: string, reason: string, code: string | number | undefined): void;
  /** Frames of these symbols are missing, though the link is up; the gap follows. */
  missed(link: VenueLink, symbols: readonly string[]): void;
}

/** One connection to the venue that is kept up, with its outages, planned replacements and symbols. */
export class VenueLink implements ReconnectingLinkHost, VenueProtocolHost {
  readonly #settings: VenueLinkSettings;
  readonly #host: VenueLinkHost;
  readonly #link: ReconnectingLink;
  readonly #outages: LinkOutages;
  /** The protocol handlers of the open connections. */
  readonly #handlers = new SymbolHandover<VenueProtocolHandler>();
  readonly #settled: Promise<void>;
  #settle!: () => void;
  #state: VenueLinkState = 'connecting';
  /** Symbols that the venue had not answered when the first price ended an outage, with the gap of that. */
  #late: { readonly gap: PriceStreamGap; readonly symbols: Set<string> } | undefined;
  #attempt = 0;
  #nextTryAt = 0;

  /** @param deliver Delivers the gaps of the link. */
  constructor(settings: VenueLinkSettings, host: VenueLinkHost, deliver: PriceStreamLink['deliver']) {
    const { venue, ...shared } = settings;
    const { limits = {}, heartbeat, recovers = false } = venue;
    this.#settings = settings;
    this.#host = host;
    this.#settled = new Promise((resolve) => (this.#settle = resolve));
    this.#outages = new LinkOutages({
      clock: settings.clock,
      recovers,
      symbols: () => host.carried(this),
      link: {
        deliver,
        reconnecting: (attempt, nextTryAt) => this.#reconnecting(attempt, nextTryAt),
        restored: () => this.#connected(),
      },
    });
    this.#link = new ReconnectingLink({
      ...shared,
      heartbeat,
      framesPerSecond: limits.framesPerSecond,
      lifeMs: limits.connectionLifeMs,
      allowsOverlap: () => host.allowsOverlap(),
      admission: () => host.admit(),
      createHandler: (connection) => this.#createHandler(connection),
      host: this,
    });
  }

  get state(): VenueLinkState {
    return this.#state;
  }

  /** Number of the attempt that is next while it reconnects, from 1. */
  get attempt(): number {
    return this.#attempt;
  }

  /** When that begins, ms since 1970. */
  get nextTryAt(): number {
    return this.#nextTryAt;
  }

  /** Connections that are open or being opened. */
  get openConnections(): number {
    return this.#link.connections.length;
  }

  /** Opens the first connection. Rejects with its error, without a retry. Called once, unless `keepUp()` is. */
  open(): Promise<void> {
    return this.#link.start();
  }

  /** Opens the first connection, and retries as after an outage. */
  keepUp(): void {
    this.#link.keepUp();
  }

  /** Requests symbols. Resolves when the venue has answered for each, or the link is down: then the next connection requests them. */
  async subscribe(symbols: readonly string[]): Promise<void> {
    const [answers] = this.#handlers.connections.map((handler) => handler.subscribe(symbols));
    if (this.#state === 'connecting') await this.#settled;
    else if (this.#state === 'connected') await answers;
  }

  /** Unsubscribes symbols. */
  unsubscribe(symbols: readonly string[]): void {
    for (const handler of this.#handlers.connections) handler.unsubscribe(symbols);
  }

  /** Closes all connections at once. */
  stop(reason: TickmarkError): void {
    this.#link.stop(reason);
    this.#settle();
  }

  up(): void {
    if (this.#late) this.#answered([]);
    if (this.#outages.isDown) this.#restored([]);
    else if (this.#handlers.isUnderWay) this.#settings.counters.rotations++;
    else this.#connected();
  }

  down(failure: LinkFailure): void {
    this.#lateAgain();
    this.#outages.lost(failure);
  }

  retrying(attempt: number, delayMs: number, error: TickmarkError): void {
    this.#lateAgain();
    this.#outages.retrying(attempt, delayMs);
    this.#host.error(error);
  }

  failed(error: TickmarkError): void {
    this.#host.failed(this, error);
    this.#settle();
  }

  replacementFailed(error: TickmarkError): void {
    this.#host.error(error);
  }

  wanted(): readonly string[] {
    return this.#host.wanted(this);
  }

  seen(at: number): void {
    this.#outages.seen(at);
  }

  update(handler: VenueProtocolHandler, update: PriceUpdate): void {
    if (this.#outages.isDown) this.#restored(handler.unanswered);
    else if (this.#late?.symbols.has(update.symbol)) this.#answered(handler.unanswered);
    if (this.#handlers.accepts(handler, update)) this.#host.update(this, update);
    else this.#settings.counters.superseded++;
  }

  gap(handler: VenueProtocolHandler, symbols = this.wanted()): void {
    const affected = this.#handlers.missed(handler, symbols);
    this.#host.missed(this, affected);
    this.#outages.missed(this.#host.carried(this, affected));
  }

  refused(symbol: string, reason: string, code: string | number | undefined): void {
    this.#host.refused(this, symbol, reason, code);
  }

  closed(handler: VenueProtocolHandler): void {
    this.#handlers.remove(handler);
  }

  #createHandler(connection: LinkConnection): VenueProtocolHandler {
    const { venue, clock, deadlines, counts, redactor, maxFrameBytes, droppedFrames } = this.#settings;
    const handler = new VenueProtocolHandler(
      { venue, clock, deadlines, counts, redactor, maxFrameBytes, droppedFrames, host: this },
      connection,
    );
    this.#handlers.add(handler);
    return handler;
  }

  #restored(unanswered: readonly string[]): void {
    this.#settings.counters.reconnects++;
    const gap = this.#outages.restored();
    if (gap && unanswered.length > 0) this.#late = { gap, symbols: new Set(unanswered) };
  }

  /** Late symbols are answered: the rest of their gap comes before their prices. */
  #answered(unanswered: readonly string[]): void {
    const { gap, symbols } = this.#late!;
    const still = new Set(unanswered);
    const answered = [...symbols].filter((symbol) => !still.has(symbol));
    for (const symbol of answered) symbols.delete(symbol);
    if (symbols.size === 0) this.#late = undefined;
    this.#outages.answered(this.#host.carried(this, answered), gap);
  }

  /** The link is lost before late symbols were answered. */
  #lateAgain(): void {
    if (this.#late) this.#outages.missingSince(this.#late.gap.to);
    this.#late = undefined;
  }

  #connected(): void {
    if (this.#state === 'connected') return;
    this.#state = 'connected';
    this.#attempt = 0;
    this.#host.changed(this);
    this.#settle();
  }

  #reconnecting(attempt: number, nextTryAt: number): void {
    this.#state = 'reconnecting';
    this.#attempt = attempt;
    this.#nextTryAt = nextTryAt;
    this.#host.changed(this);
    this.#settle();
  }
}
