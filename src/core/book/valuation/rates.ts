import { SAME_CURRENCY, type Conversion } from '../../money/conversion.js';
import { Decimal } from '../../money/decimal.js';
import { Fraction, roundTogether } from '../../money/fraction.js';
import { add, type Integer } from '../../money/integer.js';
import type { PerformanceMetrics } from '../../portfolio/figures/performance-metrics.js';
import { inversePrice } from '../columns/inverse-prices.js';
import type { SubtotalUnits } from '../columns/computed-values.js';
import type { LiveConversion } from '../conversion-table.js';
import { percentOf } from './derived-figures.js';
import { exposureShares } from './exposure-shares.js';
import type { HeldCurrency, HeldInverse, LedgerFigures, LocalAmount } from './ledger-figures.js';
import { fractionOf } from './valuation-input.js';

/** What all positions are worth. */
export interface PositionsValue extends Pick<PerformanceMetrics, 'longExposure' | 'shortExposure'> {
  /** Rounded currency by currency. */
  readonly value: Decimal;
  /** Not rounded. */
  readonly exact: Fraction;
  /** Whether each currency has a rate. */
  readonly isKnown: boolean;
}

/** Of long and of short positions. */
type Sides<Amount = Decimal | null> = readonly [long: Amount, short: Amount];

/** The positions of a currency at one moment. */
interface CurrencyAmounts extends Pick<HeldCurrency, 'conversion' | 'scale' | 'settled'> {
  readonly units: Sides<Integer>;
  /** Of inverse contracts. */
  readonly worth: Sides<Fraction>;
}

const NO_WORTH: Sides<Fraction> = [Fraction.ZERO, Fraction.ZERO];
const ZEROS: Decimal[] = [];
const zeroAt = (scale: number): Decimal => (ZEROS[scale] ??= Decimal.ofUnits(0, scale));

/** Amounts in the portfolio's currency, at the rates of one moment; `null` without a rate. */
export class Rates {
  readonly #conversions: readonly LiveConversion[];
  readonly #scale: number;

  constructor(conversions: readonly LiveConversion[], scale: number) {
    this.#conversions = conversions;
    this.#scale = scale;
  }

  /** The value of all positions whose currency has a rate, and their exposure. */
  value(
    { currencies, inverses }: LedgerFigures,
    units: SubtotalUnits,
    inversePrices: Float64Array,
  ): PositionsValue {
    const list = typeof units === 'object' ? units : [units, 0];
    let value = zeroAt(this.#scale);
    let [longExposure, shortExposure]: Array<Decimal | null> = [value, value];
    let exact = Fraction.ZERO;
    let isKnown = true;
    for (const { conversion, subtotal, scale, settled } of currencies) {
      const [longUnits, shortUnits] = [list[2 * subtotal]!, list[2 * subtotal + 1]!];
      const amount = add(longUnits, shortUnits);
      const worth = inverses.length === 0 ? NO_WORTH : worthOfInverses(inverses, subtotal, inversePrices);
      const ofInverses = worth[0].plus(worth[1]);
      const sum = Fraction.from(Decimal.ofUnits(amount, scale)).plus(ofInverses);
      const rate = this.#rate(conversion, sum.sign);
      let rounded: Decimal | null = null;
      if (rate) {
        const here = converted(sum, rate);
        rounded = ofInverses.isZero
          ? Decimal.ofUnits(rate.rounded(amount, scale), this.#scale)
          : here.rounded(this.#scale);
        value = value.plus(rounded);
        exact = exact.plus(here);
      } else isKnown = false;
      const ofCurrency = { conversion, scale, units: [longUnits, shortUnits], settled, worth } as const;
      const [long, short] = this.#exposures(ofCurrency, rounded);
      longExposure = longExposure && long && longExposure.plus(long);
      shortExposure = shortExposure && short && shortExposure.plus(short);
    }
    return { value, exact, isKnown, longExposure, shortExposure };
  }

  /** Amounts of different currencies, each rounded by itself. */
  rounded(amounts: readonly LocalAmount[]): Decimal | null {
    let total = zeroAt(this.#scale);
    for (const { conversion, amount } of amounts) {
      const rate = this.#rate(conversion, amount.sign);
      if (!rate) return null;
      total = total.plus(converted(amount, rate).rounded(this.#scale));
    }
    return total;
  }

  /** Amounts of different currencies; one of 0 needs no rate. */
  exact(amounts: readonly LocalAmount[]): Fraction | null {
    let total = Fraction.ZERO;
    for (const { conversion, amount } of amounts) {
      if (amount.isZero) continue;
      const rate = this.#rate(conversion, amount.sign);
      if (!rate) return null;
      total = total.plus(converted(amount, rate));
    }
    return total;
  }

  /** What foreign cash is worth, less what its moves were worth. */
  cashFxPnl(figures: LedgerFigures): Decimal | null {
    const now = this.exact(
      figures.cash.flatMap(({ conversion, account }) =>
        this.#isHome(conversion) ? [] : [{ conversion, amount: Fraction.from(account.balance) }],
      ),
    );
    return now && figures.cashMoved && now.minus(figures.cashMoved).rounded(this.#scale);
  }

  /** @param exact Value of all positions. */
  dayPnl({ accrued, cash, dayBase }: LedgerFigures, exact: Fraction): Decimal | null {
    const rest = this.exact([
      ...accrued,
      ...cash.map(({ conversion, account }) => ({ conversion, amount: Fraction.from(account.balance) })),
    ]);
    return dayBase && rest && exact.plus(rest).minus(dayBase).rounded(this.#scale);
  }

  /** Unrealized P&L in per cent. @param exact Value of all positions. */
  percent({ exactCost, percentCost, percentWorths }: LedgerFigures, exact: Fraction): Decimal | null {
    const worths = percentWorths && this.exact(percentWorths);
    return percentOf(exactCost && exact.minus(exactCost), percentCost && worths && percentCost.plus(worths));
  }

  // Of one currency: rounded together, so that they sum to the rounded net exposure. `value` is the rounded value of the positions.
  #exposures({ conversion, scale, units, settled, worth }: CurrencyAmounts, value: Decimal | null): Sides {
    const zero = zeroAt(this.#scale);
    if (worth === NO_WORTH && settled[0].isZero && settled[1].isZero) {
      if (!value) return [null, null];
      if (units[1] === 0) return [value, zero];
      if (units[0] === 0) return [zero, value];
      if (this.#isHome(conversion)) return exposureShares(units[0], units[1], scale, value);
    }
    const exposureOf = (side: 0 | 1) =>
      Fraction.from(Decimal.ofUnits(units[side], scale)).plus(settled[side]).minus(worth[side]);
    const [long, short] = [exposureOf(0), exposureOf(1)];
    const rate = this.#rate(conversion, long.plus(short).sign);
    if (!rate) return [null, null];
    const shares = roundTogether([converted(long, rate), converted(short, rate)], this.#scale);
    return [shares[0]!, shares[1]!];
  }

  #isHome(conversion: number): boolean {
    const { from, to } = this.#conversions[conversion]!;
    return from === to;
  }

  #rate(conversion: number, sign: number): Conversion | null {
    const { sell, buy } = this.#conversions[conversion]!;
    return sign < 0 ? buy : sell;
  }
}

/** What the long and the short inverse contracts of a subtotal are worth. @param at Index of the subtotal. */
export function worthOfInverses(
  inverses: readonly HeldInverse[],
  at: number,
  prices: Float64Array,
): Sides<Fraction> {
  const worths: [Fraction, Fraction] = [Fraction.ZERO, Fraction.ZERO];
  for (const { subtotal, amount, contract } of inverses) {
    if (subtotal !== at) continue;
    const { units, scale } = inversePrice(prices, contract);
    const side = amount.sign > 0 ? 1 : 0;
    worths[side] = worths[side].plus(amount.dividedBy(Fraction.from(Decimal.ofUnits(units, scale))));
  }
  return worths;
}

function converted(amount: Fraction, { rate }: Conversion): Fraction {
  return rate === SAME_CURRENCY ? amount : amount.times(fractionOf(rate));
}
