import type { DecimalInput } from '../money/decimal.js';
import type { PositionInput } from './position.js';

/**
 * What equity means: a `cash` account owns what it bought (equity = cash + market value); a `margin` account owns its
 * cash and the open profit (equity = cash + unrealized P&L), as with futures and CFDs.
 */
export type AccountKind = 'cash' | 'margin';

/** What a portfolio is made from. */
export interface PortfolioInput {
  /** Its id; 1 to 256 characters. */
  readonly id: string;
  /** Currency that totals are given in. */
  readonly currency: string;
  /** Default `'cash'`. */
  readonly accountKind?: AccountKind;
  /** Cash by currency. */
  readonly cash?: Readonly<Record<string, DecimalInput>>;
  /** Open positions, one a symbol. */
  readonly positions?: readonly PositionInput[];
}

/** A portfolio as plain data, for stores and wires: `Portfolio.fromSnapshot(p.toSnapshot())` is the same portfolio. */
export interface PortfolioSnapshot {
  readonly id: string;
  readonly currency: string;
  readonly accountKind: AccountKind;
  readonly version: number;
  readonly cash: Readonly<Record<string, string>>;
  readonly realizedPnl: Readonly<Record<string, string>>;
  readonly positions: ReadonlyArray<{
    readonly symbol: string;
    readonly currency: string;
    readonly quantity: string;
    readonly costBasis: string;
    readonly realizedPnl: string;
  }>;
}

/** Details of a fill. */
export interface FillOptions {
  /** Currency of price and fee. Default: the position's, or the portfolio's for a new one. */
  readonly currency?: string;
  /** Commission and taxes: adds to the cost of what is opened, lessens the profit of what is closed. Default 0. */
  readonly fee?: DecimalInput;
}
