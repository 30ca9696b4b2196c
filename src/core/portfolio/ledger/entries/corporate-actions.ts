import { invalidArgument, quote } from '../../../errors.js';
import { Decimal } from '../../../money/decimal.js';
import { inMajorUnits, majorOf } from '../../../money/minor-units.js';
import { Fraction } from '../../../money/fraction.js';
import { atRate, type Account } from '../account.js';
import { join, plus } from '../known-sum.js';
import type { Merger, Rename, ReturnOfCapital, SpinOff, Split } from '../ledger-entry.js';
import { shareOut } from '../lot.js';
import { realize } from './trades.js';
import {
  converted,
  divided,
  noteSource,
  payFraction,
  ratioOf,
  refuseFutures,
  refuseOtherSide,
  replaceLots,
  translated,
} from './exchanges.js';

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
  const rate = account.rate(entry, currency);
  const worth = old.quantity.times(cashPerUnit);
  const parts = old.lots.map((lot) => divided(lot, cashShare));
  old.note({ at: entry.at, cash: atRate(worth, rate) });
  if (into === undefined || !cashShare.isZero || !worth.isZero)
    realize(
      old,
      parts.map(({ moved }) => moved),
      worth,
      Decimal.ZERO,
      rate,
    );
  const rest = into === undefined ? [] : parts.map(({ kept }) => kept);
  replaceLots(old, []);
  account.moveCash(entry, worth, currency);
  if (into === undefined) return;
  const { lots, fraction } = converted(rest, entry, where);
  const fresh = account.holdingToOpen(into, currency);
  refuseFutures(fresh, where);
  refuseOtherSide(fresh, history.quantity.sign, where);
  noteSource(fresh, entry, history, Fraction.from(Decimal.ONE), true, atRate(worth, rate));
  // The new row continues the day P&L of the old row.
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
  if (majorOf(entry.currency) !== currency)
    throw invalidArgument(`${where}: currency`, entry.currency, currency);
  const paid = inMajorUnits(entry.amount, entry.currency);
  const rate = account.rate(entry, currency);
  holding.note({ at: entry.at, cash: atRate(paid, rate) });
  const shares = shareOut(
    paid,
    holding.lots.map(({ quantity }) => quantity),
  );
  holding.lots = holding.lots.map((lot, at) => {
    const share = shares[at]!;
    const shareBase = atRate(share, rate);
    const cost = lot.cost && lot.cost.minus(share);
    if (!cost || cost.sign !== -lot.quantity.sign)
      return { ...lot, cost, baseCost: lot.baseCost && shareBase && lot.baseCost.minus(shareBase) };
    holding.realizedLocal = plus(holding.realizedLocal, cost.negated());
    holding.realized = plus(holding.realized, shareBase && lot.baseCost && shareBase.minus(lot.baseCost));
    const costNow = atRate(lot.cost!, rate);
    holding.realizedFx = plus(holding.realizedFx, costNow && lot.baseCost && costNow.minus(lot.baseCost));
    return { ...lot, cost: Decimal.ZERO, baseCost: Decimal.ZERO };
  });
  account.moveCash(entry, paid, currency);
}
