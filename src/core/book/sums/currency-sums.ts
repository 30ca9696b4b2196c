import { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import { bigOf, integerOf, type Integer } from '../../money/integer.js';
import { majorOf } from '../../money/minor-units.js';
import { ratioBetween } from '../valuation/valuation-input.js';

/** Exact amounts of many portfolios in one currency, neither converted nor rounded. Of positions, only those with a price count. */
export interface CurrencySum {
  /** Never a minor unit: pence count as pounds. */
  readonly currency: string;
  readonly marketValue: Fraction;
  readonly accruedInterest: Fraction;
  readonly longExposure: Fraction;
  /** Zero or less. */
  readonly shortExposure: Fraction;
  readonly cash: Fraction;
}

/** The amounts of a {@link CurrencySum}. */
export const SUMMED_FIGURES = [
  'marketValue',
  'accruedInterest',
  'longExposure',
  'shortExposure',
  'cash',
] as const;

/** Name of an amount of a {@link CurrencySum}. */
export type SummedFigure = (typeof SUMMED_FIGURES)[number];

/** What many portfolios are worth in each currency that they have something in. Sums of disjoint sets of portfolios can be added. */
export interface CurrencySums {
  /** Number of portfolios. */
  readonly portfolios: number;
  /** Number of those with a position that has no price, which is in no sum. */
  readonly unpriced: number;
  /** In the order of the codes. */
  readonly currencies: readonly CurrencySum[];
}

/** Integers by their number of digits after the point: adding one seldom makes a bigint. */
class ScaledSum {
  readonly #units: number[] = [];
  readonly #full: bigint[] = [];

  add(units: Integer, scale: number): void {
    while (this.#units.length <= scale) {
      this.#units.push(0);
      this.#full.push(0n);
    }
    const sum = typeof units === 'number' ? this.#units[scale]! + units : NaN;
    if (Number.isSafeInteger(sum)) this.#units[scale] = sum;
    else this.#full[scale]! += bigOf(units);
  }

  get exact(): Fraction {
    return this.#units.reduce<Fraction>((sum, units, scale) => {
      const total = Decimal.ofUnits(integerOf(this.#full[scale]! + BigInt(units)), scale);
      return sum.plus(Fraction.from(total));
    }, Fraction.ZERO);
  }
}

/** Sums in one currency, which may be a minor unit. */
class OpenSum {
  /** Quantity × price of long and of short positions: in market value and in exposure. */
  readonly long = new ScaledSum();
  readonly short = new ScaledSum();
  readonly cash = new ScaledSum();
  /** What is in one figure alone. */
  readonly rest: Partial<Record<SummedFigure, Fraction>> = {};

  in(figure: SummedFigure): Fraction {
    const rest = this.rest[figure] ?? Fraction.ZERO;
    if (figure === 'cash') return rest.plus(this.cash.exact);
    if (figure === 'longExposure') return rest.plus(this.long.exact);
    if (figure === 'shortExposure') return rest.plus(this.short.exact);
    return figure === 'marketValue' ? rest.plus(this.long.exact).plus(this.short.exact) : rest;
  }
}

/** Adds up what portfolios are worth, by currency. */
export class CurrencySummation {
  portfolios = 0;
  unpriced = 0;
  readonly #sums = new Map<string, OpenSum>();
  #last: OpenSum | undefined;
  #lastCurrency: string | undefined;

  /** Adds quantity × price of long and of short positions, in units of `scale`. */
  addPositions(currency: string, long: Integer, short: Integer, scale: number): void {
    const sum = this.#in(currency);
    sum.long.add(long, scale);
    if (short !== 0) sum.short.add(short, scale);
  }

  /** Adds a balance. */
  addCash(currency: string, { heldUnits, scale }: Decimal): void {
    this.#in(currency).cash.add(heldUnits, scale);
  }

  /** Adds to one figure. */
  add(figure: SummedFigure, currency: string, amount: Fraction): void {
    if (amount.isZero) return;
    const { rest } = this.#in(currency);
    rest[figure] = rest[figure]?.plus(amount) ?? amount;
  }

  /** The sums so far. */
  result(): CurrencySums {
    const { portfolios, unpriced } = this;
    const parts = [...this.#sums].map(([code, open]) => {
      const currency = majorOf(code);
      const ratio = ratioBetween(code, currency)!;
      return sumOf(currency, (figure) => open.in(figure).times(ratio));
    });
    return { portfolios, unpriced, currencies: merged(parts) };
  }

  #in(currency: string): OpenSum {
    // Most portfolios have the currency of the one before.
    if (currency === this.#lastCurrency) return this.#last!;
    let sum = this.#sums.get(currency);
    if (!sum) this.#sums.set(currency, (sum = new OpenSum()));
    [this.#last, this.#lastCurrency] = [sum, currency];
    return sum;
  }
}

/** The sums of several sets of portfolios that have none in common. */
export function addSums(all: Iterable<CurrencySums>): CurrencySums {
  let [portfolios, unpriced] = [0, 0];
  const parts: CurrencySum[] = [];
  for (const each of all) {
    portfolios += each.portfolios;
    unpriced += each.unpriced;
    parts.push(...each.currencies);
  }
  return { portfolios, unpriced, currencies: merged(parts) };
}

function merged(parts: readonly CurrencySum[]): CurrencySum[] {
  const byCurrency = new Map<string, CurrencySum>();
  for (const part of parts) {
    const known = byCurrency.get(part.currency);
    const sum = known ? sumOf(part.currency, (figure) => known[figure].plus(part[figure])) : part;
    byCurrency.set(part.currency, sum);
  }
  return [...byCurrency.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

function sumOf(currency: string, amount: (figure: SummedFigure) => Fraction): CurrencySum {
  const [marketValue, accruedInterest, longExposure, shortExposure, cash] = SUMMED_FIGURES.map(amount);
  return {
    currency,
    marketValue: marketValue!,
    accruedInterest: accruedInterest!,
    longExposure: longExposure!,
    shortExposure: shortExposure!,
    cash: cash!,
  };
}
