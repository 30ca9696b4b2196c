import { Decimal } from '../money/decimal.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import type { AccountSnapshot } from './fill-stream.js';

/** A position or a cash balance of which the broker says something else than the ledger. */
export interface AccountDifference {
  readonly account: string;
  readonly portfolioId: string;
  /** Symbol of a position; `null` for cash. */
  readonly symbol: string | null;
  /** Currency of a cash balance; `null` for a position. */
  readonly currency: string | null;
  /** Units, or money, by the ledger. */
  readonly booked: Decimal;
  /** Units, or money, by the broker. */
  readonly reported: Decimal;
  /** When the broker made its snapshot, ms since 1970. */
  readonly at: number;
}

/**
 * Compares what a broker says that an account holds with a portfolio.
 * @throws TickmarkError `INVALID_DECIMAL`, `OUT_OF_RANGE` for an amount of the snapshot.
 */
export function accountDifferences(snapshot: AccountSnapshot, portfolio: Portfolio): AccountDifference[] {
  const { account, at, positions, cash = {} } = snapshot;
  const common = { account, portfolioId: portfolio.id, at };
  const booked = new Map(portfolio.positions.map(({ symbol, quantity }) => [symbol, quantity]));
  const symbols = new Set([...booked.keys(), ...Object.keys(positions)]);
  const units = [...symbols].map((symbol) => ({
    ...common,
    symbol,
    currency: null,
    booked: booked.get(symbol) ?? Decimal.ZERO,
    reported: Decimal.from(positions[symbol] ?? 0, `Snapshot of account ${account}: positions.${symbol}`),
  }));
  const balances = Object.entries(cash).map(([currency, amount]) => ({
    ...common,
    symbol: null,
    currency,
    booked: portfolio.cash.get(currency) ?? Decimal.ZERO,
    reported: Decimal.from(amount, `Snapshot of account ${account}: cash.${currency}`),
  }));
  return [...units, ...balances].filter((each) => !each.booked.equals(each.reported));
}
