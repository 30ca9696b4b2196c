import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { Decimal, MAX_SCALE } from '../money/decimal.js';
import type { FxQuote } from '../money/fx-rates.js';
import { PriceColumns, newerDetails } from '../market-data/price-columns.js';
import type { PriceRecord } from '../portfolio/portfolio-repository.js';
import type { PriceKind, PriceUsed } from '../portfolio/portfolio-valuation.js';
import { lastPrice, type PriceChoice, type PricePolicy, type Quote, type Side } from './price-policy.js';

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
  readonly policy: PricePolicy;
  readonly #staleAfter: StaleAfter;
  readonly #onError: ((error: TickmarkError) => void) | undefined;
  readonly #sources: Array<string | undefined> = [];
  readonly #stored = new Set<number>();
  /** Prices that a break has overtaken: something newer may have been missed. */
  readonly #overtaken = new Set<number>();

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

  /** Takes row `row` of `fresh`, unless it is older than what is known. */
  accept(id: number, fresh: PriceColumns, row: number, source: string): boolean {
    const { prices } = this;
    const isFromStream = this.isKnown(id) && (this.#stored.size === 0 || !this.#stored.has(id));
    if (isFromStream && prices.isRowNewer(id, fresh, row)) return false;
    while (this.#sources.length <= id) this.#sources.push(undefined);
    prices.reserve(id);
    const known = prices.details[id];
    prices.copy(id, fresh, row);
    prices.details[id] = newerDetails(known, prices.details[id]);
    this.#sources[id] = source;
    if (this.#stored.size > 0) this.#stored.delete(id);
    if (this.#overtaken.size > 0) this.#overtaken.delete(id);
    return true;
  }

  /** Marks a symbol's price as one from the store: any price from a stream replaces it. */
  markStored(id: number): void {
    this.#stored.add(id);
  }

  /** Grades a symbol's price stale, whatever its age, until a newer one comes. */
  markStale(id: number): void {
    if (this.isKnown(id)) this.#overtaken.add(id);
  }

  /** {@link markStale} for every symbol. */
  markAllStale(): void {
    for (let id = 0; id < this.#sources.length; id++) this.markStale(id);
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
    const { last, previousClose } = this.quote(id, symbol);
    const currency = this.currency(id);
    return {
      symbol,
      price: last,
      timestamp: this.prices.timestamps[id]!,
      ...(currency !== undefined && { currency }),
      ...(previousClose && { previousClose }),
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
      // A quiet symbol outside its session is not stale: nothing newer can be expected.
      grade:
        state === 'halted'
          ? 'halted'
          : state === 'closed'
            ? 'delayed'
            : isStored || this.#overtaken.has(id) || !(ageMs <= this.#liveFor(symbol))
              ? 'stale'
              : state === 'delayed'
                ? 'delayed'
                : 'live',
    };
  }

  #liveFor(symbol: string): number {
    try {
      return typeof this.#staleAfter === 'number' ? this.#staleAfter : this.#staleAfter(symbol);
    } catch (cause) {
      this.#report(`staleAfter threw: prices of ${quote(symbol)} are graded stale.`, cause);
      return NaN;
    }
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
