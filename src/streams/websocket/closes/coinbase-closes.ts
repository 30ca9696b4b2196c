import { closesOf, lastUtcDay, listIn, recordIn } from './utc-days.js';
import type { VenueCloses } from './venue-closes.js';

/** REST origins by WebSocket origin. */
export const COINBASE_ORIGINS: Readonly<Record<string, string>> = {
  'wss://advanced-trade-ws.coinbase.com': 'https://api.coinbase.com',
};

/**
 * Closes of the last UTC day from Coinbase Advanced Trade: `close` of its public daily candle. A day without trades has no candle.
 *
 * Source: https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/get-public-product-candles
 */
export function coinbaseCloses(origin: string): VenueCloses {
  return {
    requestsPerSecond: 5,
    request: ({ symbols: [symbol], at }) => {
      const { start, end } = lastUtcDay(at);
      const query = `start=${start / 1000}&end=${end / 1000}&granularity=ONE_DAY`;
      const product = encodeURIComponent(symbol!);
      return { url: `${origin}/api/v3/brokerage/market/products/${product}/candles?${query}` };
    },
    read: (body, { symbols: [symbol], at }) => {
      const { start, end } = lastUtcDay(at);
      const candles = listIn(recordIn(body)['candles']).map(recordIn);
      const candle = candles.find((each) => Number(each['start']) * 1000 === start);
      return candle ? closesOf(symbol!, candle['close'], end) : [];
    },
  };
}
