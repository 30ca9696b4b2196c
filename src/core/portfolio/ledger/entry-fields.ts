import { TickmarkError, invalidArgument, quote } from '../../errors.js';
import { isoTimeOf } from '../../iso-text.js';
import { currencyOf } from '../../money/currency.js';
import { Decimal, type DecimalInput } from '../../money/decimal.js';
import { checkedName } from '../checked-name.js';
import type { LedgerEntryType, TimeInput } from './ledger-entry.js';
import { checkNames } from '../../option-names.js';

/** Most significant digits of a rate of an entry, so that costs stay exact without growing. */
const RATE_DIGITS = 18;

/** The end of the year 9999, ms since 1970: today in microseconds is later. */
const LATEST = 253_402_300_799_999;

/** Characters of an id: room for a symbol and what is said about it. */
const LONGEST_ID = 300;

type Reader = (given: unknown, where: string) => unknown;
interface Rule {
  readonly read: Reader;
  readonly isOptional: boolean;
}

/** A field of entries, and how it is read. */
export interface Field extends Rule {
  readonly name: string;
}

const need = (read: Reader): Rule => ({ read, isOptional: false });
const may = (read: Reader): Rule => ({ read, isOptional: true });

const amount = (given: unknown, where: string): Decimal =>
  Decimal.from(given as DecimalInput, where).trimmed();
const total = (given: unknown, where: string): Decimal =>
  Decimal.fromTotal(given as DecimalInput, where).trimmed();
const aboveZero = (value: Decimal, where: string): Decimal => {
  if (value.sign > 0) return value;
  throw invalidArgument(where, value.toString(), 'a number above zero');
};
const positive: Reader = (given, where) => aboveZero(amount(given, where), where);
const positiveTotal: Reader = (given, where) => aboveZero(total(given, where), where);
const fromZero = (given: unknown, where: string): Decimal => {
  const value = amount(given, where);
  if (value.sign >= 0) return value;
  throw invalidArgument(where, value.toString(), 'a number from zero');
};
const notZero: Reader = (given, where) => {
  const value = amount(given, where);
  if (!value.isZero) return value;
  throw invalidArgument(where, value.toString(), 'a number other than zero');
};
const share: Reader = (given, where) => {
  const value = fromZero(given, where);
  if (value.compare(Decimal.ONE) <= 0) return value;
  throw invalidArgument(where, value.toString(), 'a share from 0 to 1');
};
const orNull =
  (read: Reader): Reader =>
  (given, where) =>
    given === null ? null : read(given, where);
const currency: Reader = (given, where) => currencyOf(given as string, where).code;
const name: Reader = (given, where) => checkedName(given, where);
const entryId: Reader = (given, where) => {
  if (typeof given === 'string' && given.length > 0 && given.length <= LONGEST_ID) return given;
  throw invalidArgument(where, given, `a string of 1 to ${LONGEST_ID} characters`);
};
const money: Reader = (given, where) => {
  if (typeof given !== 'object' || given === null)
    throw invalidArgument(where, given, '{ amount, currency }');
  checkNames(where, 'field', given, { amount: true, currency: true });
  const input = given as { amount: unknown; currency: unknown };
  return Object.freeze({
    amount: positive(input.amount, `${where}.amount`),
    currency: currency(input.currency, `${where}.currency`),
  });
};
const lots: Reader = (given, where) => {
  if (!Array.isArray(given) || given.length === 0)
    throw invalidArgument(where, given, 'a list of { lot, quantity }');
  return given.map((each: { lot: unknown; quantity: unknown }, at) => {
    const lot = entryId(each?.lot, `${where}[${at}].lot`);
    checkNames(`${where}[${at}]`, 'field', each, { lot: true, quantity: true });
    return { lot, quantity: positive(each.quantity, `${where}[${at}].quantity`) };
  });
};
const time: Reader = (given, where) => timeOf(given as TimeInput, where);

const flow = { amount: need(positiveTotal), currency: need(currency) };
const trade = {
  symbol: need(name),
  quantity: need(positive),
  price: need(amount),
  currency: may(currency),
  amount: may(fromZero),
  accrued: may(amount),
  fee: may(amount),
  feeCurrency: may(currency),
  tax: may(amount),
  feeQuantity: may(positive),
  lots: may(lots),
};
const charge = { amount: need(amount), currency: need(currency), symbol: may(name) };
const ratio = {
  symbol: need(name),
  from: need(positive),
  to: need(positive),
  cashInLieuPrice: may(positive),
};

// Fields of each type of entry, beside those of every entry.
const OF_TYPE: Readonly<Record<LedgerEntryType, Readonly<Record<string, Rule>>>> = {
  openingPosition: {
    symbol: need(name),
    quantity: need(amount),
    cost: may(orNull(total)),
    baseCost: may(orNull(total)),
    price: may(amount),
    realizedPnl: may(total),
    acquiredAt: may(time),
    currency: may(currency),
  },
  openingCash: { amount: need(total), currency: need(currency) },
  deposit: flow,
  withdrawal: flow,
  buy: trade,
  sell: trade,
  income: {
    kind: need(name),
    symbol: may(name),
    amount: may(amount),
    currency: may(currency),
    withheld: may(amount),
    quantity: may(positive),
    price: may(amount),
  },
  fee: charge,
  tax: charge,
  conversion: { sold: need(money), bought: need(money), fee: may(amount), feeCurrency: may(currency) },
  settlement: { symbol: need(name), price: need(amount) },
  split: ratio,
  spinOff: { ...ratio, into: need(name), costShare: need(share) },
  merger: { ...ratio, into: may(name), cashPerUnit: may(amount), cashCostShare: may(share) },
  rename: { symbol: need(name), into: need(name) },
  returnOfCapital: { symbol: need(name), amount: need(amount), currency: need(currency) },
  transferIn: {
    symbol: need(name),
    quantity: need(notZero),
    cost: need(orNull(total)),
    baseCost: may(orNull(total)),
    acquiredAt: may(time),
    price: may(amount),
    currency: may(currency),
  },
  transferOut: { symbol: need(name), quantity: need(positive), price: need(amount) },
  cancel: { entry: need(entryId) },
  // The reader of entries reads what an entry is corrected by.
  correct: { entry: need(entryId), by: need((given) => given) },
  closeBooks: { until: need(time) },
};

// Types of entries that move no cash, and convert nothing.
const WITHOUT_CASH: ReadonlySet<string> = new Set<LedgerEntryType>(['cancel', 'correct', 'closeBooks']);

/** Field of every entry. */
export const ID: Field = { name: 'id', ...need(entryId) };
/** Field of every entry. */
export const AT: Field = { name: 'at', ...need(time) };
// What else every entry may have.
const OF_ALL: Readonly<Record<string, Rule>> = { settlesAt: may(time), rates: may(rates) };

/** What entries of a type have. */
export interface EntryForm {
  /** All but `type`, {@link ID} and {@link AT}. */
  readonly fields: readonly Field[];
  /** Of all fields. */
  readonly names: ReadonlySet<string>;
}

/** What entries have, by type. */
export const FORMS: ReadonlyMap<string, EntryForm> = new Map(
  Object.entries(OF_TYPE).map(([type, ofType]): [string, EntryForm] => {
    const common = WITHOUT_CASH.has(type) ? {} : OF_ALL;
    const fields = Object.entries({ ...ofType, ...common }).map(([name, rule]) => ({ name, ...rule }));
    return [type, { fields, names: new Set(['type', 'id', 'at', ...fields.map(({ name }) => name)]) }];
  }),
);

function rates(given: unknown, where: string): unknown {
  // A Map would read as no rates at all.
  if (typeof given !== 'object' || given === null || given instanceof Map)
    throw invalidArgument(where, given, 'rates by currency');
  const result: Record<string, Decimal> = {};
  for (const [code, rate] of Object.entries(given as Readonly<Record<string, DecimalInput>>)) {
    const value = positive(rate, `${where}.${shown(code)}`) as Decimal;
    const digits = value.units.toString().length;
    if (digits > RATE_DIGITS)
      throw new TickmarkError(
        'OUT_OF_RANGE',
        `${where}.${shown(code)}: ${value} has ${digits} significant digits; a rate holds at most ${RATE_DIGITS}.`,
      );
    const { minorOf } = currencyOf(code, where);
    // The rate of a penny is that of a pound in pence.
    if (minorOf) result[minorOf.code] = value.times(Decimal.from(minorOf.ratio)).trimmed();
    else result[code] = value;
  }
  return Object.freeze(result);
}

/** ms since 1970. @throws TickmarkError `INVALID_ARGUMENT`, also for a time in microseconds or nanoseconds, and for one without a zone. */
export function timeOf(given: TimeInput, where: string): number {
  const accepted = 'ms since 1970 up to the year 9999, an ISO 8601 string with a zone, or a Date';
  // Not by Date.parse: it reads 05-03-2026 in the zone of the machine, and 30 February as 2 March.
  const ms = given instanceof Date ? given.getTime() : typeof given === 'string' ? zonedTimeOf(given) : given;
  if (typeof ms === 'number' && Math.abs(ms) <= LATEST) return ms;
  throw invalidArgument(where, given, accepted);
}

// Names of fields and codes of currencies as they are; anything else is quoted, so that it cannot break out.
export function shown(name: string): string {
  return /^\w{1,40}$/.test(name) ? name : quote(name);
}

function zonedTimeOf(text: string): number {
  const found = isoTimeOf(text);
  return typeof found === 'object' && found.hasZone ? found.ms : NaN;
}
