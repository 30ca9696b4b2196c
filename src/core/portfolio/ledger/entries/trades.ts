import { invalidArgument } from '../../../errors.js';
import { Decimal } from '../../../money/decimal.js';
import type { Instrument } from '../../../instruments/instrument.js';
import { atRate, type Account } from '../account.js';
import type { Holding } from '../holding.js';
import { minus, plus } from '../known-sum.js';
import { tradeCharges } from './trade-charges.js';
import type { Settlement, Trade } from '../ledger-entry.js';
import { SHARE_SCALE, shareOf, shareOut, type Lot } from '../lot.js';

/** Closes what is held against the trade, then opens the rest. Charges and gross money are shared by quantity. */
export function applyTrade(account: Account, entry: Trade): void {
  const holding = account.holdingToOpen(entry.symbol, entry.currency);
  const { instrument } = holding;
  checkTrade(account, entry, instrument);
  const isSale = entry.type === 'sell';
  const arriving = entry.feeQuantity ? entry.quantity.minus(entry.feeQuantity) : entry.quantity;
  const isClosing = holding.quantity.sign === (isSale ? 1 : -1);
  const closing = isClosing ? least(holding.quantity.abs(), arriving) : Decimal.ZERO;
  const opening = arriving.minus(closing);
  if (entry.lots && closing.isZero)
    throw invalidArgument(
      `${account.where(entry)}: lots`,
      entry.lots.map(({ lot }) => lot).join(', '),
      `lots of a position that the ${isSale ? 'sale' : 'purchase'} closes`,
    );

  const currency = instrument.settlementCurrency;
  const rate = account.rate(entry, currency);
  const charges = tradeCharges(account, entry, holding, rate);
  // Quantity and value of the trade, signed: negative for a sale.
  const quantity = isSale ? entry.quantity.negated() : entry.quantity;
  const worth = !entry.amount
    ? instrument.worth(quantity, entry.price, account.whereOfPrice(entry, 'price', instrument))
    : isSale
      ? entry.amount.negated()
      : entry.amount;
  const closingWorth = closing.isZero ? closing : shareOf(worth, closing, arriving, holding.worthScale);
  const closingCharges = closing.isZero ? closing : shareOf(charges.inCost, closing, arriving);

  let cash = Decimal.ZERO;
  const before = { quantity: holding.quantity, settledWorth: holding.settledWorth };
  if (!closing.isZero) {
    const lots = entry.lots
      ? holding.takeNamed(closing, account.costMethod, entry.lots, account.where(entry))
      : holding.take(closing, account.costMethod);
    cash = realize(holding, lots, closingWorth.negated(), closingCharges, rate);
  }
  if (!opening.isZero) {
    const { isFutures } = instrument;
    const openingWorth = worth.minus(closingWorth);
    const paid = isFutures ? Decimal.ZERO : openingWorth.plus(charges.inCost.minus(closingCharges));
    cash = cash.minus(paid);
    // Units that the venue kept are in the cost, and not in the price of those that came.
    const entryWorth = entry.feeQuantity
      ? shareOf(openingWorth, arriving, entry.quantity, holding.worthScale)
      : openingWorth;
    holding.add(
      {
        id: entry.id,
        acquiredAt: entry.at,
        quantity: (isSale ? opening.negated() : opening).trimmed(),
        cost: paid,
        baseCost: atRate(paid, rate),
        entryWorth,
        settledWorth: isFutures ? openingWorth : Decimal.ZERO,
      },
      account.costMethod,
    );
  }
  if (entry.accrued) {
    const accrued = quantity.times(instrument.factor).times(entry.accrued);
    const accruedBase = atRate(accrued, rate);
    account.income = minus(account.income, accruedBase);
    holding.income = minus(holding.income, accruedBase);
    cash = cash.minus(accrued);
  }
  const cashBase = atRate(cash, rate);
  account.moveCash(entry, cash, currency, cashBase);
  const { otherCash } = charges;
  holding.note({ at: entry.at, cash: cashBase && otherCash && cashBase.plus(otherCash) }, before);
}

function checkTrade(account: Account, entry: Trade, instrument: Instrument): void {
  const { currency, amount, feeQuantity } = entry;
  if (
    currency !== undefined &&
    currency !== instrument.currency &&
    currency !== instrument.settlementCurrency
  )
    throw invalidArgument(
      `${account.where(entry)}: currency`,
      currency,
      `${instrument.currency}, in which the position is held`,
    );
  if (instrument.isFutures && amount !== undefined)
    throw invalidArgument(
      `${account.where(entry)}: amount`,
      amount.toString(),
      'no amount: futures are not paid when they are bought',
    );
  if (!feeQuantity) return;
  const where = `${account.where(entry)}: feeQuantity`;
  if (entry.type === 'sell' || feeQuantity.compare(entry.quantity) >= 0)
    throw invalidArgument(where, feeQuantity.toString(), 'units of a purchase, fewer than were bought');
  if (instrument.isFutures)
    throw invalidArgument(where, feeQuantity.toString(), 'no units: those of futures cannot be kept');
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
  const worths = holding.lots.map(({ quantity }) =>
    instrument.worth(quantity, entry.price, `${where}: price`),
  );
  const gains = holding.lots.map(({ settledWorth }, at) =>
    paidOut(worths[at]!.minus(settledWorth), instrument),
  );
  const gain = gains.reduce((total, each) => total.plus(each), Decimal.ZERO);
  holding.note({ at: entry.at, cash: atRate(gain, rate) });
  holding.lots = holding.lots.map((lot, at) => {
    const moved = gains[at]!;
    const movedBase = atRate(moved, rate);
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
 * @param rate Units of the portfolio's currency for one of the position's; `null`: unknown.
 * @returns the cash that this moves.
 */
export function realize(
  holding: Holding,
  lots: readonly Lot[],
  worth: Decimal,
  charges: Decimal,
  rate: Decimal | null,
): Decimal {
  if (lots.length === 1) return realizeLot(holding, lots[0]!, worth, charges, rate);
  const units = lots.map(({ quantity }) => quantity.abs());
  const worths = shareOut(worth, units, holding.worthScale);
  const chargesOf = shareOut(charges, units);
  return lots.reduce(
    (cash, lot, at) => cash.plus(realizeLot(holding, lot, worths[at]!, chargesOf[at]!, rate)),
    Decimal.ZERO,
  );
}

function realizeLot(
  holding: Holding,
  { cost, baseCost, settledWorth }: Lot,
  worth: Decimal,
  charges: Decimal,
  rate: Decimal | null,
): Decimal {
  const { instrument } = holding;
  const proceeds = paidOut(worth.minus(charges).minus(settledWorth), instrument);
  const inBase = atRate(proceeds, rate);
  const profit = cost && proceeds.minus(cost);
  // One sum for both, where they have always been the same: in the portfolio's own currency.
  const isOne = inBase === proceeds && baseCost === cost && holding.realized === holding.realizedLocal;
  holding.realizedLocal = plus(holding.realizedLocal, profit);
  holding.realized = isOne
    ? holding.realizedLocal
    : plus(holding.realized, inBase && baseCost && inBase.minus(baseCost));
  if (instrument.isFutures) return proceeds;
  const costNow = cost && atRate(cost, rate);
  holding.realizedFx = plus(holding.realizedFx, costNow && baseCost && costNow.minus(baseCost));
  return proceeds;
}

// The worth of inverse contracts has no end as a decimal; what is paid has one.
function paidOut(amount: Decimal, { inverse }: Instrument): Decimal {
  return inverse && amount.scale > SHARE_SCALE ? amount.rounded(SHARE_SCALE).trimmed() : amount;
}

function least(a: Decimal, b: Decimal): Decimal {
  return a.compare(b) <= 0 ? a : b;
}
