import { invalidArgument, quote } from '../errors.js';
import { Decimal, type DecimalInput } from '../money/decimal.js';
import { checkNames } from '../option-names.js';

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
   * Currency of value, cost and profit; no minor unit. Default: `currency`, or its major unit. Where it is another currency, price ×
   * multiplier is already in it (quanto contracts). Required for inverse contracts.
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
  /** Name of its trading calendar, such as `us-equities`, one of the `calendars` of the book. Default: that of its stream, or none. */
  readonly calendar?: string;
}

/** What a price counts, checked. */
export type CheckedQuotation = 'unit' | 'percent' | { readonly per: Decimal };

const FIELDS = {
  symbol: true,
  currency: true,
  settlementCurrency: true,
  multiplier: true,
  quotation: true,
  valuationMethod: true,
  inverse: true,
  tags: true,
  name: true,
  calendar: true,
} satisfies Record<keyof InstrumentInput, true>;

/** The symbol of an input. @throws TickmarkError `INVALID_ARGUMENT` for what is no input, and for a symbol that is none. */
export function symbolOf(input: InstrumentInput): string {
  if (typeof input !== 'object' || input === null)
    throw invalidArgument('Instrument', input, 'an object with symbol and currency');
  const { symbol } = input;
  if (typeof symbol === 'string' && symbol.length > 0 && symbol.length <= 256) return symbol;
  throw invalidArgument('Instrument: symbol', symbol, 'a string of 1 to 256 characters');
}

/** Refuses a field that an instrument does not have: a multiplier that is misspelled must not become 1. */
export function checkFields(input: InstrumentInput, where: string): void {
  checkNames(where, 'field', input, FIELDS);
}

/** A frozen copy of tags. */
export function tagsOf(given: InstrumentInput['tags'], where: string): Readonly<Record<string, string>> {
  const accepted = 'an object of strings, such as { sector: "Energy" }';
  if (given === undefined) return Object.freeze({});
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidArgument(`${where}: tags`, given, accepted);
  for (const [tag, text] of Object.entries(given))
    if (typeof text !== 'string') throw invalidArgument(`${where}: tags: ${quote(tag)}`, text, 'a string');
  return Object.freeze({ ...given });
}

/** The name to show. */
export function nameOf(given: InstrumentInput['name'], where: string): string | undefined {
  if (given === undefined || typeof given === 'string') return given;
  throw invalidArgument(`${where}: name`, given, 'a string');
}

/** The name of its trading calendar. */
export function calendarOf(given: InstrumentInput['calendar'], where: string): string | undefined {
  if (given === undefined || (typeof given === 'string' && given.length > 0)) return given;
  throw invalidArgument(`${where}: calendar`, given, 'the name of a trading calendar, such as "us-equities"');
}

/** What a price counts. */
export function quotationOf(given: Quotation, where: string): CheckedQuotation {
  if (given === 'unit' || given === 'percent') return given;
  if (typeof given === 'object' && given !== null && 'per' in given)
    return Object.freeze({ per: aboveZero(given.per, `${where}: quotation.per`) });
  throw invalidArgument(`${where}: quotation`, given, '"unit", "percent" or { per: number }');
}

/** What a price is divided by. */
export function divisorOf(quotation: CheckedQuotation): Decimal {
  if (quotation === 'unit') return Decimal.ONE;
  return quotation === 'percent' ? Decimal.from(100) : quotation.per;
}

/** `null` where the quotient has no end as a decimal: what is folded into quantities must be exact. */
export function endingQuotient(dividend: Decimal, divisor: Decimal): Decimal | null {
  const scale = dividend.scale + 64;
  const quotient = dividend.dividedBy(divisor, scale).trimmed();
  return quotient.times(divisor).equals(dividend) ? quotient : null;
}

/** A decimal above 0. */
export function aboveZero(input: DecimalInput, where: string): Decimal {
  const value = Decimal.from(input, where);
  if (value.sign > 0) return value.trimmed();
  throw invalidArgument(where, value.toString(), 'a number above zero');
}
