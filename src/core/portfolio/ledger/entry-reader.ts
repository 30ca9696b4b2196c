import { TickmarkError, invalidArgument, quote } from '../../errors.js';
import { currencyOf } from '../../money/currency.js';
import { Decimal, type DecimalInput } from '../../money/decimal.js';
import { checkedName } from '../checked-name.js';
import type { LedgerEntry, LedgerEntryInput, LedgerEntryType, TimeInput } from './ledger-entry.js';

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
  const input = given as { amount: unknown; currency: unknown };
  return {
    amount: positive(input.amount, `${where}.amount`),
    currency: currency(input.currency, `${where}.currency`),
  };
};
const lots: Reader = (given, where) => {
  if (!Array.isArray(given) || given.length === 0)
    throw invalidArgument(where, given, 'a list of { lot, quantity }');
  return given.map((each: { lot: unknown; quantity: unknown }, at) => ({
    lot: checkedName(each?.lot, `${where}[${at}].lot`),
    quantity: positive(each.quantity, `${where}[${at}].quantity`),
  }));
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

const FIELDS: Readonly<Record<LedgerEntryType, Readonly<Record<string, Field>>>> = {
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

const COMMON: Readonly<Record<string, Field>> = {
  id: need(entryId),
  at: need(time),
  settlesAt: may(time),
  rates: may(rates),
};

/** Most significant digits of a rate of an entry, so that costs stay exact without growing. */
const RATE_DIGITS = 18;

/**
 * Checks an entry of a ledger.
 * @throws TickmarkError `INVALID_ARGUMENT`, `INVALID_DECIMAL`, `OUT_OF_RANGE`, `UNKNOWN_CURRENCY`; the message names the entry and the field.
 */
export function readEntry(input: LedgerEntryInput): LedgerEntry {
  if (typeof input !== 'object' || input === null)
    throw invalidArgument('Ledger entry', input, 'an object with id, at and type');
  const where = `Entry ${quote(input.id)}`;
  const fields = Object.hasOwn(FIELDS, input.type) ? FIELDS[input.type] : undefined;
  if (!fields) throw invalidArgument(`${where}: type`, input.type, Object.keys(FIELDS).join(', '));
  const entry: Record<string, unknown> = { type: input.type };
  const given = input as unknown as Readonly<Record<string, unknown>>;
  for (const set of [COMMON, fields]) {
    for (const [field, { read, isOptional }] of Object.entries(set)) {
      const value = given[field];
      if (value === undefined) {
        if (isOptional) continue;
        throw invalidArgument(`${where}: ${field}`, undefined, `a value: ${input.type} needs it`);
      }
      entry[field] = read(value, `${where}: ${field}`);
    }
  }
  for (const field of Object.keys(given)) {
    if (
      field !== 'type' &&
      given[field] !== undefined &&
      !Object.hasOwn(COMMON, field) &&
      !Object.hasOwn(fields, field)
    )
      throw invalidArgument(
        `${where}: ${shown(field)}`,
        given[field],
        `no such field of ${quote(input.type)}`,
      );
  }
  const checked = entry as unknown as LedgerEntry;
  checkTogether(checked, where);
  return Object.freeze(checked);
}

/** Whether two entries say the same. */
export function isSameEntry(a: LedgerEntry, b: LedgerEntry): boolean {
  return a === b || JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (value instanceof Decimal || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

function checkTogether(entry: LedgerEntry, where: string): void {
  if (entry.type === 'income') {
    const inUnits = entry.quantity !== undefined || entry.price !== undefined;
    if (inUnits === (entry.amount !== undefined))
      throw invalidArgument(
        `${where}: income`,
        'amount and quantity',
        'either amount, or quantity and price',
      );
    if (inUnits && (entry.quantity === undefined || entry.price === undefined || entry.symbol === undefined))
      throw invalidArgument(`${where}: income in units`, undefined, 'symbol, quantity and price');
    if (inUnits && entry.withheld !== undefined)
      throw invalidArgument(
        `${where}: withheld`,
        entry.withheld.toString(),
        'no withheld tax with income in units: sell units, or enter a tax',
      );
  }
  if (
    (entry.type === 'spinOff' || entry.type === 'rename' || entry.type === 'merger') &&
    entry.into === entry.symbol
  )
    throw invalidArgument(`${where}: into`, entry.into, 'another symbol');
  if (entry.type === 'conversion' && entry.sold.currency === entry.bought.currency)
    throw invalidArgument(
      `${where}: bought.currency`,
      entry.bought.currency,
      'another currency than the one sold',
    );
}

function bounded(
  value: Decimal,
  where: string,
  accepts: (sign: number) => boolean,
  accepted: string,
): Decimal {
  if (accepts(value.sign)) return value;
  throw invalidArgument(where, value.toString(), accepted);
}

function rates(given: unknown, where: string): unknown {
  if (typeof given !== 'object' || given === null) throw invalidArgument(where, given, 'rates by currency');
  const result: Record<string, Decimal> = {};
  for (const [code, rate] of Object.entries(given as Readonly<Record<string, DecimalInput>>)) {
    const value = positive(rate, `${where}.${shown(code)}`) as Decimal;
    const digits = value.units.toString().length;
    if (digits > RATE_DIGITS)
      throw new TickmarkError(
        'OUT_OF_RANGE',
        `${where}.${shown(code)}: ${value} has ${digits} significant digits; a rate holds at most ${RATE_DIGITS}.`,
      );
    result[currencyOf(code, where).code] = value;
  }
  return Object.freeze(result);
}

/** ms since 1970. */
export function timeOf(given: TimeInput, where: string): number {
  const accepted = 'ms since 1970, an ISO 8601 string with a zone, or a Date';
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
  if (Number.isFinite(ms) && Math.abs(ms) <= 8.64e15) return ms;
  throw invalidArgument(where, given, accepted);
}

// Names of fields and codes of currencies as they are; anything else is quoted, so that it cannot break out.
function shown(name: string): string {
  return /^\w{1,40}$/.test(name) ? name : quote(name);
}
