import { keepRaw } from '../keep-raw.js';
/**
 * Numbers symbols 0, 1, 2, … in the order in which they first appear, so that hot paths work with array indexes. Parts that share a
 * table exchange numbers instead of strings.
 * @example
 * ```ts
 * import { InMemoryEventBus } from 'tickmark';
 * import { PositionBook, PriceStreamProcessor, SymbolTable } from 'tickmark/parts';
 *
 * const symbols = new SymbolTable();
 * const prices = new PriceStreamProcessor({ bus: new InMemoryEventBus(), symbols });
 * const book = new PositionBook({ symbols });
 *
 * console.log(symbols.idOf('ACME'), symbols.symbolOf(0)); // 0 ACME
 * ```
 */
export class SymbolTable {
  static {
    keepRaw(this);
  }

  readonly #ids = new Map<string, number>();
  readonly #symbols: string[] = [];

  /** Number of symbols. */
  get size(): number {
    return this.#symbols.length;
  }

  /** The symbol's number; a new symbol gets the next one. */
  idOf(symbol: string): number {
    return this.#ids.get(symbol) ?? this.#add(symbol);
  }

  /** The symbol's number, or -1 when it has none. */
  find(symbol: string): number {
    return this.#ids.get(symbol) ?? -1;
  }

  /** The symbol with a number. */
  symbolOf(id: number): string {
    return this.#symbols[id]!;
  }

  #add(symbol: string): number {
    const id = this.#symbols.push(symbol) - 1;
    this.#ids.set(symbol, id);
    return id;
  }
}

/** Translates the numbers of one table to those of another. Both tables may grow. */
export class SymbolTranslation {
  readonly #from: SymbolTable;
  readonly #to: SymbolTable;
  readonly #ids: number[] = [];

  constructor(from: SymbolTable, to: SymbolTable) {
    this.#from = from;
    this.#to = to;
  }

  /** Whether it translates from this table. */
  isFrom(table: SymbolTable): boolean {
    return this.#from === table;
  }

  /** The numbers in the target table by number in the source table, for all symbols that the source has now. */
  ids(): readonly number[] {
    for (let id = this.#ids.length; id < this.#from.size; id++) {
      this.#ids.push(this.#from === this.#to ? id : this.#to.idOf(this.#from.symbolOf(id)));
    }
    return this.#ids;
  }
}
