/**
 * Decides which of two open connections delivers a symbol while one replaces the other: the old one until the symbol's first price over
 * the new one, then the new one. So a price is never followed by an older one.
 */
export class SymbolHandover<Connection> {
  /** Oldest first; more than one only while a connection is being replaced. */
  #connections: readonly Connection[] = [];
  /** Symbols that the newest of several connections delivers. */
  #movedSymbols: Set<string> | undefined;
  #superseded = 0;

  /** Open connections, oldest first. */
  get connections(): readonly Connection[] {
    return this.#connections;
  }

  /** Whether a connection is being replaced. */
  get isUnderWay(): boolean {
    return this.#movedSymbols !== undefined;
  }

  /** Prices that an old connection sent for symbols that the new one delivers already. */
  get superseded(): number {
    return this.#superseded;
  }

  /** A connection is open. */
  add(connection: Connection): void {
    this.#connections = [...this.#connections, connection];
    this.#movedSymbols = this.#connections.length > 1 ? new Set() : undefined;
  }

  /** A connection has ended. */
  remove(connection: Connection): void {
    this.#connections = this.#connections.filter((each) => each !== connection);
    if (this.#connections.length < 2) this.#movedSymbols = undefined;
  }

  /** All connections have ended. */
  clear(): void {
    this.#connections = [];
    this.#movedSymbols = undefined;
  }

  /** Whether a price that came over a connection is delivered. Cheap while there is one connection. */
  accepts(connection: Connection, symbol: string): boolean {
    const moved = this.#movedSymbols;
    if (!moved) return true;
    if (connection === this.#connections.at(-1)) moved.add(symbol);
    else if (moved.has(symbol)) {
      this.#superseded++;
      return false;
    }
    return true;
  }

  /** Those of the symbols that this connection delivers now. */
  deliveredBy(connection: Connection, symbols: readonly string[]): readonly string[] {
    const moved = this.#movedSymbols;
    const isNewest = connection === this.#connections.at(-1);
    return moved ? symbols.filter((symbol) => moved.has(symbol) === isNewest) : symbols;
  }
}
