import { SAME_CURRENCY } from '../money/conversion.js';
import { currencyOf } from '../money/currency.js';
import { Decimal } from '../money/decimal.js';
import { Fraction, roundTogether } from '../money/fraction.js';
import type { FxRate } from '../money/fx-rates.js';
import type { CurrencySum, CurrencySums } from '../book/sums/currency-sums.js';

/** What many portfolios are worth, in one currency. */
export interface CurrencyTotal {
  readonly currency: string;
  /** Of positions with a price. */
  readonly marketValue: Decimal;
  readonly accruedInterest: Decimal;
  readonly cash: Decimal;
  /** `marketValue + accruedInterest + cash`. */
  readonly equity: Decimal;
  readonly longExposure: Decimal;
  /** Zero or less. */
  readonly shortExposure: Decimal;
  /** `longExposure − shortExposure`. */
  readonly grossExposure: Decimal;
  /** `longExposure + shortExposure`. */
  readonly netExposure: Decimal;
}

/** A {@link CurrencyTotal} of amounts in many currencies. */
export interface ConvertedTotal extends CurrencyTotal {
  /** Currencies without a rate: what is in them is in no figure. */
  readonly unconverted: readonly string[];
}

/** Where rates come from, such as a book. */
export interface RateSource {
  rate(from: string, to: string): FxRate | null;
}

type Amounts = Omit<CurrencyTotal, 'currency' | 'equity' | 'grossExposure' | 'netExposure'>;

/** A total for each currency: the exact sum, rounded once, half-even, to the digits of the currency. Long and short are rounded together. */
export function totalsByCurrency({ currencies }: CurrencySums): CurrencyTotal[] {
  return currencies.map((sum) => {
    const { scale } = currencyOf(sum.currency);
    return { currency: sum.currency, ...withDerived(roundedAmounts(sum, Fraction.ONE, scale)) };
  });
}

/**
 * One total in a currency: the exact sum of each currency is converted at one rate and rounded once, half-even; the total adds the rounded
 * amounts, so it is the sum of its parts.
 *
 * @example
 * ```ts
 * import { PositionBook, convertedTotal } from 'tickmark/parts';
 *
 * const book = new PositionBook({ fx: ['EUR/USD'] });
 * console.log(convertedTotal(book.currencySums(), 'USD', book).equity.toString()); // 0.00
 * ```
 * @throws TickmarkError `UNKNOWN_CURRENCY`.
 */
export function convertedTotal(
  { currencies }: CurrencySums,
  currency: string,
  rates: RateSource,
): ConvertedTotal {
  const { scale } = currencyOf(currency, 'convertedTotal: currency');
  const unconverted: string[] = [];
  let total = zeroAmounts(scale);
  for (const sum of currencies) {
    const rate = sum.currency === currency ? SAME_CURRENCY : rates.rate(sum.currency, currency);
    if (!rate) {
      unconverted.push(sum.currency);
      continue;
    }
    total = added(total, roundedAmounts(sum, Fraction.of(rate.numerator, rate.denominator), scale));
  }
  return { currency, ...withDerived(total), unconverted };
}

function roundedAmounts(sum: CurrencySum, rate: Fraction, scale: number): Amounts {
  const rounded = (amount: Fraction) => amount.times(rate).rounded(scale);
  const sides = [sum.longExposure.times(rate), sum.shortExposure.times(rate)];
  const [longExposure, shortExposure] = roundTogether(sides, scale);
  return {
    marketValue: rounded(sum.marketValue),
    accruedInterest: rounded(sum.accruedInterest),
    cash: rounded(sum.cash),
    longExposure: longExposure!,
    shortExposure: shortExposure!,
  };
}

function zeroAmounts(scale: number): Amounts {
  const zero = Decimal.ofUnits(0, scale);
  return { marketValue: zero, accruedInterest: zero, cash: zero, longExposure: zero, shortExposure: zero };
}

function added(a: Amounts, b: Amounts): Amounts {
  return {
    marketValue: a.marketValue.plus(b.marketValue),
    accruedInterest: a.accruedInterest.plus(b.accruedInterest),
    cash: a.cash.plus(b.cash),
    longExposure: a.longExposure.plus(b.longExposure),
    shortExposure: a.shortExposure.plus(b.shortExposure),
  };
}

function withDerived(amounts: Amounts): Omit<CurrencyTotal, 'currency'> {
  const { marketValue, accruedInterest, cash, longExposure, shortExposure } = amounts;
  return {
    ...amounts,
    equity: marketValue.plus(accruedInterest).plus(cash),
    grossExposure: longExposure.minus(shortExposure),
    netExposure: longExposure.plus(shortExposure),
  };
}
