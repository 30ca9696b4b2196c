import type { Timer } from '../../../core/clock.js';
import { TickmarkError } from '../../../core/errors.js';
import type { PriceUpdate } from '../../../core/prices/price-update.js';
import type { PriceStreamLink } from '../../../core/streams/price-stream-link.js';
import type { ConnectionBudget } from './connection-budget.js';
import { LinkMerge } from './link-merge.js';
import { SymbolPlaces } from './symbol-places.js';
import { VenueLink, type VenueLinkHost, type VenueLinkSettings } from './venue-link.js';

/** What the links of an adapter work with. Symbols have the venue's spelling. */
export interface VenueLinksOptions {
  readonly settings: VenueLinkSettings;
  readonly budget: ConnectionBudget;
  readonly stream: PriceStreamLink;
  /** The application's name of a symbol. */
  readonly nameOf: (symbol: string) => string;
  readonly onUpdate: (update: PriceUpdate) => void;
  /** The venue does not deliver a symbol, which has been unsubscribed. */
  readonly onRefused: (symbol: string, reason: string, code: string | number | undefined) => void;
  readonly onError: (error: TickmarkError) => void;
}

/** One connection of an adapter, with those that replace it. */
export interface ConnectionStats {
  /** `reconnecting`: prices of its symbols are missing. */
  readonly state: 'connecting' | 'connected' | 'reconnecting';
  /** Number of symbols that it carries. */
  readonly symbols: number;
}

/** How long links stay open that are no longer needed, in ms: symbols may come back. */
const MERGE_PAUSE_MS = 10_000;
/** How long after a merge that was called off, in ms. */
const RETRY_PAUSE_MS = 60_000;

/**
 * The links of an adapter: as many as its symbols need. Each has an outage of its own, which affects its symbols only; the stream is down
 * when all links are. When symbols have gone, the link with the fewest is merged into the others.
 */
export class VenueLinks implements VenueLinkHost {
  readonly #options: VenueLinksOptions;
  readonly #places: SymbolPlaces<VenueLink>;
  #merge: LinkMerge<VenueLink> | undefined;
  #mergeTimer: Timer | undefined;
  /** Whether the status shows an outage. */
  #isShown = false;
  #isStopped = false;

  constructor(options: VenueLinksOptions) {
    this.#options = options;
    const { limits = {} } = options.settings.venue;
    this.#places = new SymbolPlaces(limits.symbolsPerConnection ?? Infinity);
  }

  /** Opens the first link. Rejects with its error, without a retry. */
  async open(): Promise<void> {
    await this.#add().open();
  }

  /**
   * Subscribes symbols. Resolves when the venue has answered for each; where a link is down, or cannot be opened for now, its symbols are
   * requested later.
   */
  async subscribe(symbols: readonly string[]): Promise<void> {
    if (this.#places.free(this.#merge?.from) < symbols.length) this.#callOff(MERGE_PAUSE_MS);
    const opened: VenueLink[] = [];
    const open = (): VenueLink => {
      opened.push(this.#add());
      return opened.at(-1)!;
    };
    const placed = this.#places.place(symbols, open, this.#merge?.from);
    for (const link of opened) link.keepUp();
    // Symbols of a link that is down.
    if (this.#isShown && this.#isPartlyUp) this.#showStatus();
    await Promise.all([...placed].map(([link, some]) => link.subscribe(some)));
  }

  /** Unsubscribes symbols. */
  unsubscribe(symbols: readonly string[]): void {
    for (const [link, some] of this.#places.remove(symbols)) link.unsubscribe(some);
    // Those that have moved are subscribed there still.
    this.#merge?.from?.unsubscribe(symbols);
    this.#mergeAfter(MERGE_PAUSE_MS);
  }

  /** Closes all links at once. */
  stop(reason: TickmarkError): void {
    this.#isStopped = true;
    this.#mergeTimer?.clear();
    this.#merge?.stop();
    for (const link of this.#places.links) link.stop(reason);
  }

  /** The links, oldest first. */
  stats(): readonly ConnectionStats[] {
    const { links } = this.#places;
    return links.map((link) => ({ state: link.state, symbols: this.#places.on(link).size }));
  }

  allowsOverlap(): boolean {
    return this.#options.budget.allowsOverlap(this.#places.count);
  }

  admit(): number {
    let open = 0;
    for (const link of this.#places.links) open += link.openConnections;
    return this.#options.budget.admit(open);
  }

  wanted(link: VenueLink): readonly string[] {
    return [...this.#places.on(link), ...this.#places.expectedOn(link)];
  }

  carried(link: VenueLink, symbols?: readonly string[]): readonly string[] {
    const { nameOf } = this.#options;
    if (!symbols) return Array.from(this.#places.on(link), nameOf);
    return symbols.filter((symbol) => this.#places.linkOf(symbol) === link).map(nameOf);
  }

  // Cheap while there is one link.
  update(link: VenueLink, update: PriceUpdate): void {
    if (this.#merge || this.#places.count > 1) {
      const carrier = this.#places.linkOf(update.symbol);
      const isAccepted = this.#merge ? this.#merge.accepts(link, update) : carrier === link;
      // The stream counts prices of symbols that nobody wants.
      if (carrier && !isAccepted) return void this.#options.settings.counters.superseded++;
    }
    this.#options.onUpdate(update);
  }

  missed(link: VenueLink, symbols: readonly string[]): void {
    if (link === this.#merge?.from) this.#merge.missed(symbols);
  }

  refused(link: VenueLink, symbol: string, reason: string, code: string | number | undefined): void {
    // It has prices where it is; it stays there.
    if (this.#places.expectedOn(link).has(symbol)) return this.#callOff(RETRY_PAUSE_MS);
    if (this.#places.linkOf(symbol) !== link) return;
    // While a connection is being replaced, the other one may have got another answer.
    this.unsubscribe([symbol]);
    this.#options.onRefused(symbol, reason, code);
  }

  changed(link: VenueLink): void {
    this.#showStatus();
    if (link.state === 'reconnecting' && this.#merge?.involves(link)) this.#callOff(RETRY_PAUSE_MS);
  }

  error(error: TickmarkError): void {
    this.#options.onError(error);
  }

  failed(link: VenueLink, error: TickmarkError): void {
    const { stream, onError, onRefused } = this.#options;
    const others = this.#places.links.filter((each) => each !== link);
    // A limit of connections may still admit the other links; what else is final ends them, too.
    const canGoOn = others.some(({ state }) => state === 'connected' || error.code === 'VENUE_LIMIT');
    if (!canGoOn) return stream.fail(error);
    if (this.#merge?.involves(link)) this.#callOff(RETRY_PAUSE_MS);
    onError(error);
    // Its symbols get no prices any more, which the status has to show before they are gone.
    this.#degraded([...others.filter(({ state }) => state === 'reconnecting'), link]);
    this.#isShown = true;
    for (const symbol of this.#places.drop(link))
      onRefused(symbol, error.message.replace(/\.$/, ''), undefined);
    this.#showStatus();
  }

  #add(): VenueLink {
    const { settings, stream } = this.#options;
    const link = new VenueLink(settings, this, (message) => stream.deliver(message));
    this.#places.add(link);
    return link;
  }

  /** The stream is down when no link is up; otherwise its status lists the symbols of those that are down. */
  #showStatus(): void {
    const { stream } = this.#options;
    const { links } = this.#places;
    const down = links.filter(({ state }) => state === 'reconnecting');
    if (down.length === 0 && !this.#isShown) return;
    this.#isShown = down.length > 0;
    if (down.length === 0 || this.#isPartlyUp) return this.#degraded(down);
    const attempt = Math.max(...down.map((link) => link.attempt));
    stream.reconnecting(attempt, Math.min(...down.map((link) => link.nextTryAt)));
  }

  get #isPartlyUp(): boolean {
    return this.#places.links.some(({ state }) => state === 'connected');
  }

  #degraded(down: readonly VenueLink[]): void {
    this.#options.stream.degraded(down.flatMap((link) => this.carried(link)));
  }

  #mergeAfter(ms: number): void {
    if (this.#merge || this.#mergeTimer || this.#isStopped || !this.#places.surplus()) return;
    this.#mergeTimer = this.#options.settings.clock.setTimer(() => {
      this.#mergeTimer = undefined;
      this.#startMerge();
    }, ms);
  }

  #startMerge(): void {
    const plan = this.#places.surplus();
    if (!plan) return;
    const isPossible = this.#places.links.every(({ state }) => state === 'connected');
    if (plan.moves.size > 0 && !isPossible) return this.#mergeAfter(MERGE_PAUSE_MS);
    if (plan.moves.size === 0) {
      this.#close(plan.link);
      return this.#mergeAfter(MERGE_PAUSE_MS);
    }
    this.#merge = new LinkMerge({
      clock: this.#options.settings.clock,
      places: this.#places,
      plan,
      onEmptied: (link) => this.#close(link),
      onDone: () => {
        this.#merge = undefined;
        this.#mergeAfter(MERGE_PAUSE_MS);
      },
    });
    this.#merge.start();
  }

  #callOff(pauseMs: number): void {
    const merge = this.#merge;
    this.#merge = undefined;
    merge?.callOff();
    this.#mergeAfter(pauseMs);
  }

  #close(link: VenueLink): void {
    this.#places.drop(link);
    link.stop(new TickmarkError('CLOSED', 'The link has no symbol left.'));
    this.#showStatus();
  }
}
