import { expect } from 'vitest';
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

/** All that a ledger adds up to, as text. */
export function stateOf(portfolio: Portfolio): string {
  const { holdings, cash, income, fees, taxes, expenses, netContributions, gainedElsewhere } =
    portfolio.account;
  const sums = { income, fees, taxes, expenses, netContributions, gainedElsewhere };
  const bigints = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  return JSON.stringify([[...holdings], [...cash], sums, portfolio.entries], bigints);
}

/** Expects that a step is refused with `code message`, and that nothing of it was applied. */
export function expectRefused(portfolio: Portfolio, step: Step, expected: string): void {
  const before = stateOf(portfolio);
  const [entry] = entriesOf([step], portfolio.entryCount + 1);
  const error = caught(() => portfolio.apply(entry!));
  expect(`${error.code} ${error.message}`).toBe(expected);
  expect(stateOf(portfolio)).toBe(before);
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
