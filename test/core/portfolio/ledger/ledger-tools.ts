import { expect } from 'vitest';
import { TickmarkError } from '../../../../src/core/errors.js';
import type { InstrumentInput } from '../../../../src/core/instruments/instrument.js';
import type { Decimal } from '../../../../src/core/money/decimal.js';
import { whole, type KnownSum } from '../../../../src/core/portfolio/ledger/known-sum.js';
import type { LedgerEntryInput } from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import type { Lot } from '../../../../src/core/portfolio/ledger/lot.js';
import type { PortfolioTerms } from '../../../../src/core/portfolio/portfolio-input.js';
import { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import { caught } from '../../../oracle/caught.js';

/** One of each kind. */
export const INSTRUMENTS: readonly InstrumentInput[] = [
  { symbol: 'FUT', currency: 'USD', multiplier: 50, valuationMethod: 'futures' },
  { symbol: 'NEXT', currency: 'USD', multiplier: 50, valuationMethod: 'futures' },
  {
    symbol: 'INV',
    currency: 'USD',
    settlementCurrency: 'BTC',
    multiplier: 100,
    valuationMethod: 'futures',
    inverse: true,
  },
  { symbol: 'EURO', currency: 'EUR' },
  { symbol: 'PENCE', currency: 'GBp' },
  { symbol: 'BOND', currency: 'USD', quotation: 'percent' },
];

type WithoutCommon<Entry> = Entry extends unknown ? Omit<Entry, 'id' | 'at'> : never;
/** An entry; without an id it is `e1`, `e2`, …, each a minute later. */
export type Step = WithoutCommon<LedgerEntryInput> & Partial<Pick<LedgerEntryInput, 'id' | 'at'>>;

/** Rates of an entry to USD. */
export const RATES = { EUR: '1.1', GBP: '1.25' };
export const FIFO = { costMethod: 'fifo' } as const;

type Amount = number | string;

export const buy = (symbol: string, quantity: Amount, price: Amount, more: object = {}): Step => ({
  type: 'buy',
  symbol,
  quantity,
  price,
  ...more,
});

export const sell = (symbol: string, quantity: Amount, price: Amount, more: object = {}): Step => ({
  type: 'sell',
  symbol,
  quantity,
  price,
  ...more,
});

export const settlement = (symbol: string, price: Amount, more: object = {}): Step => ({
  type: 'settlement',
  symbol,
  price,
  ...more,
});

export const split = (symbol: string, from: Amount, to: Amount, more: object = {}): Step => ({
  type: 'split',
  symbol,
  from,
  to,
  ...more,
});

/** One unit for each. */
export const spinOff = (symbol: string, into: string, costShare: Amount, more: object = {}): Step => ({
  type: 'spinOff',
  symbol,
  into,
  from: 1,
  to: 1,
  costShare,
  ...more,
});

/** One unit for each. */
export const merger = (symbol: string, into: string | undefined, more: object = {}): Step => ({
  type: 'merger',
  symbol,
  from: 1,
  to: 1,
  ...(into !== undefined && { into }),
  ...more,
});

export const rename = (symbol: string, into: string, more: object = {}): Step => ({
  type: 'rename',
  symbol,
  into,
  ...more,
});

export const returnOfCapital = (symbol: string, amount: Amount, more: object = {}): Step => ({
  type: 'returnOfCapital',
  symbol,
  amount,
  currency: 'USD',
  ...more,
});

export const transferIn = (
  symbol: string,
  quantity: Amount,
  cost: Amount | null,
  more: object = {},
): Step => ({ type: 'transferIn', symbol, quantity, cost, ...more });

export const transferOut = (symbol: string, quantity: Amount, price: Amount, more: object = {}): Step => ({
  type: 'transferOut',
  symbol,
  quantity,
  price,
  ...more,
});

export const openingPosition = (symbol: string, quantity: Amount, more: object = {}): Step => ({
  type: 'openingPosition',
  symbol,
  quantity,
  ...more,
});

/** Steps as entries. @param from Number of the first. */
export function entriesOf(steps: readonly Step[], from = 1): LedgerEntryInput[] {
  return steps.map((step, index) => {
    return { id: `e${from + index}`, at: 60_000 * (from + index), ...step } as LedgerEntryInput;
  });
}

/** The portfolio, in USD, that a ledger leads to. */
export function replayed(steps: readonly Step[], terms: Partial<PortfolioTerms> = {}): Portfolio {
  return Portfolio.replay({ id: 'p', currency: 'USD', instruments: INSTRUMENTS, ...terms }, entriesOf(steps));
}

/** The portfolio after one more step. */
export function after(portfolio: Portfolio, step: Step): Portfolio {
  return portfolio.apply(entriesOf([step], portfolio.entryCount + 1));
}

/** All that a ledger adds up to, with all its digits, as text. */
export function accountText({ account }: Portfolio): string {
  const { holdings, cash, income, fees, taxes, expenses, netContributions, gainedElsewhere } = account;
  const sums = { income, fees, taxes, expenses, netContributions, gainedElsewhere };
  const bigints = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  return JSON.stringify([[...holdings], [...cash], sums], bigints);
}

/** The same, and the entries. */
export function stateOf(portfolio: Portfolio): string {
  return JSON.stringify([...(JSON.parse(accountText(portfolio)) as unknown[]), portfolio.entries]);
}

/** Expects that a step is refused with `code message`, and that nothing of it was applied. */
export function expectRefused(portfolio: Portfolio, step: Step, expected: string): void {
  const before = stateOf(portfolio);
  const [entry] = entriesOf([step], portfolio.entryCount + 1);
  const error = caught(() => portfolio.apply(entry!));
  expect(`${error.code} ${error.message}`).toBe(expected);
  expect(stateOf(portfolio)).toBe(before);
}

/** Expects that steps of which one is bad are refused together, however they come, and that nothing of them was applied. */
export function expectAllRefused(portfolio: Portfolio, steps: readonly Step[]): void {
  const before = stateOf(portfolio);
  const entries = entriesOf(steps, portfolio.entryCount + 1);
  for (const order of [entries, [...entries].reverse()]) {
    expect(caught(() => portfolio.apply(order))).toBeInstanceOf(TickmarkError);
    expect(stateOf(portfolio)).toBe(before);
  }
}

/** What a symbol holds: quantity and cost; `undefined` when it is flat. */
export function held(portfolio: Portfolio, symbol: string): string[] | undefined {
  const position = portfolio.position(symbol);
  return position && [text(position.quantity), text(position.costBasis)];
}

/** Lots of a symbol: id, quantity, cost. */
export function lotsOf(portfolio: Portfolio, symbol: string): string[][] {
  const shown = ({ id, quantity, cost }: Lot) => [id, text(quantity), text(cost)];
  return (portfolio.position(symbol)?.lots ?? []).map(shown);
}

/** Balances by currency. */
export function cashOf(portfolio: Portfolio): Record<string, string> {
  return Object.fromEntries([...portfolio.cash].map(([currency, balance]) => [currency, text(balance)]));
}

/** What a symbol has realized in its own currency. */
export function realizedOf(portfolio: Portfolio, symbol: string): string {
  return sumText(portfolio.account.holdings.get(symbol)!.realizedLocal);
}

/** The sums of the account, in USD. */
export function sumsOf({ account }: Portfolio): Record<string, string> {
  const { income, fees, taxes, expenses, netContributions, gainedElsewhere } = account;
  const sums = { income, fees, taxes, expenses, netContributions, gainedElsewhere };
  return Object.fromEntries(
    Object.entries(sums)
      .map(([name, sum]) => [name, sumText(sum)] as const)
      .filter(([, sum]) => sum !== '0'),
  );
}

/** A decimal without trailing zeros; `unknown` for null. */
export function text(amount: Decimal | null): string {
  return amount?.trimmed().toString() ?? 'unknown';
}

export const sumText = (sum: KnownSum): string => text(whole(sum));
