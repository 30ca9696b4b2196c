import { Decimal } from '../../money/decimal.js';
import { inMajorUnits, majorOf } from '../../money/minor-units.js';
import type { Account } from './account.js';
import type { Holding } from './holding.js';
import { plus } from './known-sum.js';
import type { Trade } from './ledger-entry.js';

/** Commission and duty of a trade. */
export interface TradeCharges {
  /** In the trade's currency. */
  readonly inCost: Decimal;
  /** What else was paid, in the portfolio's currency; below 0 when paid. */
  readonly otherCash: Decimal | null;
}

/** Books what of a trade's charges is in no cost, and returns the rest. */
export function tradeCharges(
  account: Account,
  entry: Trade,
  holding: Holding,
  base: (amount: Decimal) => Decimal | null,
): TradeCharges {
  const { instrument } = holding;
  const currency = instrument.settlementCurrency;
  const fee = inMajorUnits(entry.fee ?? Decimal.ZERO, entry.feeCurrency ?? currency);
  const tax = entry.tax ?? Decimal.ZERO;
  const feeCurrency = majorOf(entry.feeCurrency ?? currency);
  let inCost = Decimal.ZERO;
  let otherCash: Decimal | null = Decimal.ZERO;
  const expense = (kind: 'fees' | 'taxes', amount: Decimal, code: string) => {
    const inBase = account.inBase(entry, amount, code);
    account.addExpense(kind, inBase, holding);
    account.moveCash(entry, amount.negated(), code);
    otherCash = otherCash && inBase && otherCash.minus(inBase);
  };
  if (feeCurrency !== currency || instrument.isFutures) expense('fees', fee, feeCurrency);
  else {
    inCost = inCost.plus(fee);
    account.fees = plus(account.fees, base(fee));
  }
  if (instrument.isFutures) expense('taxes', tax, currency);
  else {
    inCost = inCost.plus(tax);
    account.taxes = plus(account.taxes, base(tax));
  }
  if (entry.feeQuantity) {
    const worth = instrument.worth(entry.feeQuantity, entry.price);
    account.fees = plus(account.fees, base(instrument.inverse ? worth.abs() : worth));
  }
  return { inCost, otherCash };
}
