import { invalidArgument } from '../../errors.js';

/**
 * What symbols are called by the sources of their prices. A symbol that is not listed has its own name everywhere.
 *
 * - A table: the name at all sources, or by the name of the stream.
 * - A function of the symbol and the name of the stream; `undefined`: its own name.
 *
 * @example
 * ```ts
 * import type { SymbolNames } from 'tickmark';
 *
 * const table: SymbolNames = { 'BTC-USD': { binance: 'BTCUSDT', kraken: 'BTC/USD' }, 'BRK.B': 'BRK-B' };
 * const rule: SymbolNames = (symbol, stream) => (stream === 'binance' ? symbol.replace('-', '') : undefined);
 * console.log(table, rule);
 * ```
 */
export type SymbolNames =
  | Readonly<Record<string, string | Readonly<Record<string, string>>>>
  | ((symbol: string, stream: string) => string | undefined);

/** What one stream calls the symbols that it was asked for. */
export class SymbolTranslator {
  readonly #names: SymbolNames;
  readonly #stream: string;
  readonly #nameBySymbol = new Map<string, string>();
  readonly #symbolByName = new Map<string, string>();

  constructor(names: SymbolNames, stream: string) {
    this.#names = names;
    this.#stream = stream;
  }

  /** The symbols that it was asked for. */
  get symbols(): readonly string[] {
    return [...this.#nameBySymbol.keys()];
  }

  /** How many symbols it was asked for. */
  get size(): number {
    return this.#nameBySymbol.size;
  }

  /**
   * Adds a symbol. @returns its name at the stream.
   * @throws TickmarkError `INVALID_ARGUMENT` for a name that is no text, or that another symbol has: its prices could be those of either.
   */
  add(symbol: string): string {
    const name = this.#nameOf(symbol);
    const other = this.#symbolByName.get(name);
    if (other !== undefined && other !== symbol) {
      const where = `symbols: ${JSON.stringify(symbol)} at ${this.#stream}`;
      throw invalidArgument(where, name, `a name of its own; ${JSON.stringify(other)} has it already`);
    }
    this.#nameBySymbol.set(symbol, name);
    this.#symbolByName.set(name, symbol);
    return name;
  }

  /** Removes a symbol. @returns its name at the stream; `undefined` if it was not asked for. */
  remove(symbol: string): string | undefined {
    const name = this.#nameBySymbol.get(symbol);
    if (name === undefined) return undefined;
    this.#nameBySymbol.delete(symbol);
    this.#symbolByName.delete(name);
    return name;
  }

  /** The stream's name of a symbol; `undefined` if it was not asked for. */
  nameOf(symbol: string): string | undefined {
    return this.#nameBySymbol.get(symbol);
  }

  /** The symbol with this name at the stream; `undefined` if it was not asked for. */
  symbolOf(name: string): string | undefined {
    return this.#symbolByName.get(name);
  }

  /** The symbols of those names that were asked for. */
  symbolsOf(names: readonly string[]): string[] {
    return names.flatMap((name) => this.#symbolByName.get(name) ?? []);
  }

  /** Whether a symbol has another name at the stream. */
  isRenamed(symbol: string): boolean {
    return (this.#nameBySymbol.get(symbol) ?? symbol) !== symbol;
  }

  /** Removes all symbols. */
  clear(): void {
    this.#nameBySymbol.clear();
    this.#symbolByName.clear();
  }

  #nameOf(symbol: string): string {
    const names = this.#names;
    const entry = typeof names === 'function' ? names(symbol, this.#stream) : own(names, symbol);
    const name = typeof entry === 'object' && entry !== null ? own(entry, this.#stream) : entry;
    if (name === undefined) return symbol;
    if (typeof name === 'string' && name !== '') return name;
    const where = `symbols: ${JSON.stringify(symbol)} at ${this.#stream}`;
    throw invalidArgument(where, name, 'a name, or undefined for the symbol itself');
  }
}

/** @throws TickmarkError `INVALID_ARGUMENT` unless these can be names of symbols. */
export function checkSymbolNames(where: string, names: unknown): void {
  if (typeof names === 'function' || (typeof names === 'object' && names !== null && !Array.isArray(names)))
    return;
  throw invalidArgument(
    where,
    names,
    "a table such as { 'BTC-USD': { binance: 'BTCUSDT' } }, or a function of symbol and stream",
  );
}

/** A property of the table itself: a symbol such as "constructor" is not looked up elsewhere. */
function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
