import { invalidArgument } from '../../core/errors.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';

/** Names of instruments: the application's and the venue's. */
export class SymbolNames {
  readonly #venueNames: ReadonlyMap<string, string>;
  readonly #ownNames: ReadonlyMap<string, string>;

  /** @throws TickmarkError `INVALID_ARGUMENT` when two symbols have one name at the venue. */
  constructor(table: Readonly<Record<string, string>> = {}) {
    this.#venueNames = new Map(Object.entries(table));
    this.#ownNames = new Map(Object.entries(table).map(([own, venue]) => [venue, own]));
    if (this.#ownNames.size === this.#venueNames.size) return;
    const where = 'WebSocketPriceStreamAdapter: symbols';
    throw invalidArgument(where, table, 'a different name at the venue for each symbol');
  }

  /** The venue's name of a symbol. */
  atVenue(symbol: string): string {
    return this.#venueNames.get(symbol) ?? symbol;
  }

  /** The application's name of a venue's symbol. */
  own(symbol: string): string {
    return this.#ownNames.get(symbol) ?? symbol;
  }

  /** The update under the application's name. */
  renamed(update: PriceUpdate): PriceUpdate {
    // Most applications use the venue's names, and then nothing is copied.
    if (this.#ownNames.size === 0) return update;
    const symbol = this.#ownNames.get(update.symbol);
    return symbol === undefined ? update : { ...update, symbol };
  }
}
