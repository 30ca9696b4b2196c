import { Decimal } from '../../money/decimal.js';
import { Fraction, roundTogether } from '../../money/fraction.js';
import type { Integer } from '../../money/integer.js';
import { POWERS } from '../../money/scaled-number.js';

// Remainders of a division by more would not be exact.
const LARGEST_UNIT = 1e15;

/**
 * Long and short exposure of amounts in the portfolio's currency, rounded as by {@link roundTogether}: they sum to the rounded net.
 * @param scale Digits after the point of the amounts.
 * @param net Their sum, rounded.
 */
export function exposureShares(
  long: Integer,
  short: Integer,
  scale: number,
  net: Decimal,
): readonly [long: Decimal, short: Decimal] {
  const unit = POWERS[scale - net.scale] ?? Infinity;
  const sum = net.safeUnitsAt(net.scale);
  if (typeof long === 'number' && typeof short === 'number' && unit <= LARGEST_UNIT && !Number.isNaN(sum)) {
    const share = longShare(long, short, sum, unit);
    return [Decimal.ofUnits(share, net.scale), Decimal.ofUnits(sum - share, net.scale)];
  }
  const exact = [long, short].map((units) => Fraction.from(Decimal.ofUnits(units, scale)));
  const [ofLong, ofShort] = roundTogether(exact, net.scale);
  return [ofLong!, ofShort!];
}

/**
 * Units of the long exposure of {@link exposureShares}, where it is found without bigints; else NaN.
 * @param sum Units of the rounded net, at `netScale`.
 */
export function longExposureUnits(
  long: number,
  short: number,
  scale: number,
  sum: number,
  netScale: number,
): number {
  const unit = POWERS[scale - netScale] ?? Infinity;
  return unit <= LARGEST_UNIT ? longShare(long, short, sum, unit) : NaN;
}

// What the first of two amounts gets of their rounded sum.
function longShare(long: number, short: number, sum: number, unit: number): number {
  // Of amounts below 2^53 no quotient is rounded up to a whole number.
  const floorOfLong = Math.floor(long / unit);
  const floorOfShort = Math.floor(short / unit);
  const left = sum - floorOfLong - floorOfShort;
  const isLongFirst = long - floorOfLong * unit >= short - floorOfShort * unit;
  return left > (isLongFirst ? 0 : 1) ? floorOfLong + 1 : floorOfLong;
}
