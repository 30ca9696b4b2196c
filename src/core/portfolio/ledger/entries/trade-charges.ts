import { Decimal } from '../../../money/decimal.js';
import { inMajorUnits, majorOf } from '../../../money/minor-units.js';
import { atRate, type Account } from '../account.js';
import type { Holding } from '../holding.js';
import { plus } from '../known-sum.js';
import type { Trade } from '../ledger-entry.js';

/** Commission and duty of a trade. */
export interface TradeCharges {
  /** In the trade's currency. */
  readonly inCost: Decimal;
  /** What else was paid, in the portfolio's currency; below 0 when paid. */
  readonly otherCash: Decimal | null;
}

const NONE: TradeCharges = Object.freeze({ inCost: Decimal.ZERO, otherCash: Decimal.ZERO });

/**
 * Books what of a trade's charges is in no cost, and returns the rest.
 * @param rate Units of the portfolio's currency for one of the trade's; `null`: unknown.
 */
export function tradeCharges(
  account: Account,
  entry: Trade,
  holding: Holding,
  rate: Decimal | null,
): TradeCharges {
  const { fee, tax, feeQuantity } = entry;
  if (!fee && !tax && !feeQuantity) return NONE;
  const { instrument } = holding;
  const currency = instrument.settlementCurrency;
  let inCost = Decimal.ZERO;
  let otherCash: Decimal | null = Decimal.ZERO;
  if (fee) {
    const given = entry.feeCurrency ?? currency;
    const amount = inMajorUnits(fee, given);
    const code = majorOf(given);
    if (code !== currency || instrument.isFutures)
      otherCash = payExpense(account, entry, holding, 'fees', amount, code);
    else {
      inCost = amount;
      account.fees = plus(account.fees, atRate(amount, rate));
    }
  }
  if (tax && instrument.isFutures) {
    const paid = payExpense(account, entry, holding, 'taxes', tax, currency);
    otherCash = otherCash && paid && otherCash.plus(paid);
  } else if (tax) {
    inCost = inCost.plus(tax);
    account.taxes = plus(account.taxes, atRate(tax, rate));
  }
  if (feeQuantity) {
    const worth = instrument.worth(feeQuantity, entry.price);
    account.fees = plus(account.fees, atRate(instrument.inverse ? worth.abs() : worth, rate));
  }
  return { inCost, otherCash };
}

// Returns the cash that it moves, in the portfolio's currency.
function payExpense(
  account: Account,
  entry: Trade,
  holding: Holding,
  kind: 'fees' | 'taxes',
  amount: Decimal,
  currency: string,
): Decimal | null {
  const base = account.inBase(entry, amount, currency);
  account.addExpense(kind, base, holding);
  account.moveCash(entry, amount.negated(), currency);
  return base && base.negated();
}
