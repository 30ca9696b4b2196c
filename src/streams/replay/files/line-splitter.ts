import type { Buffer } from 'node:buffer';

const NEWLINE = 10;
const RETURN = 13;

/** A line of a file, or `null` for one that was too long. */
export type Line = string | null;

/** Splits chunks of UTF-8 into lines. Keeps only one unfinished line, of at most `maxBytes`. */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #held = 0;
  #isTooLong = false;
  /** What ends a line; `undefined` before the first chunk. */
  #end: number | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in the chunk, without `\n` or `\r\n`, or `\r` in a file that has no others. */
  split(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    const end = (this.#end ??= endOfLines(chunk));
    let from = 0;
    for (let at = chunk.indexOf(end); at !== -1; at = chunk.indexOf(end, from)) {
      lines.push(this.#complete(chunk, from, at));
      from = at + 1;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
    return lines;
  }

  /** The last line, if the file does not end with a line break. */
  end(): Line[] {
    return this.#held === 0 && !this.#isTooLong ? [] : [this.#complete(undefined, 0, 0)];
  }

  #complete(chunk: Buffer | undefined, from: number, to: number): Line {
    if (this.#held === 0 && !this.#isTooLong && chunk)
      return to - from > this.#maxBytes ? null : textOf(chunk, from, to);
    if (chunk) this.#hold(chunk.subarray(from, to));
    const [parts, isTooLong] = [this.#parts, this.#isTooLong];
    this.#parts = [];
    this.#held = 0;
    this.#isTooLong = false;
    return isTooLong ? null : joined(parts);
  }

  #hold(part: Buffer): void {
    if (this.#isTooLong) return;
    this.#held += part.length;
    this.#isTooLong = this.#held > this.#maxBytes;
    if (this.#isTooLong) {
      this.#parts = [];
      this.#held = 0;
    } else {
      this.#parts.push(part);
    }
  }
}

// Of a file that grows, the last byte may be the first half of `\r\n`.
function endOfLines(chunk: Buffer): number {
  const at = chunk.indexOf(RETURN);
  return at !== -1 && at < chunk.length - 1 && !chunk.includes(NEWLINE) ? RETURN : NEWLINE;
}

// Each line becomes a string of its own: a slice of the chunk's string would keep the whole chunk in memory for one price.
function textOf(chunk: Buffer, from: number, to: number): string {
  return chunk.toString('utf8', from, to > from && chunk[to - 1] === RETURN ? to - 1 : to);
}

function joined(parts: readonly Buffer[]): string {
  const [first, ...others] = parts;
  if (!first) return '';
  const whole = others.length === 0 ? first : (first.constructor as typeof Buffer).concat(parts);
  return textOf(whole, 0, whole.length);
}
