import { TickmarkError, invalidArgument, quote } from '../../errors.js';
import { currencyOf } from '../../money/currency.js';
import { Decimal, type DecimalInput } from '../../money/decimal.js';
import { checkedName } from '../checked-name.js';
import type { LedgerEntryType, TimeInput } from './ledger-entry.js';

/** Most significant digits of a rate of an entry, so that costs stay exact without growing. */
const RATE_DIGITS = 18;

/** The end of the year 9999, ms since 1970: today in microseconds is later. */
const LATEST = 253_402_300_799_999;

/** Characters of an id: room for a symbol and what is said about it. */
const LONGEST_ID = 300;

type Reader = (given: unknown, where: string) => unknown;
type Field = { readonly read: Reader; readonly isOptional: boolean };

const need = (read: Reader): Field => ({ read, isOptional: false });
const may = (read: Reader): Field => ({ read, isOptional: true });

const amount: Reader = (given, where) => Decimal.from(given as DecimalInput, where).trimmed();
const total: Reader = (given, where) => Decimal.fromTotal(given as DecimalInput, where).trimmed();
const positive: Reader = (given, where) =>
  bounded(amount(given, where) as Decimal, where, (sign) => sign > 0, 'a number above zero');
const positiveTotal: Reader = (given, where) =>
  bounded(total(given, where) as Decimal, where, (sign) => sign > 0, 'a number above zero');
const fromZero: Reader = (given, where) =>
  bounded(amount(given, where) as Decimal, where, (sign) => sign >= 0, 'a number from zero');
const notZero: Reader = (given, where) =>
  bounded(amount(given, where) as Decimal, where, (sign) => sign !== 0, 'a number other than zero');
const share: Reader = (given, where) => {
  const value = fromZero(given, where) as Decimal;
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
  checkFields(given, ['amount', 'currency'], where);
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
    checkFields(each, ['lot', 'quantity'], `${where}[${at}]`);
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

/** Fields of each type of entry, beside those of every entry. */
export const FIELDS: Readonly<Record<LedgerEntryType, Readonly<Record<string, Field>>>> = {
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
};

/** Fields of every entry. */
export const COMMON: Readonly<Record<string, Field>> = {
  id: need(entryId),
  at: need(time),
  settlesAt: may(time),
  rates: may(rates),
};

function bounded(
  value: Decimal,
  where: string,
  accepts: (sign: number) => boolean,
  accepted: string,
): Decimal {
  if (accepts(value.sign)) return value;
  throw invalidArgument(where, value.toString(), accepted);
}

function checkFields(given: object, accepted: readonly string[], where: string): void {
  for (const [field, value] of Object.entries(given))
    if (value !== undefined && !accepted.includes(field))
      throw invalidArgument(`${where}.${shown(field)}`, value, `${accepted.join(' and ')} alone`);
}

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

/** ms since 1970. @throws TickmarkError `INVALID_ARGUMENT`, also for a time in microseconds or nanoseconds. */
export function timeOf(given: TimeInput, where: string): number {
  const accepted = 'ms since 1970 up to the year 9999, an ISO 8601 string with a zone, or a Date';
  if (typeof given === 'string' && !/(?:[zZ]|[+-]\d{2}:?\d{2})$/.test(given))
    throw invalidArgument(where, given, accepted);
  const ms =
    typeof given === 'number'
      ? given
      : given instanceof Date
        ? given.getTime()
        : typeof given === 'string'
          ? Date.parse(given)
          : NaN;
  if (Math.abs(ms) <= LATEST) return ms;
  throw invalidArgument(where, given, accepted);
}

// Names of fields and codes of currencies as they are; anything else is quoted, so that it cannot break out.
export function shown(name: string): string {
  return /^\w{1,40}$/.test(name) ? name : quote(name);
}
