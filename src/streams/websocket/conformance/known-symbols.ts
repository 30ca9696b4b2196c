import { assert } from '../../../conformance/assertions.js';
import type { Container, Leaf } from './frame-leaves.js';
import type { PlayedFrame } from './played-recording.js';

/** The symbols of a recording, and which values of a frame belong to which symbol. */
export class KnownSymbols {
  readonly #bySpelling = new Map<string, string>();
  readonly #paths = new Set<string>();

  constructor(symbols: Iterable<string>) {
    for (const symbol of symbols) this.#bySpelling.set(symbol.toLowerCase(), symbol);
  }

  get size(): number {
    return this.#bySpelling.size;
  }

  /** Learns from a frame where symbols are written: whatever else is written there is a symbol, too. */
  learn(leaves: readonly Leaf[]): void {
    for (const { text, path } of leaves) if (this.#bySpelling.has(text.toLowerCase())) this.#paths.add(path);
    for (const { text, path, isQuoted } of leaves) {
      if (isQuoted && text !== '' && this.#paths.has(path) && !this.#bySpelling.has(text.toLowerCase())) {
        this.#bySpelling.set(text.toLowerCase(), text);
      }
    }
  }

  /** Marks in each list and object of a frame which symbols it names. */
  place(leaves: readonly Leaf[]): void {
    for (const leaf of leaves) {
      const symbol = this.namedBy(leaf.text);
      if (symbol === undefined) continue;
      for (let at: Container | undefined = leaf.in; at; at = at.parent) at.symbols.add(symbol);
    }
  }

  /** The symbol that a value names: it is the value, or a part of it, as in `tickers.BTCUSDT`. */
  namedBy(text: string): string | undefined {
    if (text.length > 300) return undefined;
    const lower = text.toLowerCase();
    const whole = this.#bySpelling.get(lower);
    if (whole !== undefined) return whole;
    for (const part of [
      lower.slice(lower.indexOf('.') + 1),
      ...lower.split(/[@|,~! ]|\.(?=[^.]*$)|:(?=[^:]*$)/),
    ]) {
      const symbol = this.#bySpelling.get(part);
      if (symbol !== undefined) return symbol;
    }
    return undefined;
  }
}

/** Fails for a price of a symbol that neither its frame nor an earlier one of the connection names, nor the caller. */
export function checkSymbols(frames: readonly PlayedFrame[], declared: ReadonlySet<string>): void {
  const named = new Map<string, Set<string>>();
  const texts = new Map<string, string[]>();
  for (const { number, connection, data, updates } of frames) {
    if (typeof data !== 'string') continue;
    const known = named.get(connection) ?? new Set(declared);
    named.set(connection, known);
    const soFar = texts.get(connection) ?? [];
    texts.set(connection, soFar);
    soFar.push(data);
    for (const { symbol } of updates) {
      if (known.has(symbol)) continue;
      assert(
        isNamedIn(data, symbol) || soFar.some((text) => isNamedIn(text, symbol)),
        `frame ${number}: there is a price of ${symbol}, which is in no frame so far: pass symbols as the venue spells them`,
      );
      known.add(symbol);
    }
  }
}

/** Whether a text has a symbol, and not as a part of a longer word. */
function isNamedIn(text: string, symbol: string): boolean {
  const [where, what] = [text.replaceAll('\\/', '/').toLowerCase(), symbol.toLowerCase()];
  for (let at = where.indexOf(what); at >= 0; at = where.indexOf(what, at + 1)) {
    const [before, after] = [where[at - 1] ?? ' ', where[at + what.length] ?? ' '];
    if (!/[a-z0-9]/.test(before) && !/[a-z0-9]/.test(after)) return true;
  }
  return false;
}

/** The symbol that a value belongs to: the only one that the innermost list or object with a symbol names. */
export function symbolOf(leaf: Leaf): string | undefined {
  let at: Container | undefined = leaf.in;
  while (at && at.symbols.size === 0) at = at.parent;
  return at?.symbols.size === 1 ? [...at.symbols][0] : undefined;
}
