import { closesOf, lastUtcDay, listIn, recordIn } from './utc-days.js';
import type { VenueCloses } from './venue-closes.js';

/** REST origins by the URL of the WebSocket API. */
export const KRAKEN_ORIGINS: Readonly<Record<string, string>> = {
  'wss://ws.kraken.com/v2': 'https://api.kraken.com',
};

/** Names of the REST API, which has kept older ones. */
const REST_NAMES: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' };
const DAY_SECONDS = 86_400;

/**
 * Closes of the last UTC day from Kraken: field 4 of the entry of that day in the daily OHLC. The last entry is of the day that is not over.
 *
 * Source: https://docs.kraken.com/api-reference/market-data/get-ohlc-data
 */
export function krakenCloses(origin: string): VenueCloses {
  return {
    requestsPerSecond: 1,
    request: ({ symbols: [symbol], at }) => {
      const since = lastUtcDay(at).start / 1000 - DAY_SECONDS;
      const pair = encodeURIComponent(pairOf(symbol!));
      return { url: `${origin}/0/public/OHLC?pair=${pair}&interval=1440&since=${since}` };
    },
    read: (body, { symbols: [symbol], at }) => {
      const { start, end } = lastUtcDay(at);
      const { error, result } = recordIn(body);
      const [fault] = listIn(error ?? []).map(String);
      // Such as EQuery:Unknown asset pair, EAPI:Rate limit exceeded.
      if (fault?.startsWith('EQuery:Unknown asset pair')) return [];
      if (fault !== undefined) throw new TypeError('an answer with an error');
      // The entries have the name of the pair, which is another spelling than that of the request.
      const entries = Object.entries(recordIn(result)).find(([name]) => name !== 'last')?.[1];
      const rows = listIn(entries).map(listIn);
      const row = rows.find(([opened]) => Number(opened) * 1000 === start);
      return row ? closesOf(symbol!, row[4], end) : [];
    },
  };
}

function pairOf(symbol: string): string {
  return symbol
    .split('/')
    .map((code) => (Object.hasOwn(REST_NAMES, code) ? REST_NAMES[code] : code))
    .join('');
}
