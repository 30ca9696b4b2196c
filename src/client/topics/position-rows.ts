import type { PortfolioValue, PositionRow } from '../../protocol/values.js';
import { ObservableValue } from './observable-value.js';
import type { PositionView, PositionsView, ValueView } from './value-views.js';

type ObservableRow = ObservableValue<PositionView>;

/** The rows of one portfolio. Each row is an observable value, so that a component that shows one row is notified of that row alone. */
export class PositionRows {
  /** All rows and the totals, as one value. */
  readonly list: ObservableValue<PositionsView>;
  /** Symbols held, in order. The list changes when a position is opened or closed, not with prices. */
  readonly symbols = new ObservableValue<readonly string[]>([]);
  readonly #totals: ObservableValue<ValueView<unknown>>;
  readonly #bySymbol = new Map<string, ObservableRow>();
  #order: readonly string[] = [];

  constructor(totals: ObservableValue<ValueView<unknown>>) {
    this.#totals = totals;
    this.list = new ObservableValue(positionsView(totals.shown as ValueView<PortfolioValue>, []));
  }

  /** The observable value of one row, held or not. */
  row(symbol: string): ObservableRow {
    let observable = this.#bySymbol.get(symbol);
    if (!observable) this.#bySymbol.set(symbol, (observable = new ObservableValue<PositionView>(null)));
    return observable;
  }

  /** The newest rows, shown or not. */
  newest(): PositionRow[] {
    return this.#order.map((symbol) => this.row(symbol).next!);
  }

  /** Replaces all rows. @returns The values to commit. */
  replace(rows: readonly PositionRow[]): ObservableRow[] {
    const kept = new Set(rows.map(({ symbol }) => symbol));
    const gone = this.#order.filter((symbol) => !kept.has(symbol));
    this.#order = [...kept];
    return this.#take(rows, gone);
  }

  /** Applies the rows that have changed. @returns The values to commit. */
  merge(rows: readonly PositionRow[], removed: readonly string[]): ObservableRow[] {
    const added = rows.filter(({ symbol }) => !this.#bySymbol.get(symbol)?.next);
    if (added.length + removed.length > 0) {
      const order = new Set([...this.#order, ...added.map(({ symbol }) => symbol)]);
      for (const symbol of removed) order.delete(symbol);
      this.#order = [...order];
    }
    return this.#take(rows, removed);
  }

  /** Updates the lists once the rows have been committed. @returns The lists that have changed. */
  commit(): ObservableValue<unknown>[] {
    const totals = this.#totals.shown as ValueView<PortfolioValue>;
    const shown = this.list.shown;
    const before = shown.rows;
    const rows = this.#order.map((symbol) => this.row(symbol).shown!);
    const isSameTotals = shown.state === totals.state && shown.totals === totals.value;
    const haveRowsChanged = rows.length !== before.length || rows.some((row, index) => row !== before[index]);
    if (isSameTotals && !haveRowsChanged) return [];
    this.list.next = this.list.shown = positionsView(totals, haveRowsChanged ? rows : before);
    this.symbols.next = this.#order;
    if (!this.symbols.commit()) return [this.list as ObservableValue<unknown>];
    for (const [symbol, { next, listeners }] of this.#bySymbol) {
      if (!next && listeners.size === 0) this.#bySymbol.delete(symbol);
    }
    return [this.list as ObservableValue<unknown>, this.symbols as ObservableValue<unknown>];
  }

  #take(rows: readonly PositionRow[], gone: readonly string[]): ObservableRow[] {
    const set = (symbol: string, row: PositionView): ObservableRow => {
      const observable = this.row(symbol);
      observable.next = row;
      return observable;
    };
    return [...rows.map((row) => set(row.symbol, row)), ...gone.map((symbol) => set(symbol, null))];
  }
}

/** The totals and rows of a portfolio as one view. */
export function positionsView(
  { id, state, reason, value: totals }: ValueView<PortfolioValue>,
  rows: readonly PositionRow[],
): PositionsView {
  return { id, state, reason, totals, rows };
}
