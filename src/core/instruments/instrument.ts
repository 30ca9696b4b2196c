import { invalidArgument, quote } from '../errors.js';
import { currencyOf } from '../money/currency.js';
import { Decimal, type DecimalInput } from '../money/decimal.js';
import { Fraction } from '../money/fraction.js';

/** What a price counts: one unit, one per cent of the nominal (bonds), or `per` units (corn in cents: `{ per: 100 }`). */
export type Quotation = 'unit' | 'percent' | { readonly per: DecimalInput };

/**
 * How a position is valued (FIX tag 1197): `premium` when its worth was paid (shares, options, bonds, coins); `futures` when only
 * gains and losses are (futures, perpetuals, CFDs, margined FX).
 */
export type ValuationMethod = 'premium' | 'futures';

/** How the price of a symbol becomes money, as it is written down. */
export interface InstrumentInput {
  /** The symbol of positions and prices; 1 to 256 characters. */
  readonly symbol: string;
  /** Currency of the price, minor units included (`GBp`). */
  readonly currency: string;
  /**
   * Currency of value, cost and profit. Default: `currency`, or its major unit. Where it is another currency, price × multiplier is
   * already in it (quanto contracts). Required for inverse contracts.
   */
  readonly settlementCurrency?: string;
  /** Units of the underlying in one unit held; above 0. Default 1. Options on US shares: 100. */
  readonly multiplier?: DecimalInput;
  /** What the price counts. Default `'unit'`. */
  readonly quotation?: Quotation;
  /** Default `'premium'`. */
  readonly valuationMethod?: ValuationMethod;
  /** Whether one unit is worth `multiplier / price` of the settlement currency (coin-margined contracts). Default `false`. */
  readonly inverse?: boolean;
  /** Free labels to group positions by, such as `{ sector: 'Energy' }`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Name to show. */
  readonly name?: string;
}

/** Digits after the point that the worth of an inverse contract is rounded to when a trade or a settlement records it. */
export const INVERSE_SCALE = 36;

/**
 * How the price of a symbol becomes money. Immutable.
 *
 * ```ts
 * import { Instrument } from 'tickmark/instruments';
 *
 * const future = Instrument.of({ symbol: 'ESU4', currency: 'USD', multiplier: 50, valuationMethod: 'futures' });
 * future.worth(2, '5100').toString(); // '510000'
 * ```
 */
export class Instrument {
  readonly symbol: string;
  /** Currency of the price. */
  readonly currency: string;
  /** Currency of value, cost and profit; never a minor unit, unless it was given as one. */
  readonly settlementCurrency: string;
  readonly multiplier: Decimal;
  readonly quotation: 'unit' | 'percent' | { readonly per: Decimal };
  readonly valuationMethod: ValuationMethod;
  readonly inverse: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly name: string | undefined;
  /**
   * Worth of one unit at a price of 1 in the settlement currency: multiplier / divisor, and / 100 for prices in pence. Inverse
   * contracts: the multiplier.
   */
  readonly factor: Decimal;

  readonly #isHome: boolean;

  private constructor(input: InstrumentInput) {
    const { symbol } = input;
    if (typeof symbol !== 'string' || symbol.length === 0 || symbol.length > 256)
      throw invalidArgument('Instrument: symbol', symbol, 'a string of 1 to 256 characters');
    const where = `Instrument ${quote(symbol)}`;
    const { code, minorOf } = currencyOf(input.currency, `${where}: currency`);
    const { inverse = false, valuationMethod = 'premium', settlementCurrency } = input;
    if (typeof inverse !== 'boolean') throw invalidArgument(`${where}: inverse`, inverse, 'true or false');
    if (valuationMethod !== 'premium' && valuationMethod !== 'futures')
      throw invalidArgument(`${where}: valuationMethod`, valuationMethod, '"premium" or "futures"');
    if (inverse && valuationMethod !== 'futures')
      throw invalidArgument(`${where}: valuationMethod of an inverse contract`, valuationMethod, '"futures"');
    if (inverse && settlementCurrency === undefined)
      throw invalidArgument(`${where}: settlementCurrency of an inverse contract`, undefined, 'a currency');
    const major = minorOf?.code ?? code;
    this.symbol = symbol;
    this.currency = code;
    this.settlementCurrency =
      settlementCurrency === undefined
        ? major
        : currencyOf(settlementCurrency, `${where}: settlementCurrency`).code;
    this.multiplier = aboveZero(input.multiplier ?? 1, `${where}: multiplier`);
    this.quotation = quotationOf(input.quotation ?? 'unit', where);
    this.valuationMethod = valuationMethod;
    this.inverse = inverse;
    this.tags = Object.freeze({ ...input.tags });
    this.name = input.name;
    if (inverse && this.quotation !== 'unit')
      throw invalidArgument(`${where}: quotation of an inverse contract`, input.quotation, '"unit"');
    this.#isHome = this.settlementCurrency === major;
    const isMinorFolded = minorOf !== undefined && this.settlementCurrency === major;
    const divisor = divisorOf(this.quotation).times(Decimal.from(isMinorFolded ? minorOf.ratio : 1));
    const factor = inverse ? this.multiplier : endingQuotient(this.multiplier, divisor);
    if (factor === null)
      throw invalidArgument(
        `${where}: quotation`,
        input.quotation ?? input.currency,
        'a number whose only prime factors are 2 and 5',
      );
    this.factor = factor;
    Object.freeze(this);
  }

  /**
   * Checks an instrument and fills in its defaults.
   * @throws TickmarkError `INVALID_ARGUMENT` for a multiplier or divisor that is not above 0, a divisor with other prime factors than
   * 2 and 5, or an inverse contract without settlement currency; `UNKNOWN_CURRENCY`, `INVALID_DECIMAL`, `OUT_OF_RANGE`.
   */
  static of(input: InstrumentInput | Instrument): Instrument {
    return input instanceof Instrument ? input : new Instrument(input);
  }

  /** What a symbol without an entry in the catalog is: fully paid, one unit a price. @param currency Of price and cost. */
  static plain(symbol: string, currency: string): Instrument {
    return new Instrument({ symbol, currency });
  }

  /** Whether it is fully paid, and one unit is worth its price: a plain equity, also one that is quoted in pence. */
  get isPlain(): boolean {
    return (
      !this.isFutures && this.quotation === 'unit' && this.multiplier.equals(Decimal.ONE) && this.#isHome
    );
  }

  /** Whether only gains and losses are paid. */
  get isFutures(): boolean {
    return this.valuationMethod === 'futures';
  }

  /** Worth of a quantity at a price, in the settlement currency, exact. Differences of worth are profit. */
  exactWorth(quantity: Decimal, price: Decimal): Fraction {
    const amount = quantity.times(this.factor);
    if (!this.inverse) return Fraction.from(amount.times(price));
    return Fraction.from(amount).negated().dividedBy(Fraction.from(price));
  }

  /** Worth as a decimal: exact, and of inverse contracts rounded half-even to {@link INVERSE_SCALE} digits after the point. */
  worth(quantity: DecimalInput, price: DecimalInput): Decimal {
    const [units, at] = [
      Decimal.from(quantity, 'Instrument.worth: quantity'),
      Decimal.from(price, 'Instrument.worth: price'),
    ];
    if (!this.inverse) return units.times(this.factor).times(at).trimmed();
    if (at.sign <= 0)
      throw invalidArgument(
        `Instrument ${quote(this.symbol)}: price of an inverse contract`,
        at.toString(),
        'a price above zero',
      );
    return this.exactWorth(units, at).toDecimal(INVERSE_SCALE);
  }

  /** The price at which a quantity has a worth; `null` for a quantity of 0, and 0 for a worth of 0. */
  priceOf(quantity: Decimal, worth: Decimal): Fraction | null {
    if (quantity.isZero) return null;
    if (worth.isZero) return Fraction.ZERO;
    const amount = Fraction.from(quantity.times(this.factor));
    const exact = Fraction.from(worth);
    return this.inverse ? amount.negated().dividedBy(exact) : exact.dividedBy(amount);
  }

  /** As it was written down, with decimals as strings. */
  toJSON(): InstrumentInput {
    const {
      symbol,
      currency,
      settlementCurrency,
      multiplier,
      quotation,
      valuationMethod,
      inverse,
      tags,
      name,
    } = this;
    return {
      symbol,
      currency,
      settlementCurrency,
      multiplier: multiplier.toString(),
      quotation: typeof quotation === 'string' ? quotation : { per: quotation.per.toString() },
      valuationMethod,
      inverse,
      tags,
      ...(name !== undefined && { name }),
    };
  }
}

function quotationOf(given: Quotation, where: string): Instrument['quotation'] {
  if (given === 'unit' || given === 'percent') return given;
  if (typeof given === 'object' && given !== null && 'per' in given)
    return Object.freeze({ per: aboveZero(given.per, `${where}: quotation.per`) });
  throw invalidArgument(`${where}: quotation`, given, '"unit", "percent" or { per: number }');
}

function divisorOf(quotation: Instrument['quotation']): Decimal {
  if (quotation === 'unit') return Decimal.ONE;
  return quotation === 'percent' ? Decimal.from(100) : quotation.per;
}

// null where the quotient has no end as a decimal: what is folded into quantities must be exact.
function endingQuotient(dividend: Decimal, divisor: Decimal): Decimal | null {
  const scale = dividend.scale + 64;
  const quotient = dividend.dividedBy(divisor, scale).trimmed();
  return quotient.times(divisor).equals(dividend) ? quotient : null;
}

function aboveZero(input: DecimalInput, where: string): Decimal {
  const value = Decimal.from(input, where);
  if (value.sign > 0) return value.trimmed();
  throw invalidArgument(where, value.toString(), 'a number above zero');
}
