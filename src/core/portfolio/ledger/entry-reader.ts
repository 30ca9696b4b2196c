import { invalidArgument, quote } from '../../errors.js';
import { Decimal } from '../../money/decimal.js';
import { majorOf } from '../../money/minor-units.js';
import { COMMON, FIELDS, shown } from './entry-fields.js';
import type { LedgerEntry, LedgerEntryInput } from './ledger-entry.js';

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
  // Pence are kept as pounds, so that these are no other currency.
  if (entry.type === 'conversion' && majorOf(entry.sold.currency) === majorOf(entry.bought.currency))
    throw invalidArgument(
      `${where}: bought.currency`,
      entry.bought.currency,
      'another currency than the one sold',
    );
}
