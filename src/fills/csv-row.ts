import { TickmarkError, quote } from '../core/errors.js';
import type { CsvRecord } from './csv-reader.js';

/** A row of a CSV file, below its header. */
export interface CsvRow {
  /** Line of the file that it begins in, from 1. */
  readonly line: number;
  /**
   * The text in a column, without spaces around it.
   * @throws TickmarkError `MALFORMED_INPUT` if the file has no such column.
   */
  cell(column: string): string;
}

/** The first record of a CSV file: names of columns. */
export class CsvHeader {
  readonly #names: readonly string[];

  constructor({ cells }: CsvRecord) {
    this.#names = cells.map((name) => name.trim());
  }

  /** Number of columns. */
  get width(): number {
    return this.#names.length;
  }

  /** A record below it, with as many cells. */
  rowOf({ line, cells }: CsvRecord): CsvRow {
    return { line, cell: (column) => cells[this.indexOf(column)]!.trim() };
  }

  /** @throws TickmarkError `MALFORMED_INPUT` for a column that is missing, or that there are two of. */
  indexOf(column: string): number {
    const at = this.#names.indexOf(column);
    if (at !== -1 && at === this.#names.lastIndexOf(column)) return at;
    const names = this.#names.map((name) => quote(name)).join(', ');
    const fault = at === -1 ? 'no column' : 'more than one column';
    throw new TickmarkError(
      'MALFORMED_INPUT',
      `CsvFillStream: the file has ${fault} ${quote(column)}; it has ${names}.`,
    );
  }
}
