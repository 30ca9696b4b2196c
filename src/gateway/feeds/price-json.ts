import type { SymbolPrice } from '../../core/book/symbol-price.js';
import { Decimal } from '../../core/money/decimal.js';
import type { PriceValue } from '../../protocol/values.js';

const PERCENT = Decimal.ofUnits(100, 0);

/** The `PriceValue` of a symbol as JSON. `null`: the price is unknown. */
export function priceJson(symbol: string, known: SymbolPrice | null): string {
  return JSON.stringify(known ? valueOf(known) : unknown(symbol));
}

function valueOf(known: SymbolPrice): { readonly [Name in keyof PriceValue]: unknown } {
  const { price, previousClose } = known;
  const change = previousClose && price.minus(previousClose);
  const base = previousClose?.abs();
  return {
    symbol: known.symbol,
    price,
    currency: known.currency,
    kind: known.kind,
    grade: known.grade,
    bid: known.bid,
    ask: known.ask,
    previousClose,
    change,
    changePct: change && base && !base.isZero ? change.times(PERCENT).dividedBy(base, 4) : null,
    session: known.session,
    state: known.state,
    asOf: known.asOf,
    timeSource: known.timeSource,
    receivedAt: known.receivedAt,
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
    session: null,
    state: null,
    asOf: null,
    timeSource: null,
    receivedAt: null,
  };
}
