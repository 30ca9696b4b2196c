import { invalidArgument } from '../../../errors.js';
import type { Decimal } from '../../../money/decimal.js';
import type { Account } from '../account.js';
import { plus } from '../known-sum.js';
import type { CashConversion, CashFlow, Charge, Income } from '../ledger-entry.js';

/** A deposit or withdrawal. */
export function applyCashFlow(account: Account, entry: CashFlow): void {
  const amount = entry.type === 'deposit' ? entry.amount : entry.amount.negated();
  const base = account.inBase(entry, amount, entry.currency);
  account.netContributions = plus(account.netContributions, base);
  account.moveCash(entry, amount, entry.currency, base);
}

/** Income in money, or in units at their worth. */
export function applyIncome(account: Account, entry: Income): void {
  if (entry.quantity && entry.price) {
    applyIncomeInUnits(account, entry, entry.quantity, entry.price);
    return;
  }
  const known = entry.symbol === undefined ? undefined : account.holdings.get(entry.symbol);
  const currency = entry.currency ?? known?.instrument.settlementCurrency ?? account.currency;
  const amount = entry.amount!;
  const base = account.inBase(entry, amount, currency);
  account.income = plus(account.income, base);
  const withheld = entry.withheld;
  const withheldBase = withheld ? account.inBase(entry, withheld, currency) : null;
  const net = withheld ? amount.minus(withheld) : amount;
  if (entry.symbol !== undefined) {
    const holding = account.holding(entry.symbol, currency);
    holding.note({ at: entry.at, cash: account.inBase(entry, net, currency) });
    holding.income = plus(holding.income, base);
    if (withheld) holding.expenses = plus(holding.expenses, withheldBase);
  }
  if (withheld) account.addExpense('taxes', withheldBase);
  account.moveCash(entry, net, currency);
}

function applyIncomeInUnits(account: Account, entry: Income, quantity: Decimal, price: Decimal): void {
  const where = account.where(entry);
  const holding = account.holdingToOpen(entry.symbol!, entry.currency);
  const { instrument } = holding;
  if (instrument.isFutures)
    throw invalidArgument(`${where}: quantity`, quantity.toString(), 'no units of futures as income');
  if (holding.quantity.sign < 0)
    throw invalidArgument(
      `${where}: quantity`,
      quantity.toString(),
      'no units as income of a short position',
    );
  const worth = instrument.worth(quantity, price);
  const base = account.inBase(entry, worth, instrument.settlementCurrency);
  holding.note({
    at: entry.at,
    cash: account.inBase(entry, worth.minus(worth), instrument.settlementCurrency),
  });
  account.income = plus(account.income, base);
  holding.income = plus(holding.income, base);
  holding.add(
    {
      id: entry.id,
      acquiredAt: entry.at,
      quantity,
      cost: worth,
      baseCost: base,
      entryWorth: worth,
      settledWorth: worth.minus(worth),
    },
    account.costMethod,
  );
}

/** A fee or tax apart from trades. */
export function applyCharge(account: Account, entry: Charge): void {
  const base = account.inBase(entry, entry.amount, entry.currency);
  const holding = entry.symbol === undefined ? undefined : account.holding(entry.symbol, entry.currency);
  holding?.note({ at: entry.at, cash: base && base.negated() });
  account.addExpense(entry.type === 'fee' ? 'fees' : 'taxes', base, holding);
  account.moveCash(entry, entry.amount.negated(), entry.currency, base && base.negated());
}

/** Cash from one currency into another: both sides count at the same worth, so that nothing is gained by it. */
export function applyConversion(account: Account, { sold, bought, ...entry }: CashConversion): void {
  const whole: CashConversion = { sold, bought, ...entry };
  const soldRate = account.fixedRate(sold.currency);
  const boughtRate = account.fixedRate(bought.currency);
  const worth = soldRate
    ? sold.amount.times(soldRate)
    : boughtRate
      ? bought.amount.times(boughtRate)
      : account.inBase(whole, sold.amount, sold.currency);
  account.moveCash(whole, sold.amount.negated(), sold.currency, worth && worth.negated());
  account.moveCash(whole, bought.amount, bought.currency, worth);
  if (!entry.fee) return;
  const currency = entry.feeCurrency ?? sold.currency;
  const fee = account.inBase(whole, entry.fee, currency);
  account.fees = plus(account.fees, fee);
  account.expenses = plus(account.expenses, fee);
  account.moveCash(whole, entry.fee.negated(), currency, minusOf(fee));
}

function minusOf(amount: Decimal | null): Decimal | null {
  return amount && amount.negated();
}
