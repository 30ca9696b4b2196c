import { Decimal } from '../../money/decimal.js';
import type { CashAccount } from '../../portfolio/ledger/cash-account.js';
import { DAY_HISTORY_MS } from '../../portfolio/ledger/day-history.js';
import { NO_SUM, plus, type KnownSum } from '../../portfolio/ledger/known-sum.js';
import { rowOf, type LedgerRow } from '../../portfolio/ledger/ledger-row.js';
import type { Portfolio } from '../../portfolio/portfolio.js';
import type { PortfolioLedger } from '../portfolio-table.js';
import type { LedgerSums, ValuationRow } from './valuation-input.js';

/**
 * What a book keeps of a portfolio's ledger. Most portfolios of many have nothing but positions at their cost and cash of their own
 * currency: of those, all sums follow from positions and balances, and nothing is kept.
 */
export function ledgerOf({ account, currency }: Portfolio, now: number): PortfolioLedger | null {
  const { holdings, cash, income, fees, taxes, expenses, netContributions } = account;
  const closed: LedgerRow[] = [];
  let cost: KnownSum = NO_SUM;
  for (const holding of holdings.values()) {
    if (holding.lots.length > 0) cost = plus(cost, holding.baseCost);
    else if (holding.wasHeld) closed.push(recentRow(rowOf(holding), now));
  }
  const home = cash.get(currency);
  const isHomeOnly = cash.size === 0 || (cash.size === 1 && home !== undefined);
  const contributions = plus(cost, home?.balance ?? Decimal.ZERO);
  const isPlain =
    isHomeOnly &&
    closed.length === 0 &&
    [income, fees, taxes, expenses].every(({ known, hasUnknown }) => known.isZero && !hasUnknown) &&
    (home?.unsettled.length ?? 0) === 0 &&
    isBefore(home, now) &&
    contributions.hasUnknown === netContributions.hasUnknown &&
    contributions.known.equals(netContributions.known);
  if (isPlain) return null;
  return {
    cash: new Map(cash),
    closed,
    sums: { income, fees, taxes, expenses, netContributions },
  };
}

/** A row without the entries that are too old for day P&L. */
export function recentRow(row: LedgerRow, now: number): LedgerRow {
  const oldest = now - DAY_HISTORY_MS;
  if (row.events.length === 0 || row.events[0]!.at >= oldest) return row;
  return { ...row, events: row.events.filter(({ at }) => at >= oldest) };
}

/** Balances of which nothing else is known, in the portfolio's own currency. */
export function plainCash(
  cash: ReadonlyMap<string, Decimal>,
  currency: string,
): ReadonlyMap<string, CashAccount> {
  return new Map(
    [...cash].map(([code, balance]) => [
      code,
      {
        balance,
        base:
          code === currency
            ? { known: balance, hasUnknown: false }
            : { known: Decimal.ZERO, hasUnknown: true },
        recent: [],
        unsettled: [],
      },
    ]),
  );
}

/** The sums of a ledger that has only contributed what is held: positions at their cost, and cash. */
export function contributed(
  cash: ReadonlyMap<string, Decimal>,
  rows: readonly ValuationRow[],
  currency: string,
): LedgerSums {
  let netContributions: KnownSum = NO_SUM;
  for (const { row } of rows) netContributions = plus(netContributions, row.baseCost);
  const home = cash.get(currency);
  if (home) netContributions = plus(netContributions, home);
  return { income: NO_SUM, fees: NO_SUM, taxes: NO_SUM, expenses: NO_SUM, netContributions };
}

function isBefore(account: CashAccount | undefined, now: number): boolean {
  const last = account?.recent.at(-1);
  return last === undefined || last.at < now - DAY_HISTORY_MS;
}
