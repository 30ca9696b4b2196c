import { invalidArgument } from '../errors.js';
import { Conversion, SAME_CURRENCY } from '../money/conversion.js';
import { currencyOf } from '../money/currency.js';
import { Decimal } from '../money/decimal.js';
import type { FxRate, FxRates } from '../money/fx-rates.js';

/** How amounts are converted: `last` at the last price of a pair; `sides` at the bid for amounts above zero and the ask for those below. */
export type FxPolicy = 'last' | 'sides';

/** A conversion from one currency into a portfolio's, at the rates of one moment; `null` while no rate is known. */
export interface LiveConversion {
  readonly from: string;
  readonly to: string;
  /** For amounts from zero up. */
  readonly sell: Conversion | null;
  /** For amounts below zero. */
  readonly buy: Conversion | null;
}

const NO_CONVERSIONS: ReadonlySet<number> = new Set();

/** The conversions that the subtotals of a book use, by number; brought up to date before totals are computed. */
export class ConversionTable {
  readonly #rates: FxRates;
  readonly #policy: FxPolicy;
  readonly #numbers = new Map<string, number>();
  #all: readonly LiveConversion[] = [];
  #version = -1;
  #expiresAt = Infinity;

  constructor(rates: FxRates, policy: FxPolicy) {
    if (policy !== 'last' && policy !== 'sides') {
      throw invalidArgument('PositionBook: fxPolicy', policy, '"last" or "sides"');
    }
    this.#rates = rates;
    this.#policy = policy;
  }

  /** Age in ms from which a rate counts as unknown. */
  get maxAgeMs(): number {
    return this.#rates.maxAgeMs;
  }

  /** When the next rate becomes too old, ms since 1970; Infinity: none does. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  /** The number of a conversion. @param now ms since 1970: which rates are too old. */
  numberOf(from: string, to: string, now: number): number {
    const key = `${from}\n${to}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#all.length;
      this.#numbers.set(key, number);
      const unknown: LiveConversion = { from, to, sell: null, buy: null };
      this.#all = [...this.#all, this.#refreshed(unknown, now)];
    }
    return number;
  }

  /** All conversions by number, as they are now; the list does not change later. */
  get current(): readonly LiveConversion[] {
    return this.#all;
  }

  /** The conversion of a number. */
  at(number: number): LiveConversion {
    return this.#all[number]!;
  }

  /** The rate for an amount of a sign; `null` when none is known that is young enough. */
  rate(from: string, to: string, sign: number, now: number): FxRate | null {
    if (from === to) return SAME_CURRENCY;
    return this.#rates.rate(from, to, now, this.#policy === 'last' ? 'last' : sign < 0 ? 'buy' : 'sell');
  }

  /** Rises with each change of a previous close of a pair. */
  get previousVersion(): number {
    return this.#rates.previousVersion;
  }

  /** The rate of the previous day; `null` when it is not known. */
  previousRate(from: string, to: string, now: number): FxRate | null {
    return from === to ? SAME_CURRENCY : this.#rates.rate(from, to, now, 'previous');
  }

  /** Converts an amount at current rates, rounded once, half-even, to the scale of `to`; `null` without a rate. */
  convert(amount: Decimal, from: string, to: string, now: number): Decimal | null {
    const rate = this.rate(from, to, amount.sign, now);
    if (!rate) return null;
    const { scale } = currencyOf(to);
    return Decimal.ofUnits(new Conversion(rate, scale).exactUnits(amount.units, amount.scale), scale);
  }

  /** Takes in rates that have changed or become too old. @returns the numbers of the conversions that this changes. */
  refresh(now: number): ReadonlySet<number> {
    if (this.#version === this.#rates.version && now <= this.#expiresAt) return NO_CONVERSIONS;
    const changed = new Set<number>();
    this.#version = this.#rates.version;
    this.#expiresAt = Infinity;
    const fresh = this.#all.map((conversion, number) => {
      const refreshed = this.#refreshed(conversion, now);
      if (refreshed !== conversion) changed.add(number);
      return refreshed;
    });
    if (changed.size > 0) this.#all = fresh;
    return changed;
  }

  // The same object where its rates are the same.
  #refreshed(conversion: LiveConversion, now: number): LiveConversion {
    const { from, to } = conversion;
    const sell = this.rate(from, to, 1, now);
    const buy = this.#policy === 'last' || !sell ? sell : this.rate(from, to, -1, now);
    if (sell) this.#expiresAt = Math.min(this.#expiresAt, sell.oldestReceivedAt + this.#rates.maxAgeMs);
    if (isSame(conversion.sell, sell) && isSame(conversion.buy, buy)) return conversion;
    const { scale } = currencyOf(to);
    const selling = sell && new Conversion(sell, scale);
    return { from, to, sell: selling, buy: buy === sell ? selling : buy && new Conversion(buy, scale) };
  }
}

function isSame(known: Conversion | null, fresh: FxRate | null): boolean {
  if (!known || !fresh) return known === fresh;
  const { rate } = known;
  return (
    rate.numerator === fresh.numerator &&
    rate.denominator === fresh.denominator &&
    rate.newest === fresh.newest &&
    rate.oldest === fresh.oldest &&
    rate.oldestReceivedAt === fresh.oldestReceivedAt
  );
}
