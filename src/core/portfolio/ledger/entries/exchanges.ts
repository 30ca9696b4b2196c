import { TickmarkError, invalidArgument, quote } from '../../../errors.js';
import { Decimal } from '../../../money/decimal.js';
import { Fraction } from '../../../money/fraction.js';
import { atRate, type Account } from '../account.js';
import type { PositionHistory } from '../day-history.js';
import type { Holding } from '../holding.js';
import type { BookingEntry, Rename } from '../ledger-entry.js';
import { SHARE_SCALE, pooled, shareOut, type Lot } from '../lot.js';
import { realize } from './trades.js';

/** Most digits after the point of a quantity. */
const QUANTITY_SCALE = 18;

/** An entry that gives new units for old ones. */
export type Exchange = BookingEntry & {
  readonly from: Decimal;
  readonly to: Decimal;
  readonly cashInLieuPrice?: Decimal;
};

// Lots of new units, each from one lot of old ones. `fraction`: what is beyond whole units, with the sign of the position.
export function converted(
  lots: readonly Lot[],
  entry: Exchange,
  where: string,
): { lots: Lot[]; fraction: Decimal } {
  const { from, to, cashInLieuPrice } = entry;
  const held = lots.reduce((sum, { quantity }) => sum.plus(quantity), Decimal.ZERO);
  const exact = held.times(to);
  const total = exact.dividedBy(from, QUANTITY_SCALE).trimmed();
  if (cashInLieuPrice === undefined && !total.times(from).equals(exact))
    throw new TickmarkError(
      'FRACTIONAL_SPLIT',
      `${where}: ${held} × ${to} / ${from} units have no end as a decimal; give cashInLieuPrice.`,
    );
  const quantities = shareOut(
    total,
    lots.map(({ quantity }) => quantity),
    QUANTITY_SCALE,
  );
  if (total.isZero)
    throw invalidArgument(
      `${where}: quantity`,
      `${held} × ${to} / ${from}`,
      `a quantity of at least 10^-${QUANTITY_SCALE}`,
    );
  return {
    lots: withoutEmpty(lots.map((lot, at) => ({ ...lot, quantity: quantities[at]! }))),
    fraction: cashInLieuPrice === undefined ? Decimal.ZERO : total.minus(truncated(total)),
  };
}

// A lot whose units are too few to represent leaves its cost to the next one that has units.
function withoutEmpty(lots: readonly Lot[]): Lot[] {
  const full = lots.filter(({ quantity }) => !quantity.isZero);
  for (const lot of lots)
    if (lot.quantity.isZero) full[full.length - 1] = pooled(full[full.length - 1]!, lot);
  return full;
}

export function payFraction(account: Account, entry: Exchange, holding: Holding, fraction: Decimal): void {
  if (fraction.isZero) return;
  const { instrument } = holding;
  const rate = account.rate(entry, instrument.settlementCurrency);
  const worth = instrument.worth(
    fraction,
    entry.cashInLieuPrice!,
    account.whereOfPrice(entry, 'cashInLieuPrice', instrument),
  );
  const lots = holding.take(fraction.abs(), account.costMethod);
  const cash = realize(holding, lots, worth, Decimal.ZERO, rate);
  const last = holding.events.length - 1;
  const event = holding.events[last]!;
  const paid = atRate(cash, rate);
  holding.events[last] = { ...event, cash: event.cash && paid && event.cash.plus(paid) };
  account.moveCash(entry, cash, instrument.settlementCurrency);
}

// Cost in another currency: × the old rate ÷ the new one. The cost in the portfolio's currency does not change.
export function translated(
  account: Account,
  entry: BookingEntry,
  lots: readonly Lot[],
  from: Holding,
  to: Holding,
  where: string,
): Lot[] {
  const [old, fresh] = [from.instrument.settlementCurrency, to.instrument.settlementCurrency];
  if (old === fresh) return [...lots];
  const [oldRate, newRate] = [account.rate(entry, old), account.rate(entry, fresh)];
  if (!oldRate || !newRate)
    throw invalidArgument(
      `${where}: rates`,
      undefined,
      `rates of ${old} and ${fresh}: the cost moves to another currency`,
    );
  const translate = (amount: Decimal | null) =>
    amount && amount.times(oldRate).dividedBy(newRate, SHARE_SCALE).trimmed();
  return lots.map((lot) => ({ ...lot, cost: translate(lot.cost), entryWorth: translate(lot.entryWorth) }));
}

// A lot in two: `moved` has a share of cost and worth at entry, both have all units.
export function divided(lot: Lot, share: Decimal): { moved: Lot; kept: Lot } {
  const isWhole = share.equals(Decimal.ONE);
  const part = (amount: Decimal | null) =>
    amount && (isWhole ? amount : amount.times(share).rounded(SHARE_SCALE).trimmed());
  const moved: Lot = {
    ...lot,
    cost: part(lot.cost),
    baseCost: part(lot.baseCost),
    entryWorth: part(lot.entryWorth),
  };
  const rest = (amount: Decimal | null, taken: Decimal | null) =>
    amount && taken && amount.minus(taken).trimmed();
  const kept: Lot = {
    ...lot,
    cost: rest(lot.cost, moved.cost),
    baseCost: rest(lot.baseCost, moved.baseCost),
    entryWorth: rest(lot.entryWorth, moved.entryWorth),
  };
  return { moved, kept };
}

export function noteSource(
  holding: Holding,
  entry: Exchange | (Rename & { readonly from: Decimal; readonly to: Decimal }),
  history: PositionHistory,
  share: Fraction,
  movesCash: boolean,
  cash: Decimal | null = Decimal.ZERO,
): void {
  holding.note({ at: entry.at, cash, source: { history, share, ratio: ratioOf(entry), movesCash } });
}

export function ratioOf({ from, to }: { readonly from: Decimal; readonly to: Decimal }): Fraction {
  return Fraction.from(to).dividedBy(Fraction.from(from));
}

export function replaceLots(holding: Holding, lots: Lot[]): void {
  holding.lots = lots;
  holding.quantity = lots.reduce((sum, { quantity }) => sum.plus(quantity), Decimal.ZERO).trimmed();
}

export function refuseFutures(holding: Holding, where: string): void {
  if (holding.instrument.isFutures)
    throw new TickmarkError(
      'INVALID_ARGUMENT',
      `${where}: ${quote(holding.symbol)} is valued as futures, which have no such corporate action.`,
    );
}

export function refuseOtherSide(holding: Holding, sign: number, where: string): void {
  if (holding.quantity.sign === -sign)
    throw invalidArgument(
      `${where}: into`,
      holding.symbol,
      `a symbol that is not held on the other side: ${holding.quantity} are held`,
    );
}

function truncated(value: Decimal): Decimal {
  const unit = 10n ** BigInt(value.scale);
  return Decimal.ofUnits(value.units / unit, 0);
}
