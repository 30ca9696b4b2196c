import type { Clock, Timer } from '../../../core/clock.js';
import type { PriceUpdate } from '../../../core/prices/price-update.js';
import { MovingSymbols } from './moving-symbols.js';
import type { SurplusLink, SymbolPlaces } from './symbol-places.js';

/** What a merge does with links. */
export interface MergedLink {
  subscribe(symbols: readonly string[]): Promise<void>;
  unsubscribe(symbols: readonly string[]): void;
}

/** What a {@link LinkMerge} works with. */
export interface LinkMergeOptions<Link extends MergedLink> {
  readonly clock: Clock;
  readonly places: SymbolPlaces<Link>;
  readonly plan: SurplusLink<Link>;
  /** The link has no symbols left, and is to be closed. */
  readonly onEmptied: (link: Link) => void;
  /** All is done. Not called after `callOff()`. */
  readonly onDone: () => void;
}

/** Time for frames in flight, in ms: before the old link is closed, and in which the others may still send what it has sent. */
const IN_FLIGHT_MS = 500;

/**
 * Moves the symbols of one link to others, so that it can be closed: they are subscribed there first, and each moves with its first price
 * there that the old link has not delivered, or when all have been answered.
 */
export class LinkMerge<Link extends MergedLink> {
  readonly #options: LinkMergeOptions<Link>;
  readonly #moving = new MovingSymbols();
  readonly #moved: string[] = [];
  #timer: Timer | undefined;
  #isEmptied = false;
  #isOver = false;

  constructor(options: LinkMergeOptions<Link>) {
    this.#options = options;
  }

  /** The link that is to be closed; `undefined` when it is. */
  get from(): Link | undefined {
    return this.#isEmptied ? undefined : this.#options.plan.link;
  }

  /** Whether the merge depends on the link. */
  involves(link: Link): boolean {
    return !this.#isEmptied && (link === this.from || this.#options.plan.moves.has(link));
  }

  /** Subscribes the symbols at the other links. */
  start(): void {
    const { places, plan } = this.#options;
    for (const [link, symbols] of plan.moves) places.expect(symbols, link);
    const answers = [...plan.moves].map(([link, symbols]) => link.subscribe(symbols));
    void Promise.all(answers).then(() => this.#after(IN_FLIGHT_MS, () => this.#empty()));
  }

  /** Whether a price of a symbol that a link carries is delivered. May move the symbol to the link. */
  accepts(link: Link, update: PriceUpdate): boolean {
    const { places } = this.#options;
    const { symbol } = update;
    const isCarrier = places.linkOf(symbol) === link;
    if (link === this.from) return isCarrier && this.#moving.acceptsOld(update);
    const isExpected = places.expectedOn(link).has(symbol);
    if ((!isCarrier && !isExpected) || !this.#moving.acceptsNew(update)) return false;
    if (isExpected) this.#move(symbol, link);
    return true;
  }

  /** Frames of these symbols are missing on the old link. */
  missed(symbols: readonly string[]): void {
    this.#moving.missed(symbols);
  }

  /** Ends the merge: symbols that have moved stay where they are, the others stay on the old link. */
  callOff(): void {
    this.stop();
    if (this.#isEmptied) return;
    const { places, plan } = this.#options;
    for (const [link, symbols] of places.cancelMoves()) link.unsubscribe(symbols);
    plan.link.unsubscribe(this.#moved);
  }

  /** Clears the timer. */
  stop(): void {
    this.#isOver = true;
    this.#timer?.clear();
  }

  #after(ms: number, then: () => void): void {
    if (!this.#isOver) this.#timer = this.#options.clock.setTimer(then, ms);
  }

  #empty(): void {
    const { places, plan, onEmptied, onDone } = this.#options;
    for (const to of plan.moves.keys())
      for (const symbol of [...places.expectedOn(to)]) this.#move(symbol, to);
    this.#isEmptied = true;
    this.#after(IN_FLIGHT_MS, onDone);
    onEmptied(plan.link);
  }

  #move(symbol: string, to: Link): void {
    this.#options.places.move(symbol, to);
    this.#moved.push(symbol);
  }
}
