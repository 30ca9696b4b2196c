import { invalidArgument } from '../core/errors.js';
import { checkNumber } from '../core/options.js';
import type { Decimal } from '../core/money/decimal.js';
import { storedName } from '../core/portfolio/stored-name.js';

const VERSION = { from: 0, isWhole: true };

// One parameter for each column, as an array literal of PostgreSQL: all drivers send strings unchanged, while each converts arrays
// in its own way. Numbers are not formatted by `String()` or `join()`: V8 caches those strings, and each minor garbage
// collection scans the cache.

/** An array literal of names in their stored form. */
export function nameArray(names: readonly string[]): string {
  return `{${names.map((name) => quoted(storedName(name))).join(',')}}`;
}

/** An array literal whose elements are array literals as strings; the statement casts them. */
export function literalArray(literals: readonly string[]): string {
  return `{${literals.map(quoted).join(',')}}`;
}

/** An array literal of strings or NULL, unchanged. */
export function optionalLiteralArray(strings: readonly (string | null)[]): string {
  return `{${strings.map((each) => (each === null ? 'NULL' : quoted(each))).join(',')}}`;
}

/**
 * An array literal of finite numbers; `where` names them in errors.
 * @throws TickmarkError `INVALID_ARGUMENT` for NaN, an infinity, or another type.
 */
export function numberArray(numbers: readonly number[], where: string): string {
  for (const number of numbers) {
    if (!Number.isFinite(number)) throw invalidArgument(where, number, 'a finite number');
  }
  return arrayOf(numbers);
}

/**
 * An array literal of versions; `where` names them in errors.
 * @throws TickmarkError `INVALID_ARGUMENT` unless all are whole numbers from 0.
 */
export function versionArray(versions: readonly number[], where: string): string {
  for (const version of versions) checkNumber(where, version, VERSION);
  return arrayOf(versions);
}

/** An array literal of finite numbers or NULL; `where` names them in errors. */
export function optionalNumberArray(numbers: readonly (number | null)[], where: string): string {
  for (const number of numbers) {
    if (number !== null && !Number.isFinite(number))
      throw invalidArgument(where, number, 'a finite number or null');
  }
  return arrayOf(numbers);
}

function arrayOf(numbers: readonly (number | null)[]): string {
  return `{${JSON.stringify(numbers).slice(1, -1)}}`;
}

/** An array literal of booleans. */
export function booleanArray(values: readonly boolean[]): string {
  return `{${values.map((value) => (value ? 't' : 'f')).join(',')}}`;
}

// The form that engines write; see `OrderSum`.
const ORDERS = /^(?:[-\w]{26},)*[-\w]{26}$/;

/** {@link nameArray} of `priceOrder`s. */
export function orderArray(orders: readonly string[]): string {
  const joined = orders.join(',');
  return ORDERS.test(joined) ? `{${joined}}` : nameArray(orders);
}

/** {@link optionalNameArray}, or an empty array if no name is given: `unnest` fills it up with NULLs. */
export function sparseNameArray(names: readonly (string | undefined)[]): string {
  return names.every((name) => name === undefined || name === '') ? '{}' : optionalNameArray(names);
}

/** {@link decimalArray}, or an empty array if all amounts are unknown: `unnest` fills it up with NULLs. */
export function sparseDecimalArray(amounts: readonly (Decimal | undefined)[]): string {
  return amounts.every((amount) => amount === undefined) ? '{}' : decimalArray(amounts);
}

/** An array literal of exact amounts. */
export function decimalArray(amounts: readonly (Decimal | null | undefined)[]): string {
  return `{${amounts.map(decimalText).join(',')}}`;
}

/** An array literal of strings, each with the amounts of a row: separated by commas, in the order of the names, with nothing for `null`. */
export function packedDecimalArray<Name extends string>(
  rows: readonly Readonly<Record<Name, Decimal | null>>[],
  namesOf: (row: Readonly<Record<Name, Decimal | null>>) => readonly Name[],
): string {
  let packed = '';
  for (const row of rows) {
    const names = namesOf(row);
    packed += packed === '' ? '"' : ',"';
    for (let at = 0; at < names.length; at++) {
      const amount = row[names[at]!];
      if (at > 0) packed += ',';
      if (amount) packed += amount.isZero ? '0' : decimalText(amount);
    }
    packed += '"';
  }
  return `{${packed}}`;
}

/** An array literal of names in their stored form; NULL for `undefined`. */
export function optionalNameArray(names: readonly (string | undefined)[]): string {
  return `{${names.map((name) => (name === undefined ? 'NULL' : quoted(storedName(name)))).join(',')}}`;
}

function decimalText(amount: Decimal | null | undefined): string {
  if (amount == null) return 'NULL';
  const units = amount.safeUnitsAt(amount.scale);
  // Units with an exponent are the same number to PostgreSQL, and faster to format.
  return units === units ? `${units.toFixed(0)}e-${amount.scale}` : amount.toString();
}

const SPECIAL = /["\\]/g;

function quoted(text: string): string {
  return `"${text.replace(SPECIAL, '\\$&')}"`;
}
