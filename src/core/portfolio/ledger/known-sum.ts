import { Decimal } from '../../money/decimal.js';

/** A sum of which parts may be unknown: then the sum is unknown, and `known` has the rest. */
export interface KnownSum {
  readonly known: Decimal;
  readonly hasUnknown: boolean;
}

/** The sum of nothing. */
export const NO_SUM: KnownSum = Object.freeze({ known: Decimal.ZERO, hasUnknown: false });

/** Adds an amount; `null` is unknown. */
export function plus(sum: KnownSum, amount: Decimal | null): KnownSum {
  if (amount === null) return sum.hasUnknown ? sum : { known: sum.known, hasUnknown: true };
  return amount.isZero ? sum : { known: sum.known.plus(amount), hasUnknown: sum.hasUnknown };
}

/** Takes an amount off; `null` is unknown. */
export function minus(sum: KnownSum, amount: Decimal | null): KnownSum {
  return plus(sum, amount && amount.negated());
}

/** Adds another sum. */
export function join(sum: KnownSum, other: KnownSum): KnownSum {
  const joined = plus(sum, other.known);
  return other.hasUnknown ? plus(joined, null) : joined;
}

/** The sum, or `null` when a part is unknown. */
export function whole(sum: KnownSum): Decimal | null {
  return sum.hasUnknown ? null : sum.known;
}
