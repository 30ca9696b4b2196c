import type { PriceUpdate } from '../../core/market-data/price-update.js';

/** What an update is, beside what is known of its symbol. */
export type Novelty = 'new' | 'unchanged' | 'outdated';

/** The newest price of each symbol, to tell what is new in an answer. */
export class KnownPrices {
  readonly #updates = new Map<string, PriceUpdate>();

  /** Whether a price of the symbol is known. */
  has(symbol: string): boolean {
    return this.#updates.has(symbol);
  }

  /** What the update is; a new one is known from here on. */
  judge(update: PriceUpdate): Novelty {
    const known = this.#updates.get(update.symbol);
    if (known) {
      // Answers of several machines behind one address may go back in time.
      if (hasVenueTime(update) && hasVenueTime(known) && update.timestamp < known.timestamp)
        return 'outdated';
      if (isSame(known, update)) return 'unchanged';
    }
    this.#updates.set(update.symbol, { ...update });
    return 'new';
  }

  /** Forgets these symbols, or all: what comes next is new. */
  forget(symbols?: Iterable<string>): void {
    if (!symbols) this.#updates.clear();
    else for (const symbol of symbols) this.#updates.delete(symbol);
  }
}

const hasVenueTime = ({ timeSource }: PriceUpdate): boolean => timeSource !== 'received';

/** Times of receipt differ with every answer, and are no news. */
function isSame(one: PriceUpdate, other: PriceUpdate): boolean {
  return (
    one.price === other.price &&
    one.state === other.state &&
    one.bid === other.bid &&
    one.ask === other.ask &&
    one.previousClose === other.previousClose &&
    one.currency === other.currency &&
    one.sequence === other.sequence &&
    (hasVenueTime(one) ? one.timestamp === other.timestamp : !hasVenueTime(other))
  );
}
