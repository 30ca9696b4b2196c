import type { LineNote } from './recording-format.js';

/** Counts of the lines of a recording. `lines` = `priceLines` + all of `control` + all of `rejected`. */
export interface LineCounts {
  /** Lines read. */
  readonly lines: number;
  /** Lines with prices. */
  readonly priceLines: number;
  /** Valid lines without a price, by name: `blank`, `header`, and names of the format. */
  readonly control: Readonly<Record<string, number>>;
  /** Lines that could not be decoded, by name: `line-too-long`, `decoder-threw`, and names of the format. */
  readonly rejected: Readonly<Record<string, number>>;
}

/** Counts lines. */
export class LineCounter {
  #priceLines = 0;
  #notes = 0;
  readonly #counts = { control: new Map<string, number>(), rejected: new Map<string, number>() };

  /** Counts a line with prices. */
  price(): void {
    this.#priceLines++;
  }

  /** Counts a line without prices. */
  note({ type, name }: LineNote): void {
    this.#notes++;
    const counts = this.#counts[type];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  /** Lines read. */
  get lines(): number {
    return this.#priceLines + this.#notes;
  }

  /** Counts so far. */
  counts(): LineCounts {
    return {
      lines: this.lines,
      priceLines: this.#priceLines,
      control: Object.fromEntries(this.#counts.control),
      rejected: Object.fromEntries(this.#counts.rejected),
    };
  }
}
