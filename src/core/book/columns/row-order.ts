import { NONE } from './subtotals.js';

/** Sorts the rows of batches by the numbers of their symbols, in memory that is used again for each batch. */
export class RowOrder {
  #rowOf = new Int32Array(0);
  #rows = new Int32Array(0);

  /**
   * The rows of a batch, sorted; valid until the next call. `null` where a symbol comes more than once: then the order of its rows
   * matters.
   * @param ids Numbers of the symbols, by the indexes in `symbolIds`.
   */
  of(symbolIds: Int32Array, ids: readonly number[]): Int32Array | null {
    let end = 0;
    for (const id of symbolIds) end = Math.max(end, ids[id]! + 1);
    if (this.#rowOf.length < end) this.#rowOf = new Int32Array(2 * end).fill(NONE);
    if (this.#rows.length < symbolIds.length) this.#rows = new Int32Array(2 * symbolIds.length);
    const rowOf = this.#rowOf;
    const rows = this.#rows;
    let isSingle = true;
    for (let row = 0; row < symbolIds.length; row++) {
      const id = ids[symbolIds[row]!]!;
      if (rowOf[id] !== NONE) isSingle = false;
      rowOf[id] = row;
    }
    let length = 0;
    for (let id = 0; id < end; id++) {
      const row = rowOf[id]!;
      if (row === NONE) continue;
      rowOf[id] = NONE;
      rows[length++] = row;
    }
    return isSingle ? rows.subarray(0, length) : null;
  }
}
