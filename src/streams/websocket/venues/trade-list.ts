import type { PriceUpdate } from '../../../core/prices/price-update.js';
import type { VenueSink } from '../venue-session.js';
import { isFields, isName, readPrice, readTime } from './frame-fields.js';

/** A venue's names of the fields of a trade. Price and id are `price` and `trade_id` at all venues. */
export interface TradeFieldNames {
  readonly symbol: string;
  readonly time: string;
}

type Trade = PriceUpdate & { readonly sequence: number };

/**
 * The trades of a frame, oldest first. Of a snapshot, which contains past trades, only the newest of each symbol. Invalid trades are
 * counted as rejected.
 */
export function readTrades(
  list: readonly unknown[],
  names: TradeFieldNames,
  isSnapshot: boolean,
  receivedAt: number,
  sink: VenueSink,
): Iterable<PriceUpdate> {
  const trades: Trade[] = [];
  for (const each of list) {
    const trade = readTrade(each, names, receivedAt);
    if (trade) trades.push(trade);
    else sink.rejected('bad-field');
  }
  trades.sort((a, b) => a.sequence - b.sequence);
  return isSnapshot ? new Map(trades.map((trade) => [trade.symbol, trade])).values() : trades;
}

function readTrade(value: unknown, names: TradeFieldNames, receivedAt: number): Trade | undefined {
  if (!isFields(value)) return undefined;
  const symbol = value[names.symbol];
  const price = readPrice(value.price);
  const time = readTime(value[names.time], receivedAt);
  const { trade_id: id } = value;
  const isNumber = typeof id === 'string' && /^\d{1,15}$/.test(id);
  if (!isName(symbol) || !price || !time || !isNumber) return undefined;
  return { symbol, price, ...time, receivedAt, sequence: Number(id) };
}
