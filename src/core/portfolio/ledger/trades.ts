import { invalidArgument } from '../../errors.js';
import { Decimal } from '../../money/decimal.js';
import type { Instrument } from '../../instruments/instrument.js';
import type { Account } from './account.js';
import type { Holding } from './holding.js';
import { minus, plus } from './known-sum.js';
import { tradeCharges } from './trade-charges.js';
import type { Settlement, Trade } from './ledger-entry.js';
import { SHARE_SCALE, shareOf, shareOut, type Lot } from './lot.js';

const sumOrNull = (a: Decimal | null, b: Decimal | null) => a && b && a.plus(b);

/** Closes what is held against the trade, then opens the rest. Charges and gross money are shared by quantity. */
export function applyTrade(account: Account, entry: Trade): void {
  const where = account.where(entry);
  const holding = account.holdingToOpen(entry.symbol, entry.currency);
  const { instrument } = holding;
  if (
    entry.currency !== undefined &&
    entry.currency !== instrument.currency &&
    entry.currency !== instrument.settlementCurrency
  )
    throw invalidArgument(
      `${where}: currency`,
      entry.currency,
      `${instrument.currency}, in which the position is held`,
    );
  if (instrument.isFutures && entry.amount !== undefined)
    throw invalidArgument(
      `${where}: amount`,
      entry.amount.toString(),
      'no amount: futures are not paid when they are bought',
    );
  if (entry.feeQuantity && (entry.type === 'sell' || entry.feeQuantity.compare(entry.quantity) >= 0))
    throw invalidArgument(
      `${where}: feeQuantity`,
      entry.feeQuantity.toString(),
      'units of a purchase, fewer than were bought',
    );
  if (entry.feeQuantity && instrument.isFutures)
    throw invalidArgument(
      `${where}: feeQuantity`,
      entry.feeQuantity.toString(),
      'no units: those of futures cannot be kept',
    );
  const direction = entry.type === 'buy' ? Decimal.ONE : Decimal.from(-1);
  const arriving = entry.feeQuantity ? entry.quantity.minus(entry.feeQuantity) : entry.quantity;
  const closing =
    holding.quantity.sign === -direction.sign ? least(holding.quantity.abs(), arriving) : Decimal.ZERO;
  const opening = arriving.minus(closing);
  if (entry.lots && closing.isZero)
    throw invalidArgument(
      `${where}: lots`,
      entry.lots.map(({ lot }) => lot).join(', '),
      `lots of a position that the ${entry.type === 'buy' ? 'purchase' : 'sale'} closes`,
    );

  const currency = instrument.settlementCurrency;
  const rate = account.rate(entry, currency);
  const base = (amount: Decimal) => (amount.isZero ? Decimal.ZERO : rate && amount.times(rate));
  const charges = tradeCharges(account, entry, holding, base);
  // Value of the trade, signed: negative for a sale.
  const worth = entry.amount
    ? entry.amount.times(direction)
    : instrument.worth(entry.quantity.times(direction), entry.price, where);
  const [closingWorth, openingWorth] = split(worth, closing, opening, holding.worthScale);
  const [closingCharges, openingCharges] = split(charges.inCost, closing, opening);
  const accrued = entry.accrued
    ? entry.quantity.times(direction).times(instrument.factor).times(entry.accrued)
    : Decimal.ZERO;

  let cash = Decimal.ZERO;
  const { quantity: quantityBefore, settledWorth: settledBefore } = holding;
  if (!closing.isZero) {
    const lots = holding.take(closing, account.costMethod, where, entry.lots);
    cash = cash.plus(realize(holding, lots, closingWorth.negated(), closingCharges, base));
  }
  if (!opening.isZero) {
    const isFutures = instrument.isFutures;
    const paid = isFutures ? Decimal.ZERO : openingWorth.plus(openingCharges);
    cash = cash.minus(paid);
    // Units that the venue kept are in the cost, and not in the price of those that came.
    const entryWorth = entry.feeQuantity
      ? shareOf(openingWorth, arriving, entry.quantity, holding.worthScale)
      : openingWorth;
    holding.add(
      {
        id: entry.id,
        acquiredAt: entry.at,
        quantity: opening.times(direction).trimmed(),
        cost: paid,
        baseCost: base(paid),
        entryWorth,
        settledWorth: isFutures ? openingWorth : Decimal.ZERO,
      },
      account.costMethod,
    );
  }
  const accruedBase = base(accrued);
  account.income = minus(account.income, accruedBase);
  holding.income = minus(holding.income, accruedBase);
  const net = cash.minus(accrued);
  account.moveCash(entry, net, currency, base(net));
  noteBefore(holding, quantityBefore, settledBefore, entry.at, sumOrNull(base(net), charges.otherCash));
}

/** What futures have gained since the last settlement becomes cash; their cost falls by it. */
export function applySettlement(account: Account, entry: Settlement): void {
  const where = account.where(entry);
  const holding = account.openHolding(entry.symbol, where);
  const { instrument } = holding;
  if (!instrument.isFutures)
    throw invalidArgument(`${where}: symbol`, entry.symbol, 'an instrument with valuationMethod "futures"');
  const currency = instrument.settlementCurrency;
  const rate = account.rate(entry, currency);
  const worths = holding.lots.map(({ quantity }) => instrument.worth(quantity, entry.price, where));
  const gains = holding.lots.map(({ settledWorth }, at) =>
    paidOut(worths[at]!.minus(settledWorth), instrument),
  );
  const gain = gains.reduce((total, each) => total.plus(each), Decimal.ZERO);
  holding.note({ at: entry.at, cash: gain.isZero ? Decimal.ZERO : rate && gain.times(rate) });
  holding.lots = holding.lots.map((lot, at) => {
    const moved = gains[at]!;
    const movedBase = moved.isZero ? Decimal.ZERO : rate && moved.times(rate);
    return {
      ...lot,
      cost: lot.cost && lot.cost.minus(moved),
      baseCost: lot.baseCost && movedBase && lot.baseCost.minus(movedBase),
      settledWorth: worths[at]!,
    };
  });
  account.moveCash(entry, gain, currency);
}

/**
 * Realizes the profit of closed lots.
 * @param worth What they brought, signed: below 0 when they are bought back.
 * @returns the cash that this moves.
 */
export function realize(
  holding: Holding,
  lots: readonly Lot[],
  worth: Decimal,
  charges: Decimal,
  base: (amount: Decimal) => Decimal | null,
): Decimal {
  const { isFutures } = holding.instrument;
  const units = lots.map(({ quantity }) => quantity.abs());
  const worths = shareOut(worth, units, holding.worthScale);
  const chargesOf = shareOut(charges, units);
  let cash = Decimal.ZERO;
  lots.forEach((lot, at) => {
    const proceeds = paidOut(worths[at]!.minus(chargesOf[at]!).minus(lot.settledWorth), holding.instrument);
    cash = cash.plus(proceeds);
    holding.realizedLocal = plus(holding.realizedLocal, lot.cost && proceeds.minus(lot.cost));
    const inBase = base(proceeds);
    holding.realized = plus(holding.realized, inBase && lot.baseCost && inBase.minus(lot.baseCost));
    if (isFutures) return;
    const costNow = lot.cost && base(lot.cost);
    holding.realizedFx = plus(holding.realizedFx, costNow && lot.baseCost && costNow.minus(lot.baseCost));
  });
  return cash;
}

// The worth of inverse contracts has no end as a decimal; what is paid has one.
function paidOut(amount: Decimal, { inverse }: Instrument): Decimal {
  return inverse && amount.scale > SHARE_SCALE ? amount.rounded(SHARE_SCALE).trimmed() : amount;
}

function noteBefore(
  holding: Holding,
  quantity: Decimal,
  settledWorth: Decimal,
  at: number,
  cash: Decimal | null,
): void {
  holding.note({ at, cash });
  const last = holding.events.length - 1;
  holding.events[last] = { ...holding.events[last]!, quantity, settledWorth };
}

function split(total: Decimal, closing: Decimal, opening: Decimal, scale = SHARE_SCALE): [Decimal, Decimal] {
  if (closing.isZero) return [Decimal.ZERO, total];
  if (opening.isZero) return [total, Decimal.ZERO];
  const share = shareOf(total, closing, closing.plus(opening), scale);
  return [share, total.minus(share)];
}

function least(a: Decimal, b: Decimal): Decimal {
  return a.compare(b) <= 0 ? a : b;
}
