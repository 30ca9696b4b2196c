import type { Container, Leaf } from './frame-leaves.js';

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

/** The symbol that a value belongs to: the only one that the innermost list or object with a symbol names. */
export function symbolOf(leaf: Leaf): string | undefined {
  let at: Container | undefined = leaf.in;
  while (at && at.symbols.size === 0) at = at.parent;
  return at?.symbols.size === 1 ? [...at.symbols][0] : undefined;
}
