/** A record of a CSV file: its cells, or why it cannot be read. */
export interface CsvRecord {
  /** Line that it begins in, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** `null` for a good record. */
  readonly fault: string | null;
}

const BOM = '\uFEFF';
const QUOTE = '"';
/** Characters of the longest record: a quote that nobody closes must not fill the memory. */
const LONGEST_RECORD = 1_048_576;

/** What was found at a place in the text. */
interface Found {
  readonly cells: readonly string[];
  readonly fault: string | null;
  /** Where the record ends, with its line break. */
  readonly end: number;
}

/**
 * Splits CSV into records, chunk by chunk. Lines end with CRLF, LF or CR. Empty lines are left out. After a record that cannot be read it continues with
 * the next line.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc4180
 */
export class CsvReader {
  readonly #separator: string;
  readonly #special: RegExp;
  /** What is left of the text: it begins with a record. */
  #text = '';
  #line = 1;
  #isFirst = true;
  /** The last line ended with CR at the end of a chunk: LF may follow. */
  #mayBeginWithLf = false;

  /** @param separator One character. */
  constructor(separator: string) {
    this.#separator = separator;
    this.#special = new RegExp(`["\\r\\n${separator.replace(/[\\\]^-]/, String.raw`\$&`)}]`, 'g');
  }

  /** The records that end in the chunk. */
  *read(chunk: string): Generator<CsvRecord> {
    if (chunk === '') return;
    let text = this.#text + chunk;
    if (this.#isFirst && text.startsWith(BOM)) text = text.slice(1);
    if (this.#mayBeginWithLf && text.startsWith('\n')) text = text.slice(1);
    this.#isFirst = this.#mayBeginWithLf = false;
    yield* this.#records(text, false);
  }

  /** The last record, if the file does not end with a line break. */
  *end(): Generator<CsvRecord> {
    yield* this.#records(this.#text, true);
  }

  *#records(text: string, isEnd: boolean): Generator<CsvRecord> {
    let at = 0;
    while (at < text.length) {
      let found = this.#recordAt(text, at, isEnd);
      if (!found) {
        if (text.length - at <= LONGEST_RECORD) break;
        const fault = `more than ${LONGEST_RECORD} characters: a quote may be missing`;
        found = this.#skip(text, at, fault, true);
      }
      const { cells, fault, end } = found;
      const line = this.#line;
      this.#line += linesIn(text, at, end);
      at = end;
      this.#mayBeginWithLf = at === text.length && text.endsWith('\r');
      if (fault !== null || cells.length > 1 || cells[0] !== '') yield { line, cells, fault };
    }
    this.#text = text.slice(at);
  }

  // `null`: it does not end in the text.
  #recordAt(text: string, from: number, isEnd: boolean): Found | null {
    const cells: string[] = [];
    for (let at = from; ; at++) {
      let next: number;
      if (text[at] === QUOTE) {
        const quoted = quotedAt(text, at);
        if (!quoted) return isEnd ? this.#skip(text, from, 'a quote that is not closed', true) : null;
        cells.push(quoted.cell);
        next = quoted.end;
      } else {
        next = this.#nextSpecial(text, at);
        cells.push(text.slice(at, next));
      }
      if (next === text.length) return isEnd ? { cells, fault: null, end: next } : null;
      if (text[next] === '\r' || text[next] === '\n')
        return { cells, fault: null, end: afterBreak(text, next) };
      if (text[next] !== this.#separator) {
        const fault =
          text[at] === QUOTE ? 'text after a quoted cell' : 'a quote inside a cell without quotes';
        return this.#skip(text, next, fault, isEnd);
      }
      at = next;
    }
  }

  #nextSpecial(text: string, from: number): number {
    this.#special.lastIndex = from;
    return this.#special.exec(text)?.index ?? text.length;
  }

  // A record that cannot be read ends with its line.
  #skip(text: string, from: number, fault: string, isEnd: true): Found;
  #skip(text: string, from: number, fault: string, isEnd: boolean): Found | null;
  #skip(text: string, from: number, fault: string, isEnd: boolean): Found | null {
    const at = text.slice(from).search(/[\r\n]/);
    if (at === -1) return isEnd ? { cells: [], fault, end: text.length } : null;
    return { cells: [], fault, end: afterBreak(text, from + at) };
  }
}

// The text in quotes. `null`: the closing quote is missing.
function quotedAt(text: string, from: number): { cell: string; end: number } | null {
  let cell = '';
  for (let at = from + 1; ;) {
    const quote = text.indexOf(QUOTE, at);
    if (quote === -1) return null;
    cell += text.slice(at, quote);
    if (text[quote + 1] !== QUOTE) return { cell, end: quote + 1 };
    cell += QUOTE;
    at = quote + 2;
  }
}

const afterBreak = (text: string, at: number): number => (text.startsWith('\r\n', at) ? at + 2 : at + 1);

function linesIn(text: string, from: number, to: number): number {
  return text.slice(from, to).match(/\r\n|\r|\n/g)?.length ?? 0;
}
