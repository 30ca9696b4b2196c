import type { PriceUpdate } from '../../core/prices/price-update.js';

/** How an update compares to the last price of its symbol; `repeated` is an unchanged price that is due again. */
export type Novelty = 'new' | 'repeated' | 'unchanged' | 'outdated';

interface LastPrice {
  readonly update: PriceUpdate;
  deliveredAt: number;
}

/** The last price of each symbol, to find out which prices of a response are new. */
export class LastPrices {
  readonly #prices = new Map<string, LastPrice>();
  readonly #repeatMs: number;

  /** @param repeatMs Time after its delivery after which an unchanged price is due again, in ms. */
  constructor(repeatMs: number) {
    this.#repeatMs = repeatMs;
  }

  /** Whether the symbol has a price. */
  has(symbol: string): boolean {
    return this.#prices.has(symbol);
  }

  /** Compares an update, and stores it if it is new. @param now Monotonic time in ms; counts as the time of delivery. */
  classify(update: PriceUpdate, now: number): Novelty {
    const last = this.#prices.get(update.symbol);
    if (last) {
      // Several servers behind one URL may answer in turns, with different ages of their data.
      if (isOlder(update, last.update)) return 'outdated';
      if (isSame(last.update, update)) return this.#isDue(last, now) ? 'repeated' : 'unchanged';
    }
    this.#prices.set(update.symbol, { update: { ...update }, deliveredAt: now });
    return 'new';
  }

  /** The price of a symbol if it is due again; counts as delivered at `now`. */
  due(symbol: string, now: number): PriceUpdate | undefined {
    const last = this.#prices.get(symbol);
    return last && this.#isDue(last, now) ? last.update : undefined;
  }

  /** Removes these symbols, or all: their next prices are new. */
  forget(symbols?: Iterable<string>): void {
    if (!symbols) this.#prices.clear();
    else for (const symbol of symbols) this.#prices.delete(symbol);
  }

  #isDue(last: LastPrice, now: number): boolean {
    if (now - last.deliveredAt < this.#repeatMs) return false;
    last.deliveredAt = now;
    return true;
  }
}

const isOlder = (one: PriceUpdate, other: PriceUpdate): boolean =>
  hasVenueTime(one) && hasVenueTime(other) && one.timestamp < other.timestamp;

const hasVenueTime = ({ timeSource }: PriceUpdate): boolean => timeSource !== 'received';

/** Whether two updates say the same. Times of receipt differ in every response and do not count. */
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
