import { invalidArgument, quote } from '../../errors.js';
import { Decimal, type DecimalInput } from '../../money/decimal.js';
import { majorOf } from '../../money/minor-units.js';
import { AT, FORMS, ID, type Field } from './entry-fields.js';
import { isAdjustment } from './effective-entries.js';
import type {
  CorrectedContent,
  Correction,
  LedgerEntry,
  LedgerEntryInput,
  TimeInput,
} from './ledger-entry.js';
import { unknownName } from '../../option-names.js';

type Given = Readonly<Record<string, unknown>>;

/**
 * Checks an entry of a ledger.
 * @throws TickmarkError `INVALID_ARGUMENT`, `INVALID_DECIMAL`, `OUT_OF_RANGE`, `UNKNOWN_CURRENCY`; the message names the entry and the field.
 */
export function readEntry(input: LedgerEntryInput): LedgerEntry {
  if (typeof input !== 'object' || input === null)
    throw invalidArgument('Ledger entry', input, 'an object with id, at and type');
  try {
    return checkedEntry(input, '');
  } catch {
    // Most entries are good: names for messages are put together once one is not.
    return checkedEntry(input, `Entry ${quote(input.id)}`);
  }
}

function checkedEntry(input: LedgerEntryInput, where: string): LedgerEntry {
  const { type } = input;
  const form = FORMS.get(type);
  if (!form) throw invalidArgument(`${where}: type`, type, [...FORMS.keys()].join(', '));
  const given = input as unknown as Given;
  const entry: Record<string, unknown> = {
    type,
    id: readField(given, ID, where),
    at: readField(given, AT, where),
  };
  for (const field of form.fields) {
    const value = readField(given, field, where);
    if (value !== undefined) entry[field.name] = value;
  }
  for (const name of Object.keys(given)) {
    if (!form.names.has(name) && given[name] !== undefined)
      throw unknownName(`${where}: ${type}`, 'field', name, [...form.names]);
  }
  if (type === 'correct') entry.by = contentOf(input, where);
  const checked = entry as unknown as LedgerEntry;
  checkTogether(checked, where);
  return Object.freeze(checked);
}

// What an entry is corrected by: an entry without an id.
function contentOf({ entry, by }: Correction<DecimalInput, TimeInput>, where: string): CorrectedContent {
  const name = where && `${where}: by`;
  if (typeof by !== 'object' || by === null) throw invalidArgument(name, by, 'the whole entry, corrected');
  const { id, at } = by as { readonly id?: unknown; readonly at?: TimeInput };
  if (id !== undefined) throw invalidArgument(`${name}: id`, id, 'no id: an entry keeps its own');
  if (isAdjustment(by as LedgerEntry))
    throw invalidArgument(`${name}: type`, by.type, 'a type that changes holdings or cash');
  const { id: _own, at: read, ...content } = checkedEntry({ ...by, id: entry, at: at ?? 0 }, name);
  return Object.freeze(at === undefined ? content : { ...content, at: read }) as CorrectedContent;
}

function readField(given: Given, { name, read, isOptional }: Field, where: string): unknown {
  const value = given[name];
  if (value !== undefined) return read(value, where && `${where}: ${name}`);
  if (isOptional) return undefined;
  throw invalidArgument(`${where}: ${name}`, undefined, `a value: ${String(given.type)} needs it`);
}

/** Whether two entries say the same. */
export function isSameEntry(a: LedgerEntry, b: LedgerEntry): boolean {
  return isSame(a, b);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Decimal || b instanceof Decimal)
    return a instanceof Decimal && b instanceof Decimal && a.equals(b);
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isSame(left[name], right[name]))
  );
}

function checkTogether(entry: LedgerEntry, where: string): void {
  if (entry.type === 'closeBooks' && entry.until > entry.at)
    throw invalidArgument(`${where}: until`, entry.until, `a time not after at, ${entry.at}`);
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
