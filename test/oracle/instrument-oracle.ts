/** How a price becomes money, as fractions. It shares no code with the library. */
import { ZERO, compare, divide, multiply, parse, rounded, subtract, type Rational } from './rational.js';

/** How the price of a symbol becomes money. */
export interface OracleInstrument {
  readonly symbol: string;
  readonly currency: string;
  readonly settlementCurrency?: string;
  readonly multiplier?: string;
  readonly quotation?: 'unit' | 'percent' | { readonly per: string };
  readonly valuationMethod?: 'premium' | 'futures';
  readonly inverse?: boolean;
}

/** `null` is unknown. */
export type Known = Rational | null;

export const ONE: Rational = { n: 1n, d: 1n };
export const HUNDRED: Rational = { n: 100n, d: 1n };

/** Digits after the point of an amount of money, of the currencies that the tests use. */
export const SCALES: Readonly<Record<string, number>> = {
  USD: 2,
  EUR: 2,
  GBP: 2,
  GBp: 2,
  ZAR: 2,
  ZAc: 2,
  ILS: 2,
  ILA: 2,
  CHF: 2,
  JPY: 0,
  KWD: 3,
  BTC: 8,
};

export const MINOR_UNITS: ReadonlyArray<readonly [minor: string, major: string]> = [
  ['GBp', 'GBP'],
  ['ZAc', 'ZAR'],
  ['ILA', 'ILS'],
];

/** Pounds for pence; others are their own. */
export function major(currency: string): string {
  return MINOR_UNITS.find(([minor]) => minor === currency)?.[1] ?? currency;
}

/** The rate that never changes: between a currency and its minor unit; `null` between others. */
export function fixedRate(from: string, to: string): Known {
  if (major(from) !== major(to)) return null;
  return divide(
    from === major(from) ? ONE : divide(ONE, HUNDRED),
    to === major(to) ? ONE : divide(ONE, HUNDRED),
  );
}

/** Currency of value, cost and profit. */
export function settlementOf({ currency, settlementCurrency }: OracleInstrument): string {
  return settlementCurrency ?? major(currency);
}

export function isFuturesStyle({ valuationMethod }: OracleInstrument): boolean {
  return valuationMethod === 'futures';
}

/** Worth of one unit at a price of 1 in the settlement currency; of inverse contracts the multiplier. */
export function worthOfOne(instrument: OracleInstrument): Rational {
  const { multiplier = '1', quotation = 'unit', currency, inverse } = instrument;
  if (inverse) return parse(multiplier);
  const divisor = quotation === 'unit' ? ONE : quotation === 'percent' ? HUNDRED : parse(quotation.per);
  const isMinor = currency !== major(currency) && settlementOf(instrument) === major(currency);
  return divide(divide(parse(multiplier), divisor), isMinor ? HUNDRED : ONE);
}

/** Worth of a quantity at a price, exact. */
export function worth(instrument: OracleInstrument, quantity: Rational, price: Rational): Rational {
  const amount = multiply(quantity, worthOfOne(instrument));
  return instrument.inverse ? subtract(ZERO, divide(amount, price)) : multiply(amount, price);
}

/** What is recorded of a worth: of inverse contracts, 36 digits after the point. */
export function recordedWorth(instrument: OracleInstrument, quantity: Rational, price: Rational): Rational {
  const amount = worth(instrument, quantity, price);
  return instrument.inverse ? parse(rounded(amount, 36)) : amount;
}

/** The price at which a quantity has a worth; 0 for a worth of 0. */
export function priceFor(instrument: OracleInstrument, quantity: Rational, amount: Rational): Known {
  if (amount.n === 0n) return ZERO;
  const units = multiply(quantity, worthOfOne(instrument));
  return instrument.inverse ? subtract(ZERO, divide(units, amount)) : divide(amount, units);
}

/** Fully paid, and one unit is worth its price, also in pence: such a symbol may be quoted in any currency. */
export function isPlainEquity(instrument: OracleInstrument): boolean {
  const { multiplier = '1', quotation = 'unit', currency } = instrument;
  return (
    !isFuturesStyle(instrument) &&
    compare(parse(multiplier), ONE) === 0 &&
    quotation === 'unit' &&
    settlementOf(instrument) === major(currency)
  );
}

/** How prices in some currency read as those of an instrument; `null` for a currency that it is not quoted in. */
export interface Quotation {
  /** Worth of a quantity at such a price; `null` for a price of inverse contracts that is not above 0. */
  readonly worthAt: (quantity: Rational, price: Rational) => Known;
  /** Worth of an amount per unit, such as accrued interest. */
  readonly amountOf: (quantity: Rational, perUnit: Rational) => Rational;
  /** Currency of the worth. */
  readonly currency: string;
}

/** How prices in a currency read. */
export function quotationIn(instrument: OracleInstrument, priceCurrency: string): Quotation | null {
  const ratio = fixedRate(priceCurrency, instrument.currency);
  if (ratio) {
    return {
      worthAt: (quantity, price) =>
        instrument.inverse && price.n <= 0n ? null : worth(instrument, quantity, multiply(price, ratio)),
      amountOf: (quantity, perUnit) =>
        multiply(multiply(quantity, worthOfOne(instrument)), multiply(perUnit, ratio)),
      currency: settlementOf(instrument),
    };
  }
  if (!isPlainEquity(instrument)) return null;
  const currency = major(priceCurrency);
  const inMajor = (quantity: Rational, price: Rational) =>
    multiply(multiply(quantity, price), fixedRate(priceCurrency, currency)!);
  return { worthAt: inMajor, amountOf: inMajor, currency };
}
