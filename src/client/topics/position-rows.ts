import type { PortfolioValue, PositionRow } from '../../protocol/values.js';
import { Cell } from './cell.js';
import type { PositionSnapshot, PositionsSnapshot, ValueSnapshot } from './value-snapshots.js';

type RowCell = Cell<PositionSnapshot>;

/** The rows of one portfolio: each is a cell of its own, so that what shows one row hears of that row alone. */
export class PositionRows {
  /** All rows and the totals, as one. */
  readonly list: Cell<PositionsSnapshot>;
  /** Symbols held, in order: changes when a position is opened or closed, not with prices. */
  readonly symbols = new Cell<readonly string[]>([]);
  readonly #totals: Cell<ValueSnapshot<unknown>>;
  readonly #cells = new Map<string, RowCell>();
  #order: readonly string[] = [];

  constructor(totals: Cell<ValueSnapshot<unknown>>) {
    this.#totals = totals;
    this.list = new Cell({ ...(totals.shown as ValueSnapshot<PortfolioValue>), rows: [] });
  }

  /** The cell of one row, held or not. */
  row(symbol: string): RowCell {
    let cell = this.#cells.get(symbol);
    if (!cell) this.#cells.set(symbol, (cell = new Cell<PositionSnapshot>(null)));
    return cell;
  }

  /** The newest rows, shown or not. */
  newest(): PositionRow[] {
    return this.#order.map((symbol) => this.row(symbol).next!);
  }

  /** Takes all rows anew. @returns the cells to commit. */
  replace(rows: readonly PositionRow[]): RowCell[] {
    const kept = new Set(rows.map(({ symbol }) => symbol));
    const gone = this.#order.filter((symbol) => !kept.has(symbol));
    this.#order = [...kept];
    return this.#take(rows, gone);
  }

  /** Takes those that have changed. @returns the cells to commit. */
  merge(rows: readonly PositionRow[], removed: readonly string[]): RowCell[] {
    const added = rows.filter(({ symbol }) => !this.#cells.get(symbol)?.next);
    if (added.length + removed.length > 0) {
      const order = new Set([...this.#order, ...added.map(({ symbol }) => symbol)]);
      for (const symbol of removed) order.delete(symbol);
      this.#order = [...order];
    }
    return this.#take(rows, removed);
  }

  /** Shows the lists as the rows, committed before, now are. @returns those that have changed. */
  commit(): Cell<unknown>[] {
    const totals = this.#totals.shown as ValueSnapshot<PortfolioValue>;
    const { rows: before, ...rest } = this.list.shown;
    const rows = this.#order.map((symbol) => this.row(symbol).shown!);
    const isSameTotals = rest.state === totals.state && rest.value === totals.value;
    const haveRowsChanged = rows.length !== before.length || rows.some((row, index) => row !== before[index]);
    if (isSameTotals && !haveRowsChanged) return [];
    this.list.next = this.list.shown = { ...totals, rows: haveRowsChanged ? rows : before };
    this.symbols.next = this.#order;
    if (!this.symbols.commit()) return [this.list as Cell<unknown>];
    for (const [symbol, { next, listeners }] of this.#cells) {
      if (!next && listeners.size === 0) this.#cells.delete(symbol);
    }
    return [this.list as Cell<unknown>, this.symbols as Cell<unknown>];
  }

  #take(rows: readonly PositionRow[], gone: readonly string[]): RowCell[] {
    const touched: RowCell[] = [];
    const put = (symbol: string, row: PositionSnapshot): void => {
      const cell = this.row(symbol);
      cell.next = row;
      touched.push(cell);
    };
    for (const row of rows) put(row.symbol, row);
    for (const symbol of gone) put(symbol, null);
    return touched;
  }
}
