import { SAME_CURRENCY } from '../../money/conversion.js';
import { currencyOf } from '../../money/currency.js';
import { majorOf } from '../../money/minor-units.js';
import type { Instrument } from '../../instruments/instrument.js';
import type { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import type { FxRate } from '../../money/fx-rates.js';
import type { CashAccount } from '../../portfolio/ledger/cash-account.js';
import type { DayContext } from '../../portfolio/ledger/day-history.js';
import type { KnownSum } from '../../portfolio/ledger/known-sum.js';
import type { LedgerRow } from '../../portfolio/ledger/ledger-row.js';
import type { PriceUsed, SessionName } from '../../portfolio/figures/portfolio-valuation.js';

/** What a ledger has earned and paid, in the portfolio's currency. */
export interface LedgerSums {
  readonly income: KnownSum;
  readonly fees: KnownSum;
  readonly taxes: KnownSum;
  readonly expenses: KnownSum;
  readonly netContributions: KnownSum;
}

/** One position and the price that values it. */
export interface ValuationRow {
  readonly row: LedgerRow;
  readonly price: PriceUsed | null;
  /** Accrued interest, as the price is quoted; `null` where there is none. */
  readonly accrued: Decimal | null;
}

/** All that goes into one valuation: a consistent cut. */
export interface ValuationInput {
  readonly portfolioId: string;
  readonly version: number;
  readonly currency: string;
  readonly cash: ReadonlyMap<string, CashAccount>;
  readonly rows: readonly ValuationRow[];
  /** Rows of symbols that are flat. */
  readonly closed: readonly LedgerRow[];
  readonly sums: LedgerSums;
  readonly day: DayContext;
  /** The trading day that a symbol is in; `null` without a calendar. */
  readonly sessionOf: (symbol: string) => SessionName | null;
  /** Start of the day for cash, ms since 1970. */
  readonly dayStart: number;
  /** Currency of a symbol's prices; `undefined` where the stream gives none. */
  readonly priceCurrency: (symbol: string) => string | undefined;
  /** Rate from a currency to the portfolio's, for an amount of that sign; `null` when unknown. */
  readonly rate: (from: string, sign: number) => FxRate | null;
  readonly now: number;
}

/** What a row is worth, exact, in {@link RowWorth.currency}. */
export interface RowWorth {
  /** The price as the instrument quotes it. */
  readonly quoted: Fraction | null;
  /** Of the price, or of the instrument without one; never a minor unit. */
  readonly currency: string;
  /** Worth of the whole quantity. */
  readonly worth: Fraction | null;
  readonly marketValue: Fraction | null;
  readonly exposure: Fraction | null;
  readonly accrued: Fraction;
}

/**
 * What a position is worth at its price. A plain equity may be quoted in another currency than it was bought in, and then has its
 * value in that one; the price of an instrument of the catalog must be in its currency, or in the minor or major unit of that.
 */
export function worthOf({ row, price, accrued }: ValuationRow): RowWorth {
  const { instrument, quantity, settledWorth } = row;
  const unpriced: RowWorth = {
    quoted: null,
    currency: instrument.settlementCurrency,
    worth: null,
    marketValue: null,
    exposure: null,
    accrued: Fraction.ZERO,
  };
  const quoted = price && quotationOf(instrument, price.currency);
  if (!quoted || !isUsable(price, instrument)) return unpriced;
  const at = Fraction.from(price.price).times(quoted.ratio);
  const amount = Fraction.from(quantity.times(instrument.factor));
  const worth = instrument.inverse ? amount.negated().dividedBy(at) : amount.times(at);
  return {
    quoted: at,
    currency: quoted.currency,
    worth,
    marketValue: instrument.isFutures ? worth.minus(Fraction.from(settledWorth)) : worth,
    exposure: instrument.inverse ? worth.negated() : worth,
    accrued: accrued ? amount.times(Fraction.from(accrued)).times(quoted.ratio) : Fraction.ZERO,
  };
}

/** Whether a price can value an instrument: it is in a currency that the instrument is quoted in, and above 0 for inverse contracts. */
export function isUsable(
  { price, currency }: Pick<PriceUsed, 'price' | 'currency'>,
  instrument: Instrument,
): boolean {
  return quotationOf(instrument, currency) !== null && (!instrument.inverse || price.sign > 0);
}

/**
 * How a price in some currency reads as the instrument quotes it: what to multiply it by, and the currency of the worth that it then
 * gives; `null` for a currency that the instrument is not quoted in. A plain equity may be quoted in any.
 */
export function quotationOf(
  instrument: Instrument,
  priceCurrency: string | undefined,
): { readonly ratio: Fraction; readonly currency: string } | null {
  const quoted = priceCurrency ?? instrument.currency;
  const ratio = ratioBetween(quoted, instrument.currency);
  if (ratio) return { ratio, currency: instrument.settlementCurrency };
  if (!instrument.isPlain) return null;
  const currency = majorOf(quoted);
  return { ratio: ratioBetween(quoted, currency)!.dividedBy(Fraction.from(instrument.factor)), currency };
}

/** Units of `to` for one unit of `from`, where both are the same currency or one is the minor unit of the other; else `null`. */
export function ratioBetween(from: string, to: string): Fraction | null {
  if (from === to) return Fraction.of(1n, 1n);
  const [a, b] = [currencyOf(from), currencyOf(to)];
  if ((a.minorOf?.code ?? from) !== (b.minorOf?.code ?? to)) return null;
  return Fraction.of(BigInt(b.minorOf?.ratio ?? 1), BigInt(a.minorOf?.ratio ?? 1));
}

/** A rate as a fraction. */
export function fractionOf(rate: FxRate): Fraction {
  return rate === SAME_CURRENCY ? Fraction.of(1n, 1n) : Fraction.of(rate.numerator, rate.denominator);
}
