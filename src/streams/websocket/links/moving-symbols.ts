import type { PriceUpdate } from '../../../core/prices/price-update.js';

type Delivered = Pick<PriceUpdate, 'timestamp' | 'sequence'>;

/**
 * Decides which of two connections delivers a symbol while it moves from one to the other: the old one until the first price over the new
 * one that the old one has not delivered, then the new one. So a price comes once, and is never followed by an older one.
 */
export class MovingSymbols {
  readonly #moved = new Set<string>();
  /** The last price over the old connection, by symbol. */
  readonly #delivered = new Map<string, Delivered>();

  /** Whether the new connection delivers the symbol. */
  has(symbol: string): boolean {
    return this.#moved.has(symbol);
  }

  /** Whether a price over the new connection is delivered. If so, it delivers the symbol from now on. */
  acceptsNew(update: PriceUpdate): boolean {
    const { symbol } = update;
    if (this.#moved.has(symbol)) return true;
    const last = this.#delivered.get(symbol);
    if (last && isDelivered(update, last)) return false;
    this.#moved.add(symbol);
    return true;
  }

  /** Whether a price over the old connection is delivered. */
  acceptsOld({ symbol, timestamp, sequence, timeSource }: PriceUpdate): boolean {
    if (this.#moved.has(symbol)) return false;
    // Times of receipt differ between the connections.
    if (timeSource === 'received') this.#delivered.delete(symbol);
    else this.#delivered.set(symbol, sequence === undefined ? { timestamp } : { timestamp, sequence });
    return true;
  }

  /** Prices of these symbols were lost on the old connection: whatever the new one sends is delivered. */
  missed(symbols: Iterable<string>): void {
    for (const symbol of symbols) this.#delivered.delete(symbol);
  }
}

function isDelivered({ timestamp, sequence, timeSource }: PriceUpdate, last: Delivered): boolean {
  if (timeSource === 'received') return false;
  if (timestamp !== last.timestamp || sequence === undefined || last.sequence === undefined)
    return timestamp <= last.timestamp;
  return sequence <= last.sequence;
}
