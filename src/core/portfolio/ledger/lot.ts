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
    const share = shareOf(left, part, rest, scale);
    left = left.minus(share);
    rest = rest.minus(part);
    return share;
  });
}

/** `amount` × `part` / `whole`, rounded half-even; all of it for the whole. */
export function shareOf(amount: Decimal, part: Decimal, whole: Decimal, scale = SHARE_SCALE): Decimal {
  return part.equals(whole) ? amount : amount.times(part).quotient(whole, scale);
}

/** Takes units out of a lot, with their share of everything. @param quantity With the lot's sign; not more than it has. */
export function takeFrom(lot: Lot, quantity: Decimal, worthScale: number): { taken: Lot; left: Lot | null } {
  const left = lot.quantity.minus(quantity);
  if (left.isZero) return { taken: lot, left: null };
  const { id, acquiredAt, quantity: units, cost, baseCost, entryWorth, settledWorth } = lot;
  // Amounts are often one and the same: without charges, and in the portfolio's currency. Then they stay so, and are computed once.
  const isOneCost = baseCost === cost;
  const isOneWorth = entryWorth === cost && worthScale === SHARE_SCALE;
  const takenCost = cost && shareOf(cost, quantity, units);
  const takenBase = isOneCost ? takenCost : baseCost && shareOf(baseCost, quantity, units);
  const takenWorth = isOneWorth ? takenCost : entryWorth && shareOf(entryWorth, quantity, units, worthScale);
  const takenSettled = settledWorth.isZero
    ? settledWorth
    : shareOf(settledWorth, quantity, units, worthScale);
  const leftCost = cost && cost.minus(takenCost!);
  return {
    taken: {
      id,
      acquiredAt,
      quantity,
      cost: takenCost,
      baseCost: takenBase,
      entryWorth: takenWorth,
      settledWorth: takenSettled,
    },
    left: {
      id,
      acquiredAt,
      quantity: left,
      cost: leftCost,
      baseCost: isOneCost ? leftCost : baseCost && baseCost.minus(takenBase!),
      entryWorth: isOneWorth ? leftCost : entryWorth && entryWorth.minus(takenWorth!),
      settledWorth: settledWorth.minus(takenSettled),
    },
  };
}

const plusOrNull = (a: Decimal | null, b: Decimal | null) => a && b && a.plus(b);

/** Two lots as one, as under average cost: the first keeps its id and age. */
export function pooled(a: Lot, b: Lot): Lot {
  const cost = plusOrNull(a.cost, b.cost);
  const isOneCost = a.baseCost === a.cost && b.baseCost === b.cost;
  const isOneWorth = a.entryWorth === a.cost && b.entryWorth === b.cost;
  return {
    id: a.id,
    acquiredAt: a.acquiredAt,
    quantity: a.quantity.plus(b.quantity),
    cost,
    baseCost: isOneCost ? cost : plusOrNull(a.baseCost, b.baseCost),
    entryWorth: isOneWorth ? cost : plusOrNull(a.entryWorth, b.entryWorth),
    settledWorth: a.settledWorth.plus(b.settledWorth),
  };
}
