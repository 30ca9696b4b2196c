import type { LineNote } from './recording-format.js';

/** What the lines of a recording came to. `lines` = `priceLines` + all of `control` + all of `rejected`. */
export interface LineCounts {
  /** Lines read. */
  readonly lines: number;
  /** Lines that carried prices. */
  readonly priceLines: number;
  /** Lines that carry no price and belong there, by name: `blank`, `header`, and what the format names. */
  readonly control: Readonly<Record<string, number>>;
  /** Lines that could not be read, by name: `line-too-long`, and what the format names. */
  readonly rejected: Readonly<Record<string, number>>;
}

/** Counts lines. */
export class LineCounter {
  #priceLines = 0;
  #notes = 0;
  readonly #counts = { control: new Map<string, number>(), rejected: new Map<string, number>() };

  /** Counts a line that carried prices. */
  price(): void {
    this.#priceLines++;
  }

  /** Counts a line that carried none. */
  note({ type, name }: LineNote): void {
    this.#notes++;
    const counts = this.#counts[type];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  /** Lines read. */
  get lines(): number {
    return this.#priceLines + this.#notes;
  }

  /** What was counted so far. */
  counts(): LineCounts {
    return {
      lines: this.lines,
      priceLines: this.#priceLines,
      control: Object.fromEntries(this.#counts.control),
      rejected: Object.fromEntries(this.#counts.rejected),
    };
  }
}
