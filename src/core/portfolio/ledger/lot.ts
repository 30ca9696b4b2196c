import { Decimal } from '../../money/decimal.js';

/** Digits after the point that a share of an amount is rounded to; what is cut off stays with the rest. */
export const SHARE_SCALE = 18;

/** Units bought or sold short together, or averaged. Immutable; `null` is unknown. */
export interface Lot {
  /** Id of the entry that opened it. */
  readonly id: string;
  /** ms since 1970. */
  readonly acquiredAt: number;
  /** Below 0 when short. */
  readonly quantity: Decimal;
  /** Net money paid for what is open, in the position's currency; below 0 when short. Futures: variation margin received, with opposite sign. */
  readonly cost: Decimal | null;
  /** The same in the portfolio's currency, at the rates of the entries. */
  readonly baseCost: Decimal | null;
  /** Worth at entry, without charges. */
  readonly entryWorth: Decimal | null;
  /** Futures: worth at the last settlement, or at entry before the first. Otherwise 0. */
  readonly settledWorth: Decimal;
}

/** Shares of an amount that are rounded; the last one gets the rest, so that nothing is lost. */
export function shareOut(total: Decimal, parts: readonly Decimal[], scale = SHARE_SCALE): Decimal[] {
  let left = total;
  let rest = parts.reduce((sum, part) => sum.plus(part), Decimal.ZERO);
  return parts.map((part) => {
    const share = part.equals(rest) ? left : left.times(part).dividedBy(rest, Math.max(scale, 0)).trimmed();
    left = left.minus(share);
    rest = rest.minus(part);
    return share;
  });
}

/** `amount` × `part` / `whole`, rounded half-even; all of it for the whole. */
export function shareOf(amount: Decimal, part: Decimal, whole: Decimal, scale = SHARE_SCALE): Decimal {
  return part.equals(whole) ? amount : amount.times(part).dividedBy(whole, scale).trimmed();
}

const shareOrNull = (amount: Decimal | null, part: Decimal, whole: Decimal) =>
  amount && shareOf(amount, part, whole);
const minusOrNull = (amount: Decimal | null, part: Decimal | null) => amount && part && amount.minus(part);

/** Takes units out of a lot, with their share of everything. @param quantity With the lot's sign; not more than it has. */
export function takeFrom(lot: Lot, quantity: Decimal, worthScale: number): { taken: Lot; left: Lot | null } {
  const left = lot.quantity.minus(quantity);
  if (left.isZero) return { taken: lot, left: null };
  const taken: Lot = {
    ...lot,
    quantity,
    cost: shareOrNull(lot.cost, quantity, lot.quantity),
    baseCost: shareOrNull(lot.baseCost, quantity, lot.quantity),
    entryWorth: lot.entryWorth && shareOf(lot.entryWorth, quantity, lot.quantity, worthScale),
    settledWorth: lot.settledWorth.isZero
      ? lot.settledWorth
      : shareOf(lot.settledWorth, quantity, lot.quantity, worthScale),
  };
  return {
    taken,
    left: {
      ...lot,
      quantity: left,
      cost: minusOrNull(lot.cost, taken.cost),
      baseCost: minusOrNull(lot.baseCost, taken.baseCost),
      entryWorth: minusOrNull(lot.entryWorth, taken.entryWorth),
      settledWorth: lot.settledWorth.minus(taken.settledWorth),
    },
  };
}

const plusOrNull = (a: Decimal | null, b: Decimal | null) => a && b && a.plus(b);

/** Two lots as one, as under average cost: the first keeps its id and age. */
export function pooled(a: Lot, b: Lot): Lot {
  return {
    ...a,
    quantity: a.quantity.plus(b.quantity),
    cost: plusOrNull(a.cost, b.cost),
    baseCost: plusOrNull(a.baseCost, b.baseCost),
    entryWorth: plusOrNull(a.entryWorth, b.entryWorth),
    settledWorth: a.settledWorth.plus(b.settledWorth),
  };
}
