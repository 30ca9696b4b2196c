import { errorText } from '../../error-text.js';
import { invalidArgument, quote } from '../../errors.js';

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

  /** Adds a symbol. @returns why it cannot be asked for; `undefined` if it can. */
  add(symbol: string): string | undefined {
    let name: unknown;
    try {
      name = this.#nameOf(symbol);
    } catch (cause) {
      return `the function of names threw: ${errorText(cause)}`;
    }
    if (typeof name !== 'string' || name === '')
      return `\`symbols\` names it ${quote(name)}; accepted: a string, or undefined to use the symbol itself`;
    const other = this.#symbolByName.get(name);
    // The prices could be those of either.
    if (other !== undefined && other !== symbol)
      return `\`symbols\` names it ${quote(name)}, as it names ${quote(other)}`;
    this.#nameBySymbol.set(symbol, name);
    this.#symbolByName.set(name, symbol);
    return undefined;
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

  /** What the stream calls a symbol, asked for or not. A function of names that throws gives the symbol itself: {@link add} says what is wrong. */
  nameFor(symbol: string): string {
    try {
      const name = this.#nameBySymbol.get(symbol) ?? this.#nameOf(symbol);
      return typeof name === 'string' ? name : symbol;
    } catch {
      return symbol;
    }
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

  #nameOf(symbol: string): unknown {
    const names = this.#names;
    if (typeof names === 'function') return names(symbol, this.#stream) ?? symbol;
    const entry = own(names, symbol);
    return (typeof entry === 'object' && entry !== null ? own(entry, this.#stream) : entry) ?? symbol;
  }
}

/** @throws TickmarkError `INVALID_ARGUMENT` unless these can be names of symbols. */
export function checkSymbolNames(where: string, names: unknown): void {
  if (typeof names === 'function' || isTable(names)) return;
  throw invalidArgument(
    where,
    names,
    "a table such as { 'BTC-USD': { binance: 'BTCUSDT' } }, or a function of symbol and stream",
  );
}

// The entries of a Map are not its properties: it would name nothing, without a word.
function isTable(names: unknown): boolean {
  return typeof names === 'object' && names !== null && !Array.isArray(names) && !(names instanceof Map);
}

/** A property of the table itself: a symbol such as "constructor" is not looked up elsewhere. */
function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
