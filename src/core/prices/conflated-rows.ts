import type { PriceChangeRows } from './price-change-rows.js';

/** A symbol in two batches: the row with its newest price, and its first row, which has its old price. */
export interface ConflatedRow {
  readonly symbol: string;
  readonly newest: PriceChangeRows;
  readonly row: number;
  readonly first: PriceChangeRows;
  readonly firstRow: number;
}

/** One row for each symbol of two batches, in the order of first appearance. */
export function conflatedRows(earlier: PriceChangeRows, later: PriceChangeRows): readonly ConflatedRow[] {
  const known = new Map<string, ConflatedRow>();
  for (const rows of [earlier, later]) {
    for (let row = 0; row < rows.symbolIds.length; row++) {
      const symbol = rows.symbols.symbolOf(rows.symbolIds[row]!);
      const before = known.get(symbol);
      if (!before) known.set(symbol, { symbol, newest: rows, row, first: rows, firstRow: row });
      else if (!before.newest.prices.isNewer(before.row, rows.prices, row))
        known.set(symbol, { ...before, newest: rows, row });
    }
  }
  return [...known.values()];
}

/** Sets a row to a conflated one. */
export function setConflated(to: PriceChangeRows, at: number, conflated: ConflatedRow): void {
  const { symbol, newest, row, first, firstRow } = conflated;
  to.symbolIds[at] = to.symbols.idOf(symbol);
  to.prices.copy(at, newest.prices, row);
  to.oldUnits[at] = first.oldUnits[firstRow]!;
  to.oldScales[at] = first.oldScales[firstRow]!;
}
