import type { PriceUpdate } from '../../core/prices/price-update.js';

/** What an update is, beside what is known of its symbol. */
export type Novelty = 'new' | 'repeated' | 'unchanged' | 'outdated';

interface Known {
  readonly update: PriceUpdate;
  deliveredAt: number;
}

/** The newest price of each symbol, to tell what is new in an answer. */
export class KnownPrices {
  readonly #known = new Map<string, Known>();
  readonly #repeatMs: number;

  /** @param repeatMs how long after its delivery an unchanged price is due again, in ms. */
  constructor(repeatMs: number) {
    this.#repeatMs = repeatMs;
  }

  /** Whether a price of the symbol is known. */
  has(symbol: string): boolean {
    return this.#known.has(symbol);
  }

  /** What the update is at a time on a clock that never jumps; a new one is known from here on, as delivered. */
  classify(update: PriceUpdate, now: number): Novelty {
    const known = this.#known.get(update.symbol);
    if (known) {
      // Answers of several machines behind one address may go back in time.
      if (isOlder(update, known.update)) return 'outdated';
      if (isSame(known.update, update)) return this.#isDue(known, now) ? 'repeated' : 'unchanged';
    }
    this.#known.set(update.symbol, { update: { ...update }, deliveredAt: now });
    return 'new';
  }

  /** The price of a symbol if it is due again; delivered from here on. */
  due(symbol: string, now: number): PriceUpdate | undefined {
    const known = this.#known.get(symbol);
    return known && this.#isDue(known, now) ? known.update : undefined;
  }

  /** Forgets these symbols, or all: what comes next is new. */
  forget(symbols?: Iterable<string>): void {
    if (!symbols) this.#known.clear();
    else for (const symbol of symbols) this.#known.delete(symbol);
  }

  #isDue(known: Known, now: number): boolean {
    if (now - known.deliveredAt < this.#repeatMs) return false;
    known.deliveredAt = now;
    return true;
  }
}

const isOlder = (one: PriceUpdate, other: PriceUpdate): boolean =>
  hasVenueTime(one) && hasVenueTime(other) && one.timestamp < other.timestamp;

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
