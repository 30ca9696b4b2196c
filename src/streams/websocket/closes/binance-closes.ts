import { closesOf, lastUtcDay, listIn } from './utc-days.js';
import type { VenueCloses } from './venue-closes.js';

/** REST origins by WebSocket origin. */
export const BINANCE_ORIGINS: Readonly<Record<string, string>> = {
  'wss://stream.binance.com:9443': 'https://api.binance.com',
  'wss://stream.binance.com:443': 'https://api.binance.com',
  'wss://stream.binance.com': 'https://api.binance.com',
  'wss://data-stream.binance.vision': 'https://data-api.binance.vision',
  'wss://stream.binance.us:9443': 'https://api.binance.us',
};

/**
 * Closes of the last UTC day from Binance: field 4 of its daily kline. Weight 2 of 6,000 a minute.
 *
 * Source: https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
 */
export function binanceCloses(origin: string): VenueCloses {
  return {
    requestsPerSecond: 10,
    request: ({ symbols: [symbol], at }) => {
      const { start } = lastUtcDay(at);
      const query = `symbol=${encodeURIComponent(symbol!)}&interval=1d&startTime=${start}&limit=1`;
      return { url: `${origin}/api/v3/klines?${query}` };
    },
    read: (body, { symbols: [symbol], at }) => {
      const { start, end } = lastUtcDay(at);
      // A symbol that was listed today begins with a later kline.
      const row = listIn(body)
        .map(listIn)
        .find(([opened]) => Number(opened) === start);
      return row ? closesOf(symbol!, row[4], end) : [];
    },
  };
}
