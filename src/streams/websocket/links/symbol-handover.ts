import type { PriceUpdate } from '../../../core/prices/price-update.js';
import { MovingSymbols } from './moving-symbols.js';

/** The open connections of one link, and which of them delivers a symbol while one replaces the other. */
export class SymbolHandover<Connection> {
  /** Oldest first; more than one only while a connection is being replaced. */
  #connections: readonly Connection[] = [];
  #moving: MovingSymbols | undefined;

  /** Open connections, oldest first. */
  get connections(): readonly Connection[] {
    return this.#connections;
  }

  /** Whether a connection is being replaced. */
  get isUnderWay(): boolean {
    return this.#moving !== undefined;
  }

  /** A connection is open. */
  add(connection: Connection): void {
    this.#connections = [...this.#connections, connection];
    this.#moving = this.#connections.length > 1 ? new MovingSymbols() : undefined;
  }

  /** A connection has ended. */
  remove(connection: Connection): void {
    this.#connections = this.#connections.filter((each) => each !== connection);
    if (this.#connections.length < 2) this.#moving = undefined;
  }

  /** Whether a price that came over a connection is delivered. Cheap while there is one connection. */
  accepts(connection: Connection, update: PriceUpdate): boolean {
    if (!this.#moving) return true;
    const isNewest = connection === this.#connections.at(-1);
    return isNewest ? this.#moving.acceptsNew(update) : this.#moving.acceptsOld(update);
  }

  /** Frames are missing on a connection. @returns those of the symbols that it delivers now. */
  missed(connection: Connection, symbols: readonly string[]): readonly string[] {
    const moving = this.#moving;
    if (!moving) return symbols;
    const isNewest = connection === this.#connections.at(-1);
    const affected = symbols.filter((symbol) => moving.has(symbol) === isNewest);
    moving.missed(affected);
    return affected;
  }
}
