import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { Decimal, MAX_SCALE } from '../money/decimal.js';
import type { FxQuote } from '../money/fx-rates.js';
import { isSameDetails, type PriceColumns } from '../prices/price-columns.js';
import { MARKS_PER_MS, isBelow } from '../prices/price-stamp.js';
import type { PriceDetails } from '../prices/price-update.js';
import type { OrderSum } from './order-sum.js';
import { lastMsBefore } from '../portfolio/newer-price.js';
import type { PriceRecord } from '../portfolio/portfolio-repository.js';
import type { PriceKind, PriceUsed } from '../portfolio/portfolio-valuation.js';
import { lastPrice, type PriceChoice, type PricePolicy, type Quote, type Side } from './price-policy.js';

// A row of `LatestPrices.facts`, as long as a line of a cache.
export const FACTS = 8;
/** The two parts of a stamp. */
const VENUE_TIME = 0;
const ARRIVAL = 1;
/** What the symbol adds to the order of a valuation; see `OrderSum`. */
export const VENUE_ORDER = 2;
export const MARK = 3;
export const TIMESTAMP = 4;
export const RECEIVED_AT = 5;
/** The price is units × 10^-scale; `TIMESTAMP` is not the venue's where the scale has `RECEIVED` on top. */
const UNITS = 6;
const SCALE = 7;
const RECEIVED = 256;

/** How old a price may be before it is graded stale: ms, or by symbol. */
export type StaleAfter = number | ((symbol: string) => number);

/** Options of `LatestPrices`. */
export interface LatestPricesOptions {
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
export class LatestPrices {
  /**
   * What is known of each price, by symbol number, side by side: each position of each valuation asks for it, and each tick
   * changes it. NaN where no price is known. Another array after growth.
   */
  facts = new Float64Array(0);
  readonly #details: Array<PriceDetails | undefined> = [];
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

  constructor(options: LatestPricesOptions = {}) {
    this.policy = options.policy ?? lastPrice;
    const { staleAfter = 60_000 } = options;
    if (typeof staleAfter !== 'function' && !(staleAfter >= 0)) {
      throw invalidArgument('LatestPrices: staleAfter', staleAfter, 'ms from 0, or a function of the symbol');
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
    if (!this.isKnown(id)) this.#reserve(id);
    const { facts } = this;
    const at = FACTS * id;
    const venueTime = fresh.venueTimes[row]!;
    const arrival = fresh.arrivals[row]!;
    if (!(venueTime > facts[at + VENUE_TIME]!) && this.isKnown(id) && !this.#isNews(id, fresh, row))
      return false;
    facts[at + VENUE_TIME] = venueTime;
    facts[at + ARRIVAL] = arrival;
    facts[at + VENUE_ORDER] = Math.floor(venueTime * MARKS_PER_MS);
    facts[at + MARK] = 2 * Math.floor(arrival);
    facts[at + TIMESTAMP] = fresh.timestamps[row]!;
    facts[at + RECEIVED_AT] = fresh.receivedAt[row]!;
    facts[at + UNITS] = fresh.units[row]!;
    facts[at + SCALE] = fresh.scales[row]! + RECEIVED * fresh.received[row]!;
    const details = fresh.details[row];
    if (details !== this.#details[id]) this.#details[id] = details;
    if (details?.state !== undefined) this.#hasStates = true;
    this.#sources[id] = source;
    if (this.#gaps.size > 0 || this.#limits.size > 0) this.#limit(id);
    if (this.#stored.size > 0) this.#stored.delete(id);
    if (this.#unconfirmed.size > 0) this.#unconfirmed.delete(id);
    return true;
  }

  /** Takes a price from the store, which counts as stale here until a stream confirms it or gives a newer one. */
  restore(id: number, { gap, liveUntil }: Pick<PriceRecord, 'gap' | 'liveUntil'>): void {
    this.#stored.add(id);
    if (gap > this.#gapOf(id)) this.#gaps.set(id, gap);
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
    if (this.isKnown(id)) sum.add(this.facts[FACTS * id + VENUE_ORDER]!, this.facts[FACTS * id + MARK]!);
  }

  /** How long after its arrival a price is live, in ms, where that is the same for all prices there are; else `null`. */
  get commonLifeMs(): number | null {
    const isCommon = typeof this.#staleAfter === 'number' && this.#limits.size === 0 && !this.#hasStates;
    return isCommon ? (this.#staleAfter as number) : null;
  }

  /** Until when a known price counts as live, ms since 1970. */
  liveUntil(id: number, symbol: string): number {
    const state = this.#details[id]?.state;
    // A quiet symbol outside its session is not stale: nothing newer can be expected.
    if (state === 'closed' || state === 'halted') return Infinity;
    const staleAfter = typeof this.#staleAfter === 'number' ? this.#staleAfter : this.#liveFor(symbol);
    const aged = this.facts[FACTS * id + RECEIVED_AT]! + staleAfter;
    const limit = this.#limits.get(id) ?? Infinity;
    return aged < limit ? aged : limit;
  }

  /** Times of a known price, ms since 1970. */
  times(id: number): {
    readonly asOf: number;
    readonly timeSource: 'venue' | 'received';
    readonly receivedAt: number;
  } {
    const at = FACTS * id;
    return {
      asOf: this.facts[at + TIMESTAMP]!,
      timeSource: this.facts[at + SCALE]! < RECEIVED ? 'venue' : 'received',
      receivedAt: this.facts[at + RECEIVED_AT]!,
    };
  }

  /** Currency of a symbol's prices, where its stream gives one. */
  currency(id: number): string | undefined {
    return this.isKnown(id) ? this.#details[id]?.currency : undefined;
  }

  /** A symbol's price as the rate of a pair; `null` when it is not above zero, sides that are not left out. */
  rate(id: number, symbol: string): FxQuote | null {
    const { last, bid, ask } = this.quote(id, symbol);
    if (last.sign <= 0) return null;
    return {
      last,
      bid: bid && bid.sign > 0 ? bid : null,
      ask: ask && ask.sign > 0 ? ask : null,
      asOf: this.facts[FACTS * id + TIMESTAMP]!,
      receivedAt: this.facts[FACTS * id + RECEIVED_AT]!,
    };
  }

  /** What is known of a symbol. */
  quote(id: number, symbol: string): Quote {
    const details = this.#details[id];
    return {
      symbol,
      last: this.#price(id),
      bid: optional(details?.bid),
      ask: optional(details?.ask),
      previousClose: optional(details?.previousClose),
      state: details?.state ?? 'open',
    };
  }

  /** The newest price of a symbol as it is stored. */
  record(id: number, symbol: string): PriceRecord {
    const { facts } = this;
    const at = FACTS * id;
    const liveUntil = this.liveUntil(id, symbol);
    const record: PriceRecord = {
      symbol,
      price: this.#price(id),
      timestamp: facts[at + TIMESTAMP]!,
      receivedAt: facts[at + RECEIVED_AT]!,
      stamp: { venueTime: facts[at + VENUE_TIME]!, arrival: facts[at + ARRIVAL]! },
      gap: this.#gapOf(id),
      liveUntil: liveUntil === Infinity ? null : liveUntil,
    };
    return this.#details[id] === undefined ? record : { ...record, ...this.#storedDetails(id, symbol) };
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
    const ageMs = Math.max(0, now - this.facts[FACTS * id + RECEIVED_AT]!);
    const kind: PriceKind = isStored ? 'stored' : choice.kind;
    return {
      price: choice.price,
      currency: this.#details[id]?.currency ?? currency,
      kind,
      source: this.#sources[id]!,
      asOf: this.facts[FACTS * id + TIMESTAMP]!,
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

  // Of a price whose venue time is not above that of the known one: an older one is none, nor is the same once more.
  #isNews(id: number, fresh: PriceColumns, row: number): boolean {
    const { facts } = this;
    const at = FACTS * id;
    const venueTime = fresh.venueTimes[row]!;
    const arrival = fresh.arrivals[row]!;
    if (isBelow(venueTime, arrival, facts[at + VENUE_TIME]!, facts[at + ARRIVAL]!)) return false;
    const isSame =
      arrival === facts[at + ARRIVAL] &&
      fresh.units[row] === facts[at + UNITS] &&
      fresh.scales[row] === facts[at + SCALE]! % RECEIVED &&
      isSameDetails(fresh.details[row], this.#details[id]);
    return !(isSame && this.#isConfirmed(id));
  }

  #price(id: number): Decimal {
    return Decimal.ofUnits(this.facts[FACTS * id + UNITS]!, this.facts[FACTS * id + SCALE]! % RECEIVED);
  }

  /** Whether a price is known that a stream has brought, and nothing since has put in doubt. */
  #isConfirmed(id: number): boolean {
    return this.isKnown(id) && !this.#stored.has(id) && !this.#unconfirmed.has(id);
  }

  // It rises with a newer price and with a newer gap; a gap that a price has followed is forgotten, as it is in the store.
  #setMark(id: number): void {
    const at = FACTS * id;
    const arrival = this.facts[at + ARRIVAL]!;
    const gap = this.#gapOf(id);
    this.facts[at + MARK] = Math.floor(arrival) + Math.floor(gap > arrival ? gap : arrival);
  }

  // What limits the life of the price that was taken just now.
  #limit(id: number): void {
    this.#setMark(id);
    if (this.#isFromBeforeGap(id)) this.#limits.set(id, lastMsBefore(this.#gapOf(id)));
    else this.#limits.delete(id);
  }

  #gapOf(id: number): number {
    return this.#gaps.get(id) ?? 0;
  }

  #isFromBeforeGap(id: number): boolean {
    return this.isKnown(id) && this.facts[FACTS * id + ARRIVAL]! < this.#gapOf(id);
  }

  #reserve(id: number): void {
    while (this.#sources.length <= id) {
      this.#sources.push(undefined);
      this.#details.push(undefined);
    }
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
