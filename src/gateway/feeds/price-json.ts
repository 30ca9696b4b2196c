import { Decimal } from '../../core/money/decimal.js';
import type { PriceUsed } from '../../core/portfolio/portfolio-valuation.js';
import type { LatestPrices } from '../../core/book/latest-prices.js';
import type { PriceValue } from '../../protocol/values.js';

const PERCENT = Decimal.ofUnits(100, 0);

/** The `PriceValue` of a symbol as JSON; `id` is its number on the board, -1 when it has none. */
export function priceJson(board: LatestPrices, id: number, symbol: string, now: number): string {
  const used = id < 0 ? null : board.used(id, symbol, 'long', '', now);
  const value = used ? known(board, id, symbol, used) : unknown(symbol);
  return JSON.stringify(value);
}

function known(
  board: LatestPrices,
  id: number,
  symbol: string,
  { kind, grade }: PriceUsed,
): { readonly [K in keyof PriceValue]: unknown } {
  const { last, bid, ask, previousClose, state } = board.quote(id, symbol);
  const change = previousClose && last.minus(previousClose);
  const base = previousClose?.abs();
  return {
    symbol,
    price: last,
    currency: board.currency(id) ?? null,
    kind,
    grade,
    bid,
    ask,
    previousClose,
    change,
    changePct: change && base && !base.isZero ? change.times(PERCENT).dividedBy(base, 4) : null,
    state,
    ...board.times(id),
  };
}

function unknown(symbol: string): PriceValue {
  return {
    symbol,
    price: null,
    currency: null,
    kind: null,
    grade: 'missing',
    bid: null,
    ask: null,
    previousClose: null,
    change: null,
    changePct: null,
    state: null,
    asOf: null,
    timeSource: null,
    receivedAt: null,
  };
}
