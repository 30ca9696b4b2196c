import { TickmarkError, invalidArgument, quote } from '../../errors.js';
import { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import type { Account } from './account.js';
import type { PositionHistory } from './day-history.js';
import { join, plus } from './known-sum.js';
import type { Holding } from './holding.js';
import type { LedgerEntry, Merger, Rename, ReturnOfCapital, SpinOff, Split } from './ledger-entry.js';
import { SHARE_SCALE, pooled, shareOut, type Lot } from './lot.js';
import { realize } from './trades.js';

/** Most digits after the point of a quantity. */
const QUANTITY_SCALE = 18;

/** Quantity × to / from; the cost stays. */
export function applySplit(account: Account, entry: Split): void {
  const where = account.where(entry);
  const holding = account.openHolding(entry.symbol, where);
  holding.note({ at: entry.at, cash: Decimal.ZERO, ratio: ratioOf(entry) });
  const { lots, fraction } = converted(holding.lots, entry, where);
  replaceLots(holding, lots);
  payFraction(account, entry, holding, fraction);
}

/** New units of another symbol, with a share of the cost. */
export function applySpinOff(account: Account, entry: SpinOff): void {
  const where = account.where(entry);
  const parent = account.openHolding(entry.symbol, where);
  refuseFutures(parent, where);
  const history = parent.history();
  parent.note({ at: entry.at, cash: Decimal.ZERO, kept: Fraction.from(Decimal.ONE.minus(entry.costShare)) });
  const parts = parent.lots.map((lot) => divided(lot, entry.costShare));
  const { lots, fraction } = converted(
    parts.map(({ moved }) => moved),
    entry,
    where,
  );
  parent.lots = parts.map(({ kept }) => kept);
  const child = account.holdingToOpen(entry.into, parent.instrument.settlementCurrency);
  refuseFutures(child, where);
  refuseOtherSide(child, parent.quantity.sign, where);
  noteSource(child, entry, history, Fraction.from(entry.costShare), false);
  for (const lot of translated(account, entry, lots, parent, child, where))
    child.add(lot, account.costMethod);
  payFraction(account, entry, child, fraction);
}

/** Units become those of another symbol, cash, or both. */
export function applyMerger(account: Account, entry: Merger): void {
  const where = account.where(entry);
  const old = account.openHolding(entry.symbol, where);
  refuseFutures(old, where);
  const { into, cashPerUnit = Decimal.ZERO } = entry;
  const history = old.history();
  if (into === undefined && entry.cashCostShare && !entry.cashCostShare.equals(Decimal.ONE))
    throw invalidArgument(
      `${where}: cashCostShare`,
      entry.cashCostShare.toString(),
      '1, or none: without into there is nothing else to carry the cost',
    );
  const cashShare = entry.cashCostShare ?? (into === undefined ? Decimal.ONE : Decimal.ZERO);
  const currency = old.instrument.settlementCurrency;
  const base = (amount: Decimal) => account.inBase(entry, amount, currency);
  const worth = old.quantity.times(cashPerUnit);
  const parts = old.lots.map((lot) => divided(lot, cashShare));
  old.note({ at: entry.at, cash: base(worth) });
  if (into === undefined || !cashShare.isZero || !worth.isZero)
    realize(
      old,
      parts.map(({ moved }) => moved),
      worth,
      Decimal.ZERO,
      base,
    );
  const rest = into === undefined ? [] : parts.map(({ kept }) => kept);
  replaceLots(old, []);
  account.moveCash(entry, worth, currency);
  if (into === undefined) return;
  const { lots, fraction } = converted(rest, entry, where);
  const fresh = account.holdingToOpen(into, currency);
  refuseFutures(fresh, where);
  refuseOtherSide(fresh, history.quantity.sign, where);
  noteSource(fresh, entry, history, Fraction.from(Decimal.ONE), true, base(worth));
  // The day of the old row goes on in the new one.
  old.events = [];
  for (const lot of translated(account, entry, lots, old, fresh, where)) fresh.add(lot, account.costMethod);
  payFraction(account, entry, fresh, fraction);
}

/** A symbol gets another name; everything goes with it. */
export function applyRename(account: Account, entry: Rename): void {
  const where = account.where(entry);
  const old = account.openHolding(entry.symbol, where);
  const { settlementCurrency } = old.instrument;
  const fresh = account.holdingToOpen(entry.into, settlementCurrency);
  refuseOtherSide(fresh, old.quantity.sign, where);
  const [from, to] = [old.instrument, fresh.instrument];
  if (from.valuationMethod !== to.valuationMethod || from.inverse !== to.inverse)
    throw invalidArgument(
      `${where}: into`,
      entry.into,
      `a symbol that is valued as ${quote(entry.symbol)} is: ${from.valuationMethod}`,
    );
  if (fresh.instrument.settlementCurrency !== settlementCurrency)
    throw invalidArgument(`${where}: into`, entry.into, `a symbol in ${settlementCurrency}, or a merger`);
  noteSource(
    fresh,
    { ...entry, from: Decimal.ONE, to: Decimal.ONE },
    old.history(),
    Fraction.from(Decimal.ONE),
    true,
  );
  for (const lot of old.lots) fresh.add(lot, account.costMethod);
  fresh.realizedLocal = join(fresh.realizedLocal, old.realizedLocal);
  fresh.realizedBefore = [...fresh.realizedBefore, ...old.realizedBefore];
  fresh.realized = join(fresh.realized, old.realized);
  fresh.realizedFx = join(fresh.realizedFx, old.realizedFx);
  fresh.income = join(fresh.income, old.income);
  fresh.expenses = join(fresh.expenses, old.expenses);
  account.holdings.delete(entry.symbol);
}

/** Money paid back lowers the cost of each lot by its share; what exceeds the cost is realized. */
export function applyReturnOfCapital(account: Account, entry: ReturnOfCapital): void {
  const where = account.where(entry);
  const holding = account.openHolding(entry.symbol, where);
  refuseFutures(holding, where);
  const currency = holding.instrument.settlementCurrency;
  if (entry.currency !== currency) throw invalidArgument(`${where}: currency`, entry.currency, currency);
  const base = (amount: Decimal) => account.inBase(entry, amount, currency);
  holding.note({ at: entry.at, cash: base(entry.amount) });
  const shares = shareOut(
    entry.amount,
    holding.lots.map(({ quantity }) => quantity),
  );
  holding.lots = holding.lots.map((lot, at) => {
    const share = shares[at]!;
    const shareBase = base(share);
    const cost = lot.cost && lot.cost.minus(share);
    if (!cost || cost.sign !== -lot.quantity.sign)
      return { ...lot, cost, baseCost: lot.baseCost && shareBase && lot.baseCost.minus(shareBase) };
    holding.realizedLocal = plus(holding.realizedLocal, cost.negated());
    holding.realized = plus(holding.realized, shareBase && lot.baseCost && shareBase.minus(lot.baseCost));
    const costNow = base(lot.cost!);
    holding.realizedFx = plus(holding.realizedFx, costNow && lot.baseCost && costNow.minus(lot.baseCost));
    return { ...lot, cost: Decimal.ZERO, baseCost: Decimal.ZERO };
  });
  account.moveCash(entry, entry.amount, currency);
}

type Exchange = LedgerEntry & {
  readonly from: Decimal;
  readonly to: Decimal;
  readonly cashInLieuPrice?: Decimal;
};

// Lots of new units, each from one lot of old ones. `fraction`: what is beyond whole units, with the sign of the position.
function converted(lots: readonly Lot[], entry: Exchange, where: string): { lots: Lot[]; fraction: Decimal } {
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

function payFraction(account: Account, entry: Exchange, holding: Holding, fraction: Decimal): void {
  if (fraction.isZero) return;
  const { instrument } = holding;
  const base = (amount: Decimal) => account.inBase(entry, amount, instrument.settlementCurrency);
  const worth = instrument.worth(fraction, entry.cashInLieuPrice!);
  const lots = holding.take(fraction.abs(), account.costMethod, account.where(entry));
  const cash = realize(holding, lots, worth, Decimal.ZERO, base);
  const last = holding.events.length - 1;
  const event = holding.events[last]!;
  const paid = base(cash);
  holding.events[last] = { ...event, cash: event.cash && paid && event.cash.plus(paid) };
  account.moveCash(entry, cash, instrument.settlementCurrency);
}

// Cost in another currency: × the old rate ÷ the new one. The cost in the portfolio's currency does not change.
function translated(
  account: Account,
  entry: LedgerEntry,
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
function divided(lot: Lot, share: Decimal): { moved: Lot; kept: Lot } {
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

function noteSource(
  holding: Holding,
  entry: Exchange | (Rename & { readonly from: Decimal; readonly to: Decimal }),
  history: PositionHistory,
  share: Fraction,
  movesCash: boolean,
  cash: Decimal | null = Decimal.ZERO,
): void {
  holding.note({ at: entry.at, cash, source: { history, share, ratio: ratioOf(entry), movesCash } });
}

function ratioOf({ from, to }: { readonly from: Decimal; readonly to: Decimal }): Fraction {
  return Fraction.from(to).dividedBy(Fraction.from(from));
}

function replaceLots(holding: Holding, lots: Lot[]): void {
  holding.lots = lots;
  holding.quantity = lots.reduce((sum, { quantity }) => sum.plus(quantity), Decimal.ZERO).trimmed();
}

function refuseFutures(holding: Holding, where: string): void {
  if (holding.instrument.isFutures)
    throw new TickmarkError(
      'INVALID_ARGUMENT',
      `${where}: ${quote(holding.symbol)} is valued as futures, which have no such corporate action.`,
    );
}

function refuseOtherSide(holding: Holding, sign: number, where: string): void {
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
