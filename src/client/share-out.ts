import { invalidArgument } from '../core/errors.js';
import { checkNumber } from '../core/options.js';
import type { DecimalText } from '../protocol/values.js';
import { digitsOf, readDecimal, type DecimalDigits } from './decimal-text.js';

const DIGITS = { from: 0, to: 100, isWhole: true };

/**
 * Shares of amounts in the sum of their sizes, in per cent, with so many digits after the point. The sizes of the shares add up to
 * exactly 100: what rounding leaves over goes to the largest remainders, and among equal ones to the first. A share has the sign of its
 * amount. An amount that is not known is left out of the sum, and its share is `null`; so is every share where all amounts are 0.
 *
 * @example
 * ```ts
 * import { shareOut } from 'tickmark/client';
 *
 * console.log(shareOut(['10.00', '10.00', null, '10.00'], 2)); // ['33.34', '33.33', null, '33.33']
 * ```
 *
 * @param amounts Such as the `exposure` of each row.
 * @param fractionDigits 0 to 100.
 * @throws TickmarkError `INVALID_ARGUMENT` for what is no decimal, and for a number of digits outside 0 to 100.
 */
export function shareOut(
  amounts: ReadonlyArray<DecimalText | null | undefined>,
  fractionDigits: number,
): (DecimalText | null)[] {
  checkNumber('shareOut: fractionDigits', fractionDigits, DIGITS);
  const read = amounts.map(readAmount);
  const scale = read.reduce((most, each) => Math.max(most, each?.fraction.length ?? 0), 0);
  const sizes = read.map((each) => (each ? BigInt(each.whole + each.fraction.padEnd(scale, '0')) : null));
  const sum = sizes.reduce<bigint>((total, size) => total + (size ?? 0n), 0n);
  if (sum === 0n) return amounts.map(() => null);

  const all = 100n * 10n ** BigInt(fractionDigits);
  const shares = sizes.map((size) => (size === null ? null : (size * all) / sum));
  const remainders = sizes.map((size) => (size === null ? 0n : (size * all) % sum));
  const left = Number(shares.reduce<bigint>((rest, share) => rest - (share ?? 0n), all));
  // Sorting keeps the order of equal ones.
  const byRemainder = [...remainders.keys()].sort(
    (a, b) => Number(remainders[b]! > remainders[a]!) - Number(remainders[b]! < remainders[a]!),
  );
  for (const index of byRemainder.slice(0, left)) shares[index]! += 1n;
  return shares.map((share, index) => {
    if (share === null) return null;
    const sign = share > 0n ? read[index]!.minus : '';
    return sign + digitsOf(share, fractionDigits).filter(Boolean).join('.');
  });
}

function readAmount(amount: DecimalText | null | undefined): DecimalDigits | null {
  if (amount == null) return null;
  const read = readDecimal(amount);
  if (!read) throw invalidArgument('shareOut', amount, 'a decimal, or null');
  return read;
}
