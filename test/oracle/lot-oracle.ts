/** Lots and their shares, as fractions. It shares no code with the library. */
import type { Exchange } from './entry-oracle.js';
import { ONE, type Known, type OracleInstrument } from './instrument-oracle.js';
import {
  ZERO,
  add,
  compare,
  divide,
  multiply,
  parse,
  rounded,
  subtract,
  sum,
  type Rational,
} from './rational.js';

/** A sum of which parts may be unknown. */
export interface OracleSum {
  readonly known: Rational;
  readonly hasUnknown: boolean;
}

export interface OracleLot {
  readonly acquiredAt: number;
  readonly quantity: Rational;
  readonly cost: Known;
  readonly baseCost: Known;
  readonly entryWorth: Known;
  readonly settledWorth: Rational;
}

/** The sum of nothing. */
export const NOTHING: OracleSum = { known: ZERO, hasUnknown: false };

export const plus = (total: OracleSum, amount: Known): OracleSum =>
  amount === null ? { ...total, hasUnknown: true } : { ...total, known: add(total.known, amount) };
export const minus = (total: OracleSum, amount: Known): OracleSum => plus(total, negated(amount));
export const joined = (a: OracleSum, b: OracleSum): OracleSum => ({
  known: add(a.known, b.known),
  hasUnknown: a.hasUnknown || b.hasUnknown,
});
export const negated = <Amount extends Known>(amount: Amount): Amount =>
  (amount === null ? null : subtract(ZERO, amount)) as Amount;
export const both = (a: Known, b: Known, of: (a: Rational, b: Rational) => Rational): Known =>
  a && b && of(a, b);
export const isZero = (amount: Rational) => amount.n === 0n;
export const isSame = (a: Rational, b: Rational) => compare(a, b) === 0;

/** Digits after the point of a share, rounded half-even; what is cut off stays with the rest. */
export const SHARE = 18;
export const atScale = (amount: Rational, scale = SHARE): Rational => parse(rounded(amount, scale));
export const shareOf = <Amount extends Known>(
  amount: Amount,
  part: Rational,
  whole: Rational,
  scale = SHARE,
): Amount =>
  (amount === null || isSame(part, whole)
    ? amount
    : atScale(divide(multiply(amount, part), whole), scale)) as Amount;
/** Shares of a total, one after the other; the last one gets the rest. */
export function shareOut(total: Rational, parts: readonly Rational[], scale = SHARE): Rational[] {
  let [left, rest] = [total, sum(parts)];
  return parts.map((part) => {
    const share = isSame(part, rest) ? left : atScale(divide(multiply(left, part), rest), scale);
    [left, rest] = [subtract(left, share), subtract(rest, part)];
    return share;
  });
}

export const ratioOf = ({ from, to }: { readonly from: string; readonly to: string }): Rational =>
  divide(parse(to), parse(from));

/** What is paid: of inverse contracts with 18 digits after the point. */
export const paidOut = ({ inverse }: OracleInstrument, amount: Rational): Rational =>
  inverse ? atScale(amount) : amount;

/** Two lots as one, of the age of the first. */
export function pooled(a: OracleLot, b: OracleLot): OracleLot {
  return {
    ...a,
    quantity: add(a.quantity, b.quantity),
    cost: both(a.cost, b.cost, add),
    baseCost: both(a.baseCost, b.baseCost, add),
    entryWorth: both(a.entryWorth, b.entryWorth, add),
    settledWorth: add(a.settledWorth, b.settledWorth),
  };
}

/** A lot in two: both have all units, `moved` has a share of the cost. */
export function divided(lot: OracleLot, share: Rational): [moved: OracleLot, kept: OracleLot] {
  const part = (amount: Known): Known =>
    amount && (isSame(share, ONE) ? amount : atScale(multiply(amount, share)));
  const moved = {
    ...lot,
    cost: part(lot.cost),
    baseCost: part(lot.baseCost),
    entryWorth: part(lot.entryWorth),
  };
  const kept = {
    ...lot,
    cost: both(lot.cost, moved.cost, subtract),
    baseCost: both(lot.baseCost, moved.baseCost, subtract),
    entryWorth: both(lot.entryWorth, moved.entryWorth, subtract),
  };
  return [moved, kept];
}

/** Lots of new units; a lot whose units are too few to represent leaves its cost to the last one that has units. */
export function exchanged(
  lots: readonly OracleLot[],
  { from, to, cashInLieuPrice }: Exchange,
): { lots: OracleLot[]; fraction: Rational } {
  const units = lots.map(({ quantity }) => quantity);
  const total = atScale(divide(multiply(sum(units), parse(to)), parse(from)));
  const quantities = shareOut(total, units);
  const fresh = lots.map((lot, at) => ({ ...lot, quantity: quantities[at]! }));
  const full = fresh.filter(({ quantity }) => !isZero(quantity));
  for (const lot of fresh)
    if (isZero(lot.quantity)) full[full.length - 1] = pooled(full[full.length - 1]!, lot);
  const whole = { n: total.n / total.d, d: 1n };
  return { lots: full, fraction: cashInLieuPrice === undefined ? ZERO : subtract(total, whole) };
}
