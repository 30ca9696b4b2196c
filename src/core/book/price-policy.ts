import type { MarketState } from '../prices/price-update.js';
import { Decimal } from '../money/decimal.js';
import type { PriceKind } from '../portfolio/figures/portfolio-valuation.js';

/** What a {@link PricePolicy} chooses from; `null` is unknown. Prices are per unit, in one currency. */
export interface Quote {
  readonly symbol: string;
  /** Last trade or mark. */
  readonly last: Decimal;
  readonly bid: Decimal | null;
  readonly ask: Decimal | null;
  readonly previousClose: Decimal | null;
  readonly state: MarketState;
}

/** Side of a position: long positions have quantities above zero, short ones below. */
export type Side = 'long' | 'short';

/** The price that a policy chose. */
export interface PriceChoice {
  readonly price: Decimal;
  readonly kind: PriceKind;
}

/**
 * Chooses the price that values a position. Called once per side for each new price; must be a pure function.
 *
 * ```ts
 * import { lastPrice, type PricePolicy } from 'tickmark';
 *
 * const previousClose: PricePolicy = {
 *   name: 'previous-close',
 *   choose: (quote, side) =>
 *     quote.previousClose ? { price: quote.previousClose, kind: 'close' } : lastPrice.choose(quote, side),
 * };
 * ```
 */
export interface PricePolicy {
  /** For messages. */
  readonly name: string;
  /**
   * The price, or `null` when the quote has none that this policy accepts: the position is then unpriced. A policy that throws has
   * the same effect, and the error goes to `onError`.
   */
  choose(quote: Quote, side: Side): PriceChoice | null;
}

/** The default: last trade or mark for both sides; outside the session that is the last close. */
export const lastPrice: PricePolicy = {
  name: 'last',
  choose: ({ last, state }) => ({ price: last, kind: state === 'closed' ? 'close' : 'last' }),
};

/**
 * What a position could be closed at: the bid for long, the ask for short. Outside the session, in a halt, and where bid or ask is
 * missing or the two are crossed, quotes cannot be trusted, and the last price is used as by {@link lastPrice}.
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
