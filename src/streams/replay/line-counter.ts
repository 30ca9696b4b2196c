import type { LineNote } from './recording-format.js';

/** A line that could not be decoded. */
export interface RejectedLine {
  /** Path of the file; in a zip archive, followed by that of the file in it. */
  readonly file: string;
  /** Number of the line, from 1. */
  readonly line: number;
  /** The line, or its first 200 characters. */
  readonly text: string;
}

/** A file that was read. */
export interface FileRead {
  /** Path of the file; in a zip archive, followed by that of the file in it. */
  readonly file: string;
  /** Name of its format. */
  readonly format: string;
  /** What the rows do not say, such as `the symbol is "AAPL", from the name of the file`. */
  readonly assumed: readonly string[];
}

/** Counts of the lines of a recording. `lines` = `priceLines` + all of `control` + all of `rejected`. */
export interface LineCounts {
  /** Lines read. */
  readonly lines: number;
  /** Lines with prices. */
  readonly priceLines: number;
  /** Valid lines without a price, by name: `blank`, `header`, and names of the format. */
  readonly control: Readonly<Record<string, number>>;
  /** Lines that gave no price and should have, by reason: `line-too-long`, `decoder-threw`, `unfinished-line`, and reasons of the format. */
  readonly rejected: Readonly<Record<string, number>>;
  /** The first line of each reason in `rejected`. */
  readonly firstRejected: Readonly<Record<string, RejectedLine>>;
  /** The files, in the order in which they were read: at most the first 10,000. */
  readonly files: readonly FileRead[];
}

const MAX_FILES = 10_000;
const MAX_TEXT = 200;

/** Counts lines. */
export class LineCounter {
  #priceLines = 0;
  #notes = 0;
  readonly #counts = { control: new Map<string, number>(), rejected: new Map<string, number>() };
  readonly #first = new Map<string, RejectedLine>();
  readonly #files = new Map<string, { file: string; format: string; assumed: string[] }>();

  /** Says that a file is read, in a format. */
  file(file: string, format: string): void {
    if (this.#files.size < MAX_FILES) this.#files.set(file, { file, format, assumed: [] });
  }

  /** Says what is assumed of a file. */
  assumed(file: string, what: string): void {
    this.#files.get(file)?.assumed.push(what);
  }

  /** Counts a line with prices. */
  price(): void {
    this.#priceLines++;
  }

  /** Counts a line without prices. */
  note({ type, name }: LineNote, at?: RejectedLine): void {
    this.#notes++;
    const counts = this.#counts[type];
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (type === 'rejected' && at && !this.#first.has(name))
      this.#first.set(name, { ...at, text: at.text.slice(0, MAX_TEXT) });
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
      firstRejected: Object.fromEntries(this.#first),
      files: [...this.#files.values()].map((each) => ({ ...each, assumed: [...each.assumed] })),
    };
  }
}
