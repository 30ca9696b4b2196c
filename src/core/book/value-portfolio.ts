import { systemClock } from '../clock.js';
import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { Decimal, type DecimalInput } from '../money/decimal.js';
import { fxPair } from '../money/fx-rates.js';
import type { PortfolioValuation } from '../portfolio/figures/portfolio-valuation.js';
import { Portfolio } from '../portfolio/portfolio.js';
import { PriceChangedBatch } from '../prices/price-changed-event.js';
import {
  PriceRejectedError,
  isMarketState,
  isTime,
  type MarketState,
  type PriceUpdate,
} from '../prices/price-update.js';
import type { PositionBookOptions } from './position-book-options.js';
import { PositionBook } from './position-book.js';
import { checkOptions, type OptionShapes } from '../options.js';
import { checkNames } from '../option-names.js';
import { LATEST_PRICES_OPTIONS } from './latest-prices.js';

/** A price with what else is known of it, for {@link valuePortfolio}. Times are ms since 1970. */
export interface QuotedPrice {
  /** Last trade or mark, per unit. */
  readonly price: DecimalInput;
  readonly bid?: DecimalInput;
  readonly ask?: DecimalInput;
  /** Close of the previous session: the base of day P&L. */
  readonly previousClose?: DecimalInput;
  /** When that session closed, ms since 1970: later trades are of today. Default: `dayStart`. */
  readonly previousCloseAt?: number;
  /** Interest accrued on a bond, as the price is quoted. */
  readonly accrued?: DecimalInput;
  /** Interest that was accrued at the previous close. */
  readonly previousAccrued?: DecimalInput;
  /** Currency of all prices here, minor units included (`GBp`). Default: the currency of the position; earlier calls do not count. */
  readonly currency?: string;
  /** Venue time. Default: `now`. */
  readonly timestamp?: number;
  /** When it arrived. Default: `now`. */
  readonly receivedAt?: number;
  /** Trading state. Default `'open'`. */
  readonly state?: MarketState;
}

/** Prices by symbol, or rates by currency pair. */
export type QuotedPrices =
  Readonly<Record<string, DecimalInput | QuotedPrice>> | ReadonlyMap<string, DecimalInput | QuotedPrice>;

/** Options of {@link valuePortfolio}. */
export interface ValuePortfolioOptions extends Pick<
  PositionBookOptions,
  'policy' | 'fxPolicy' | 'fxMaxAgeMs' | 'staleAfter' | 'onError'
> {
  /** Prices by symbol. A position without one is unpriced. */
  readonly prices: QuotedPrices;
  /** Rates by currency pair, such as `{ 'EUR/USD': '1.0842' }`: units of the second currency for one of the first. Default: none. */
  readonly rates?: QuotedPrices;
  /** How the prices of symbols become money; see `PositionBookOptions`. Default: as the portfolio knows them. */
  readonly instruments?: PositionBookOptions['instruments'];
  /** Accept prices of zero and below. Default `false`. */
  readonly allowNonPositive?: boolean;
  /** Start of the day, ms since 1970: for cash, and for prices without `previousCloseAt`. Default: 00:00 UTC. */
  readonly dayStart?: number;
  /** Time of the valuation, ms since 1970: decides which prices are stale and which rates too old. Default: the machine's time. */
  readonly now?: number;
}

const WHERE = 'valuePortfolio';

const SHAPES: OptionShapes<ValuePortfolioOptions> = {
  prices: true,
  rates: true,
  instruments: true,
  policy: LATEST_PRICES_OPTIONS.policy,
  fxPolicy: true,
  fxMaxAgeMs: true,
  staleAfter: true,
  onError: 'function',
  allowNonPositive: 'boolean',
  dayStart: true,
  now: true,
};
const QUOTED_PRICE: Readonly<Record<keyof QuotedPrice, true>> = {
  price: true,
  bid: true,
  ask: true,
  previousClose: true,
  previousCloseAt: true,
  accrued: true,
  previousAccrued: true,
  currency: true,
  timestamp: true,
  receivedAt: true,
  state: true,
};

/**
 * Values one portfolio at given prices, without a stream, a bus or a store: the same figures, digit for digit, that a `PositionBook`
 * gives at these prices. What is unknown is `null` and listed in `unpriced` and `unconverted`. To value many
 * portfolios, or one again and again, keep a `PositionBook`.
 *
 * ```ts
 * import { Portfolio, valuePortfolio } from 'tickmark';
 *
 * const portfolio = Portfolio.create({
 *   id: 'alice',
 *   currency: 'USD',
 *   positions: [
 *     { symbol: 'AAPL', quantity: 10, averageCost: 150 },
 *     { symbol: 'SAP', quantity: 5, averageCost: 90, currency: 'EUR' },
 *   ],
 * });
 * const value = valuePortfolio(portfolio, {
 *   prices: { AAPL: '160.50', SAP: { price: '101.20', previousClose: '100' } },
 *   rates: { 'EUR/USD': '1.25' },
 * });
 * value.marketValue?.toString(); // '2237.50'
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for bad input; `UNKNOWN_CURRENCY` for a pair of unknown currencies.
 */
export function valuePortfolio(portfolio: Portfolio, options: ValuePortfolioOptions): PortfolioValuation {
  if (!(portfolio instanceof Portfolio))
    throw invalidArgument(`${WHERE}: portfolio`, portfolio, 'a Portfolio');
  checkOptions(WHERE, options, SHAPES);
  const {
    prices,
    rates,
    now = systemClock.now(),
    policy,
    fxPolicy,
    fxMaxAgeMs,
    staleAfter,
    onError,
    instruments,
    dayStart,
    allowNonPositive = false,
  } = options;
  if (!isTime(now)) throw invalidArgument(`${WHERE}: now`, now, 'ms since 1970');
  if (dayStart !== undefined && !isTime(dayStart))
    throw invalidArgument(`${WHERE}: dayStart`, dayStart, 'ms since 1970');
  const pairs = entriesOf(rates ?? {}, 'rates').map(([name, rate]) => {
    const update = updateOf(name, rate, 'rates', now);
    for (const side of [update.price, update.bid, update.ask]) {
      if (side !== undefined && Decimal.from(side).sign <= 0)
        throw invalidArgument(`${WHERE}: rates[${quote(name)}]`, side, 'a rate above zero');
    }
    return { ...fxPair(name), update };
  });
  const updates = entriesOf(prices, 'prices').map(([symbol, price]) =>
    updateOf(symbol, price, 'prices', now),
  );
  const twice = pairs.find(({ symbol }) => updates.some((update) => update.symbol === symbol));
  if (twice) throw invalidArgument(`${WHERE}: prices`, twice.symbol, 'no symbol that is in rates as well');
  const book = new PositionBook({
    fx: pairs.map(({ symbol, base, quote }) => ({ symbol, base, quote })),
    fxMaxAgeMs,
    fxPolicy,
    policy,
    staleAfter,
    onError,
    instruments,
    ...(dayStart !== undefined && { dayStart: () => dayStart }),
    clock: { ...systemClock, now: () => now },
  });
  book.setPortfolio(portfolio);
  book.applyPrices(
    batchOf([...pairs.map(({ update }) => update), ...updates], now, allowNonPositive),
    'given',
  );
  return book.value(portfolio.id, now)!;
}

function entriesOf(given: QuotedPrices, name: string): Array<[string, DecimalInput | QuotedPrice]> {
  if (given instanceof Map) return [...(given as ReadonlyMap<string, DecimalInput | QuotedPrice>)];
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return Object.entries(given);
  throw invalidArgument(`${WHERE}: ${name}`, given, 'an object or a Map');
}

function updateOf(symbol: string, given: DecimalInput | QuotedPrice, name: string, now: number): PriceUpdate {
  const where = `${WHERE}: ${name}[${quote(symbol)}]`;
  if (!isQuotedPrice(given)) return { symbol, price: digits(given, where), timestamp: now };
  checkNames(where, 'field', given, QUOTED_PRICE);
  const { price, bid, ask, previousClose, previousCloseAt, accrued, previousAccrued, currency } = given;
  const { timestamp = now, receivedAt, state } = given;
  if (state !== undefined && !isMarketState(state))
    throw invalidArgument(`${where}.state`, state, 'open, closed, halted or delayed');
  return {
    symbol,
    price: digits(price, `${where}.price`),
    ...(bid !== undefined && { bid: digits(bid, `${where}.bid`) }),
    ...(ask !== undefined && { ask: digits(ask, `${where}.ask`) }),
    ...(previousClose !== undefined && { previousClose: digits(previousClose, `${where}.previousClose`) }),
    ...(previousCloseAt !== undefined && { previousCloseAt }),
    ...(accrued !== undefined && { accrued: digits(accrued, `${where}.accrued`) }),
    ...(previousAccrued !== undefined && {
      previousAccrued: digits(previousAccrued, `${where}.previousAccrued`),
    }),
    ...(currency !== undefined && { currency }),
    ...(receivedAt !== undefined && { receivedAt }),
    ...(state !== undefined && { state }),
    timestamp,
  };
}

function isQuotedPrice(given: DecimalInput | QuotedPrice): given is QuotedPrice {
  return typeof given === 'object' && given !== null && !(given instanceof Decimal);
}

function digits(given: DecimalInput, where: string): string {
  try {
    return Decimal.from(given, where).toString();
  } catch (cause) {
    throw badInput(cause);
  }
}

function batchOf(updates: readonly PriceUpdate[], now: number, allowNonPositive: boolean): PriceChangedBatch {
  try {
    return PriceChangedBatch.ofUpdates(updates, now, { allowNonPositive });
  } catch (cause) {
    throw badInput(cause);
  }
}

// One code for all bad input; the message says what was given and what is accepted.
function badInput(cause: unknown): unknown {
  if (!(cause instanceof TickmarkError)) return cause;
  const message = cause instanceof PriceRejectedError ? `${WHERE}: ${cause.message}` : cause.message;
  return new TickmarkError('INVALID_ARGUMENT', message, { cause });
}
