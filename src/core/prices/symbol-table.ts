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
    return this.#ids.get(symbol) ?? this.#add(symbol);
  }

  /** The symbol's number, or -1 when it was never seen. */
  find(symbol: string): number {
    return this.#ids.get(symbol) ?? -1;
  }

  /** The symbol of a number that was given out. */
  symbolOf(id: number): string {
    return this.#symbols[id]!;
  }

  #add(symbol: string): number {
    const id = this.#symbols.push(symbol) - 1;
    this.#ids.set(symbol, id);
    return id;
  }
}

/** The numbers that one table's symbols have in another; grows with the tables. */
export class SymbolTranslation {
  readonly #from: SymbolTable;
  readonly #to: SymbolTable;
  readonly #ids: number[] = [];

  constructor(from: SymbolTable, to: SymbolTable) {
    this.#from = from;
    this.#to = to;
  }

  /** Whether this translates from a table. */
  isFrom(table: SymbolTable): boolean {
    return this.#from === table;
  }

  /** Numbers in the target table, by number in the source table; complete at the time of the call. */
  ids(): readonly number[] {
    for (let id = this.#ids.length; id < this.#from.size; id++) {
      this.#ids.push(this.#from === this.#to ? id : this.#to.idOf(this.#from.symbolOf(id)));
    }
    return this.#ids;
  }
}
