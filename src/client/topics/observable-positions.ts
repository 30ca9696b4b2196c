import type { PositionRow, PositionsValue } from '../../protocol/values.js';
import { isSame } from './is-same.js';
import { ObservableValue } from './observable-value.js';
import { NONE, noPositions, type Absence, type PositionsView } from './value-views.js';

/** Totals, rows, closed positions and cash of one portfolio, with a look-up of single rows. What has not changed stays the same object. */
export class ObservablePositions extends ObservableValue<PositionsView> {
  /** The shown rows. */
  bySymbol: ReadonlyMap<string, PositionRow> = new Map();
  /** Their symbols: another list when a position is opened or closed, not with prices. */
  symbols: readonly string[] = NONE;

  constructor(id: string, reason: Absence = null) {
    super(noPositions(id, reason));
  }

  /** The newest view with what a message says. */
  after({ portfolio, full, rows, removed, closed, cashBalances }: PositionsValue): PositionsView {
    const { next } = this;
    return {
      ...next,
      state: 'ready',
      reason: null,
      totals: kept(next.totals, portfolio),
      rows: merged(next.rows, rows, removed, full),
      closed: merged(next.closed, closed, removed, full),
      cashBalances: cashBalances ? kept(next.cashBalances, cashBalances) : next.cashBalances,
    };
  }

  override commit(): boolean {
    const before = this.shown.rows;
    const hasChanged = super.commit();
    const { rows } = this.shown;
    if (rows !== before) {
      this.bySymbol = new Map(rows.map((row) => [row.symbol, row]));
      this.symbols = kept(this.symbols, [...this.bySymbol.keys()]);
    }
    return hasChanged;
  }
}

/** The later value, as the earlier object if it is the same. */
function kept<T>(before: T, after: T): T {
  return isSame(before, after) ? before : after;
}

/** Rows after a change: those that stay in their order, then those that are new. */
function merged<Row extends { readonly symbol: string }>(
  before: readonly Row[],
  changed: readonly Row[],
  removed: readonly string[],
  isWhole: boolean,
): readonly Row[] {
  if (!isWhole && changed.length + removed.length === 0) return before;
  const known = new Map(before.map((row) => [row.symbol, row]));
  const rows = new Map(isWhole ? [] : known);
  for (const symbol of removed) rows.delete(symbol);
  for (const row of changed) rows.set(row.symbol, kept(known.get(row.symbol) ?? row, row));
  return kept(before, [...rows.values()]);
}
