import type { MarketState } from '../prices/price-update.js';
import { Decimal } from '../money/decimal.js';
import type { PriceKind } from '../portfolio/portfolio-valuation.js';

/** What is known of a symbol when a price is chosen. */
export interface Quote {
  readonly symbol: string;
  /** Last trade or mark. */
  readonly last: Decimal;
  readonly bid: Decimal | null;
  readonly ask: Decimal | null;
  readonly previousClose: Decimal | null;
  readonly state: MarketState;
}

/** Side of a position. */
export type Side = 'long' | 'short';

/** The price that a policy chose. */
export interface PriceChoice {
  readonly price: Decimal;
  readonly kind: PriceKind;
}

/** Chooses the price that values a position of a side. Called once a side for each new price; must be pure. */
export interface PricePolicy {
  readonly name: string;
  /**
   * The price, or `null` when the quote has none that this policy accepts: the position is unpriced then, as it is when this
   * throws.
   */
  choose(quote: Quote, side: Side): PriceChoice | null;
}

/** The default: last trade or mark, whatever the side; outside the session that is the last close. */
export const lastPrice: PricePolicy = {
  name: 'last',
  choose: ({ last, state }) => ({ price: last, kind: state === 'closed' ? 'close' : 'last' }),
};

/**
 * What a position could be closed at: bid for long, ask for short. Outside the session, while halted, and where a side
 * is missing or the two are crossed, quotes are not worth believing, and the last price is used, as {@link lastPrice} does.
 */
export const exitPrice: PricePolicy = {
  name: 'exit',
  choose(quote, side) {
    const { bid, ask, state } = quote;
    const isTrading = state === 'open' || state === 'delayed';
    if (!isTrading || !bid || !ask || bid.compare(ask) > 0) return lastPrice.choose(quote, side);
    return side === 'long' ? { price: bid, kind: 'bid' } : { price: ask, kind: 'ask' };
  },
};

/** Middle of bid and ask under the same conditions as {@link exitPrice}, else the last price. */
export const midPrice: PricePolicy = {
  name: 'mid',
  choose(quote, side) {
    const exit = exitPrice.choose(quote, side);
    if (!exit || (exit.kind !== 'bid' && exit.kind !== 'ask')) return exit;
    const sum = quote.bid!.plus(quote.ask!);
    return { price: sum.dividedBy(Decimal.ofUnits(2, 0), sum.scale + 1).trimmed(), kind: 'mid' };
  },
};
