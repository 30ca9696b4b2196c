/**
 * Numbers symbols 0, 1, 2, … in order of first sight, so that everything behind the edge works on array indexes.
 * Parts that share a table exchange numbers instead of texts.
 */
export class SymbolTable {
  readonly #ids = new Map<string, number>();
  readonly #symbols: string[] = [];

  /** How many symbols are numbered. */
  get size(): number {
    return this.#symbols.length;
  }

  /** The symbol's number, given out on first sight. */
  idOf(symbol: string): number {
    let id = this.#ids.get(symbol);
    if (id === undefined) {
      id = this.#symbols.length;
      this.#ids.set(symbol, id);
      this.#symbols.push(symbol);
    }
    return id;
  }

  /** The symbol's number, or -1 when it was never seen. */
  find(symbol: string): number {
    return this.#ids.get(symbol) ?? -1;
  }

  /** The symbol of a number that was given out. */
  symbolOf(id: number): string {
    return this.#symbols[id]!;
  }
}
