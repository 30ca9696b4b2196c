import { invalidArgument } from '../../core/errors.js';
import { Decimal } from '../../core/money/decimal.js';

/** An amount as text, which keeps all its digits; `null` where it is unknown. */
export function storedAmount(amount: Decimal | null | undefined): string | null {
  return amount?.toString() ?? null;
}

/** The amount of a column; `what` names it in errors. */
export function amountOf(text: string | null, what: string): Decimal | null {
  return text === null ? null : Decimal.fromTotal(text, what);
}

/** A number of a column: integers may come as bigints, if the handle is set so. */
export type StoredNumber = number | bigint;

/** The number of a column that may be NULL. */
export function numberOf(stored: StoredNumber | null): number | null {
  return stored === null ? null : Number(stored);
}

/**
 * Checks a time, or a number of arrival: what SQLite keeps as an integer, and hands back as it is.
 * @throws TickmarkError `INVALID_ARGUMENT`.
 */
export function checkTime(where: string, given: unknown): void {
  if (typeof given === 'number' && Math.abs(given) <= Number.MAX_SAFE_INTEGER) return;
  throw invalidArgument(where, given, 'a number within ±(2^53 - 1)');
}
