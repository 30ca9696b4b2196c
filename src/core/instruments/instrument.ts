import { invalidArgument, quote } from '../errors.js';
import { currencyOf } from '../money/currency.js';
import { Decimal, type DecimalInput } from '../money/decimal.js';
import { Fraction } from '../money/fraction.js';
import {
  aboveZero,
  calendarOf,
  checkFields,
  divisorOf,
  endingQuotient,
  nameOf,
  quotationOf,
  symbolOf,
  tagsOf,
  type InstrumentInput,
  type ValuationMethod,
} from './instrument-input.js';
import { keepRaw } from '../keep-raw.js';

export type { InstrumentInput, Quotation, ValuationMethod } from './instrument-input.js';

const PRICE_OF_INVERSE = 'a price above zero: the contract is inverse';

/** Digits after the point that the worth of an inverse contract is rounded to when a trade or a settlement records it. */
export const INVERSE_SCALE = 36;

// Every portfolio that is loaded needs those of its symbols, and most are the same.
const PLAIN = new Map<string, Instrument>();
const MOST_PLAIN = 10_000;

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
  static {
    keepRaw(this);
  }

  readonly symbol: string;
  /** Currency of the price. */
  readonly currency: string;
  /** Currency of value, cost and profit; never a minor unit. */
  readonly settlementCurrency: string;
  readonly multiplier: Decimal;
  readonly quotation: 'unit' | 'percent' | { readonly per: Decimal };
  readonly valuationMethod: ValuationMethod;
  readonly inverse: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly name: string | undefined;
  /** Name of its trading calendar. */
  readonly calendar: string | undefined;
  /**
   * Worth of one unit at a price of 1 in the settlement currency: multiplier / divisor, and / 100 for prices in pence. Inverse
   * contracts: the multiplier.
   */
  readonly factor: Decimal;

  readonly #isHome: boolean;

  private constructor(input: InstrumentInput) {
    const symbol = symbolOf(input);
    const where = `Instrument ${quote(symbol)}`;
    checkFields(input, where);
    const { code, minorOf } = currencyOf(input.currency, `${where}: currency`);
    const { inverse = false, valuationMethod = 'premium', settlementCurrency } = input;
    const { multiplier = 1, quotation = 'unit' } = input;
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
    const settlement =
      settlementCurrency === undefined
        ? currencyOf(major)
        : currencyOf(settlementCurrency, `${where}: settlementCurrency`);
    if (settlement.minorOf)
      throw invalidArgument(
        `${where}: settlementCurrency`,
        settlement.code,
        `a currency that is no minor unit, such as ${settlement.minorOf.code}`,
      );
    this.settlementCurrency = settlement.code;
    this.multiplier = aboveZero(multiplier, `${where}: multiplier`);
    this.quotation = quotationOf(quotation, where);
    this.valuationMethod = valuationMethod;
    this.inverse = inverse;
    this.tags = tagsOf(input.tags, where);
    this.name = nameOf(input.name, where);
    this.calendar = calendarOf(input.calendar, where);
    if (inverse && this.quotation !== 'unit')
      throw invalidArgument(`${where}: quotation of an inverse contract`, quotation, '"unit"');
    this.#isHome = this.settlementCurrency === major;
    const isMinorFolded = minorOf !== undefined && this.settlementCurrency === major;
    const divisor = divisorOf(this.quotation).times(Decimal.from(isMinorFolded ? minorOf.ratio : 1));
    const factor = inverse ? this.multiplier : endingQuotient(this.multiplier, divisor);
    if (factor === null)
      throw invalidArgument(
        `${where}: ${typeof this.quotation === 'object' ? 'quotation.per' : 'currency'}`,
        typeof this.quotation === 'object' ? this.quotation.per.toString() : code,
        'a divisor whose only prime factors are 2 and 5',
      );
    this.factor = factor;
    Object.freeze(this);
  }

  /**
   * Checks an instrument and fills in its defaults.
   * @throws TickmarkError `INVALID_ARGUMENT` for a multiplier or divisor that is not above 0, a divisor with other prime factors than
   * 2 and 5, an inverse contract without settlement currency, or a field that there is not; `UNKNOWN_CURRENCY`, `INVALID_DECIMAL`,
   * `OUT_OF_RANGE`.
   */
  static of(input: InstrumentInput | Instrument): Instrument {
    return input instanceof Instrument ? input : new Instrument(input);
  }

  /** What a symbol without an entry in the catalog is: fully paid, one unit a price. @param currency Of price and cost. */
  static plain(symbol: string, currency: string): Instrument {
    const key = `${currency} ${symbol}`;
    let plain = PLAIN.get(key);
    if (!plain) {
      if (PLAIN.size === MOST_PLAIN) PLAIN.clear();
      PLAIN.set(key, (plain = new Instrument({ symbol, currency })));
    }
    return plain;
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

  /**
   * Worth as a decimal: exact, and of inverse contracts rounded half-even to {@link INVERSE_SCALE} digits after the point.
   * @param where Names the price in errors. Default: the instrument.
   * @throws TickmarkError `INVALID_ARGUMENT` for a price of an inverse contract that is not above 0; `INVALID_DECIMAL`, `OUT_OF_RANGE`.
   */
  worth(quantity: DecimalInput, price: DecimalInput, where?: string): Decimal {
    // Quantities after many splits have more digits than inputs.
    const units =
      quantity instanceof Decimal ? quantity : Decimal.from(quantity, 'Instrument.worth: quantity');
    const at = Decimal.from(price, 'Instrument.worth: price');
    if (!this.inverse) return units.times(this.factor).times(at).trimmed();
    if (at.sign <= 0)
      throw invalidArgument(
        where ?? `Instrument ${quote(this.symbol)}: price`,
        at.toString(),
        PRICE_OF_INVERSE,
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
      calendar,
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
      ...(calendar !== undefined && { calendar }),
    };
  }
}
