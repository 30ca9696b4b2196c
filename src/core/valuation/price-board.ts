import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { Decimal, MAX_SCALE } from '../money/decimal.js';
import type { FxQuote } from '../money/fx-rates.js';
import { PriceColumns } from '../market-data/price-columns.js';
import type { OrderSum } from './order-sum.js';
import { lastMsBefore } from '../portfolio/newer-price.js';
import type { PriceRecord } from '../portfolio/portfolio-repository.js';
import type { PriceKind, PriceUsed } from '../portfolio/portfolio-valuation.js';
import { lastPrice, type PriceChoice, type PricePolicy, type Quote, type Side } from './price-policy.js';

/** A row of `PriceBoard.facts`. */
export const FACTS = 4;
export const VENUE_TIME = 0;
export const MARK = 1;
export const TIMESTAMP = 2;
export const RECEIVED_AT = 3;

/** How old a price may be before it is graded stale: ms, or by symbol. */
export type StaleAfter = number | ((symbol: string) => number);

/** Options of `PriceBoard`. */
export interface PriceBoardOptions {
  /** Default {@link lastPrice}. */
  readonly policy?: PricePolicy;
  /** Age in ms since arrival from which a price is graded stale. Default 60,000. A function that gives no number grades stale. */
  readonly staleAfter?: StaleAfter;
  /**
   * Told of a function of the caller's that throws (`HANDLER_FAILED`), all else goes on: what a policy threw for is unpriced,
   * what `staleAfter` threw for is stale.
   */
  readonly onError?: (error: TickmarkError) => void;
}

/** The newest price of each symbol, by symbol number, with where it comes from. */
export class PriceBoard {
  /** Newest price by symbol number; meaningful where `isKnown`. */
  readonly prices = new PriceColumns(64);
  /**
   * What valuations say of the prices in them, side by side, since it is read for each position of each: by symbol number the
   * two parts of its order, the time and the receipt of its price. NaN where no price is known. Another array after growth.
   */
  facts = new Float64Array(0);
  readonly policy: PricePolicy;
  readonly #staleAfter: StaleAfter;
  readonly #onError: ((error: TickmarkError) => void) | undefined;
  readonly #sources: Array<string | undefined> = [];
  /** Mark of the last gap, by symbol number. */
  readonly #gaps = new Map<number, number>();
  /** Until when a gap, or what the store said, lets a price be live; by symbol number. */
  readonly #limits = new Map<number, number>();
  /** Whether any price has a state that keeps it from ageing. */
  #hasStates = false;
  /** Prices from the store that no stream has confirmed. */
  readonly #stored = new Set<number>();
  /** Prices that this process may have missed newer ones of. */
  readonly #unconfirmed = new Set<number>();

  constructor(options: PriceBoardOptions = {}) {
    this.policy = options.policy ?? lastPrice;
    const { staleAfter = 60_000 } = options;
    if (typeof staleAfter !== 'function' && !(staleAfter >= 0)) {
      throw invalidArgument('PriceBoard: staleAfter', staleAfter, 'ms from 0, or a function of the symbol');
    }
    this.#staleAfter = staleAfter;
    this.#onError = options.onError;
  }

  /** Whether a symbol has a price. */
  isKnown(id: number): boolean {
    return this.#sources[id] !== undefined;
  }

  /** Takes row `row` of `fresh`, unless its stamp is below that of the known price, or it is the same once more. */
  accept(id: number, fresh: PriceColumns, row: number, source: string): boolean {
    const { prices } = this;
    if (!this.isKnown(id)) this.#reserve(id);
    else if (!(fresh.venueTimes[row]! > prices.venueTimes[id]!) && !this.#isNews(id, fresh, row))
      return false;
    prices.copy(id, fresh, row);
    this.#sources[id] = source;
    if (fresh.details[row]?.state !== undefined) this.#hasStates = true;
    if (this.#limits.size > 0 || this.#gaps.size > 0) this.#limit(id);
    if (this.#stored.size > 0) this.#stored.delete(id);
    if (this.#unconfirmed.size > 0) this.#unconfirmed.delete(id);
    const { facts } = this;
    const at = FACTS * id;
    facts[at + VENUE_TIME] = Math.floor(fresh.venueTimes[row]!);
    facts[at + TIMESTAMP] = fresh.timestamps[row]!;
    facts[at + RECEIVED_AT] = fresh.receivedAt[row]!;
    this.#setMark(id);
    return true;
  }

  /** Takes a price from the store, which counts as stale here until a stream confirms it or gives a newer one. */
  restore(id: number, { gap, liveUntil }: Pick<PriceRecord, 'gap' | 'liveUntil'>): void {
    this.#stored.add(id);
    if (gap > this.#gapOf(id)) this.#gaps.set(id, gap);
    this.#setMark(id);
    this.#limit(id);
    if (liveUntil !== null) this.#limits.set(id, Math.min(this.#limits.get(id) ?? Infinity, liveUntil));
  }

  /**
   * A break of the stream: a price with a lower arrival mark is stale from then on.
   * @returns whether that is news of the symbol.
   */
  takeGap(id: number, mark: number): boolean {
    if (mark <= this.#gapOf(id)) return false;
    this.#gaps.set(id, mark);
    if (this.isKnown(id)) this.#setMark(id);
    if (this.#isFromBeforeGap(id))
      this.#limits.set(id, Math.min(this.#limits.get(id) ?? Infinity, lastMsBefore(mark)));
    return true;
  }

  /** Grades a symbol's price stale in this process, which may have missed something, until it hears of the symbol again. */
  markStale(id: number): void {
    if (this.isKnown(id)) this.#unconfirmed.add(id);
  }

  /** {@link markStale} for every symbol. */
  markAllStale(): void {
    for (let id = 0; id < this.#sources.length; id++) this.markStale(id);
  }

  /** Adds what is known of a symbol to the order of a valuation. */
  addOrder(id: number, sum: OrderSum): void {
    if (this.isKnown(id)) sum.add(this.facts[FACTS * id + VENUE_TIME]!, this.facts[FACTS * id + MARK]!);
  }

  /** How long after its arrival a price is live, in ms, where that is the same for all prices there are; else `null`. */
  get commonLifeMs(): number | null {
    const isCommon = typeof this.#staleAfter === 'number' && this.#limits.size === 0 && !this.#hasStates;
    return isCommon ? (this.#staleAfter as number) : null;
  }

  /** Until when a known price counts as live, ms since 1970. */
  liveUntil(id: number, symbol: string): number {
    const state = this.prices.details[id]?.state;
    // A quiet symbol outside its session is not stale: nothing newer can be expected.
    if (state === 'closed' || state === 'halted') return Infinity;
    const staleAfter = typeof this.#staleAfter === 'number' ? this.#staleAfter : this.#liveFor(symbol);
    const aged = this.prices.receivedAt[id]! + staleAfter;
    const limit = this.#limits.get(id) ?? Infinity;
    return aged < limit ? aged : limit;
  }

  /** Currency of a symbol's prices, where its stream gives one. */
  currency(id: number): string | undefined {
    return this.isKnown(id) ? this.prices.details[id]?.currency : undefined;
  }

  /** A symbol's price as the rate of a pair; `null` when it is not above zero, sides that are not left out. */
  rate(id: number, symbol: string): FxQuote | null {
    const { last, bid, ask } = this.quote(id, symbol);
    if (last.sign <= 0) return null;
    return {
      last,
      bid: bid && bid.sign > 0 ? bid : null,
      ask: ask && ask.sign > 0 ? ask : null,
      asOf: this.prices.timestamps[id]!,
      receivedAt: this.prices.receivedAt[id]!,
    };
  }

  /** What is known of a symbol. */
  quote(id: number, symbol: string): Quote {
    const details = this.prices.details[id];
    return {
      symbol,
      last: this.prices.price(id),
      bid: optional(details?.bid),
      ask: optional(details?.ask),
      previousClose: optional(details?.previousClose),
      state: details?.state ?? 'open',
    };
  }

  /** The newest price of a symbol as it is stored. */
  record(id: number, symbol: string): PriceRecord {
    const { timestamps, receivedAt, venueTimes, arrivals } = this.prices;
    const liveUntil = this.liveUntil(id, symbol);
    const record: PriceRecord = {
      symbol,
      price: this.prices.price(id),
      timestamp: timestamps[id]!,
      receivedAt: receivedAt[id]!,
      stamp: { venueTime: venueTimes[id]!, arrival: arrivals[id]! },
      gap: this.#gapOf(id),
      liveUntil: liveUntil === Infinity ? null : liveUntil,
    };
    return this.prices.details[id] === undefined ? record : { ...record, ...this.#storedDetails(id, symbol) };
  }

  #storedDetails(id: number, symbol: string): Partial<PriceRecord> {
    const { bid, ask, previousClose, state } = this.quote(id, symbol);
    const currency = this.currency(id);
    return {
      ...(bid && { bid }),
      ...(ask && { ask }),
      ...(previousClose && { previousClose }),
      ...(currency !== undefined && { currency }),
      ...(state !== 'open' && { state }),
    };
  }

  /** The price that values a side; `null` also for one with more digits than the book marks exactly. */
  choose(id: number, symbol: string, side: Side): PriceChoice | null {
    try {
      const choice = this.policy.choose(this.quote(id, symbol), side);
      if (choice && isMarkable(choice.price)) return choice;
    } catch (cause) {
      this.#report(`The price policy threw: ${side} positions of ${quote(symbol)} are unpriced.`, cause);
    }
    return null;
  }

  /** The price that values a side of a position, with its provenance at a time. */
  used(id: number, symbol: string, side: Side, currency: string, now: number): PriceUsed | null {
    if (!this.isKnown(id)) return null;
    const choice = this.choose(id, symbol, side);
    if (!choice) return null;
    const { state } = this.quote(id, symbol);
    const isStored = this.#stored.has(id);
    const ageMs = Math.max(0, now - this.prices.receivedAt[id]!);
    const kind: PriceKind = isStored ? 'stored' : choice.kind;
    return {
      price: choice.price,
      currency: this.prices.details[id]?.currency ?? currency,
      kind,
      source: this.#sources[id]!,
      asOf: this.prices.timestamps[id]!,
      ageMs,
      grade:
        state === 'halted'
          ? 'halted'
          : state === 'closed'
            ? 'delayed'
            : isStored || this.#unconfirmed.has(id) || !(now <= this.liveUntil(id, symbol))
              ? 'stale'
              : state === 'delayed'
                ? 'delayed'
                : 'live',
    };
  }

  #liveFor(symbol: string): number {
    try {
      const ms = (this.#staleAfter as (symbol: string) => number)(symbol);
      return ms >= 0 ? ms : -1;
    } catch (cause) {
      this.#report(`staleAfter threw: prices of ${quote(symbol)} are graded stale.`, cause);
      return -1;
    }
  }

  // Of a price whose venue time is not above that of the known one.
  #isNews(id: number, fresh: PriceColumns, row: number): boolean {
    if (this.prices.isNewer(id, fresh, row)) return false;
    return !(this.#isConfirmed(id) && this.prices.isSame(id, fresh, row));
  }

  /** Whether a price is known that a stream has brought, and nothing since has put in doubt. */
  #isConfirmed(id: number): boolean {
    return this.isKnown(id) && !this.#stored.has(id) && !this.#unconfirmed.has(id);
  }

  // It rises with a newer price and with a newer gap; a gap that a price has followed is forgotten, as it is in the store.
  #setMark(id: number): void {
    const arrival = this.prices.arrivals[id]!;
    const gap = this.#gaps.size === 0 ? 0 : this.#gapOf(id);
    this.facts[FACTS * id + MARK] = Math.floor(arrival) + Math.floor(gap > arrival ? gap : arrival);
  }

  // What limits the life of the price that was taken just now.
  #limit(id: number): void {
    if (this.#isFromBeforeGap(id)) this.#limits.set(id, lastMsBefore(this.#gapOf(id)));
    else this.#limits.delete(id);
  }

  #gapOf(id: number): number {
    return this.#gaps.get(id) ?? 0;
  }

  #isFromBeforeGap(id: number): boolean {
    return this.isKnown(id) && this.prices.arrivals[id]! < this.#gapOf(id);
  }

  #reserve(id: number): void {
    while (this.#sources.length <= id) this.#sources.push(undefined);
    this.prices.reserve(id);
    if (FACTS * id < this.facts.length) return;
    const wider = new Float64Array(FACTS * Math.max(id + 1, (2 * this.facts.length) / FACTS)).fill(NaN);
    wider.set(this.facts);
    this.facts = wider;
  }

  #report(message: string, cause: unknown): void {
    this.#onError?.(new TickmarkError('HANDLER_FAILED', message, { cause }));
  }
}

function isMarkable(price: Decimal): boolean {
  const { units, scale } = price.trimmed();
  return Number.isSafeInteger(Number(units)) && scale <= MAX_SCALE;
}

function optional(price: number | string | undefined): Decimal | null {
  return price === undefined ? null : Decimal.from(price);
}
