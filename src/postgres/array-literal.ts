import { checkCount, invalidArgument } from '../core/errors.js';
import type { Decimal } from '../core/money/decimal.js';
import { storedName } from './stored-name.js';

// One parameter a column, written as PostgreSQL's text form of an array: all drivers send a text as it is, and none of them
// is asked to make an array of thousands of values its own way. Numbers are not written by `String()` or `join()`: V8 keeps what
// those have written, thousands of texts, and each young collection of the process walks through them.

/** An array literal of names, as they are stored. */
export function nameArray(names: readonly string[]): string {
  return `{${names.map((name) => quoted(storedName(name))).join(',')}}`;
}

/** An array literal of array literals, as text. */
export function literalArray(literals: readonly string[]): string {
  return `{${literals.map(quoted).join(',')}}`;
}

/**
 * An array literal of finite numbers; `where` names them in errors.
 * @throws TickmarkError `INVALID_ARGUMENT` for NaN, an infinity, or what is no number.
 */
export function numberArray(numbers: readonly number[], where: string): string {
  for (const number of numbers) {
    if (!Number.isFinite(number)) throw invalidArgument(where, number, 'a finite number');
  }
  return arrayOf(numbers);
}

/**
 * An array literal of versions; `where` names them in errors.
 * @throws TickmarkError `INVALID_ARGUMENT` for what is no whole number from 0.
 */
export function versionArray(versions: readonly number[], where: string): string {
  for (const version of versions) checkCount(where, version, 0);
  return arrayOf(versions);
}

/** An array literal of finite numbers or nothing; `where` names them in errors. */
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

// As engines write them; see `OrderSum`.
const ORDERS = /^(?:[-\w]{26},)*[-\w]{26}$/;

/** {@link nameArray} of orders of valuations. */
export function orderArray(orders: readonly string[]): string {
  const joined = orders.join(',');
  return ORDERS.test(joined) ? `{${joined}}` : nameArray(orders);
}

/** {@link nameArray}, with nothing at the end where all names are empty: `unnest` fills up with NULL. */
export function seldomArray(names: readonly (string | undefined)[]): string {
  return names.every((name) => name === undefined || name === '') ? '{}' : optionalNameArray(names);
}

/** {@link decimalArray}, with nothing at the end where all amounts are unknown: `unnest` fills up with NULL. */
export function seldomDecimals(amounts: readonly (Decimal | undefined)[]): string {
  return amounts.every((amount) => amount === undefined) ? '{}' : decimalArray(amounts);
}

/** An array literal of exact amounts. */
export function decimalArray(amounts: readonly (Decimal | null | undefined)[]): string {
  return `{${amounts.map(decimalText).join(',')}}`;
}

/** An array literal of texts that may be unknown; they are names, and stored as such. */
export function optionalNameArray(names: readonly (string | undefined)[]): string {
  return `{${names.map((name) => (name === undefined ? 'NULL' : quoted(storedName(name)))).join(',')}}`;
}

function decimalText(amount: Decimal | null | undefined): string {
  if (amount == null) return 'NULL';
  const units = amount.safeUnitsAt(amount.scale);
  // A count of units and an exponent is the same number to PostgreSQL, and spares placing the point.
  return units === units ? `${units.toFixed(0)}e-${amount.scale}` : amount.toString();
}

const SPECIAL = /["\\]/g;

function quoted(text: string): string {
  return `"${text.replace(SPECIAL, '\\$&')}"`;
}
