import type { TradingSession } from '../../../core/calendars/trading-session.js';
import type { LinkHeaders } from '../../connection/transport.js';
import { closesOf, listIn, recordIn } from './utc-days.js';
import type { ClosesQuery, VenueCloses } from './venue-closes.js';

/** REST origins by WebSocket origin. */
export const ALPACA_ORIGINS: Readonly<Record<string, string>> = {
  'wss://stream.data.alpaca.markets': 'https://data.alpaca.markets',
  'wss://stream.data.sandbox.alpaca.markets': 'https://data.sandbox.alpaca.markets',
};

/**
 * Closes of the last session from Alpaca: `c` of the unadjusted daily bar of all US exchanges (`feed=sip`), which every plan may read when it is older than 15 minutes. The
 * calendar says which session that is, and when it closed.
 *
 * Source: https://docs.alpaca.markets/reference/stockbars, https://docs.alpaca.markets/docs/market-data-faq
 */
export function alpacaCloses(origin: string, key: string, secret: string): VenueCloses {
  // A function, so that the keys do not show when the venue object is printed.
  const headers = (): LinkHeaders =>
    key === 'oauth'
      ? { authorization: `Bearer ${secret}` }
      : { 'apca-api-key-id': key, 'apca-api-secret-key': secret };
  return {
    requestsPerSecond: 2,
    symbolsPerRequest: 100,
    request: (query) => {
      const session = lastSession(query);
      if (!session) return null;
      const [start, end] = [session.startsAt, session.closesAt].map((at) => new Date(at).toISOString());
      const symbols = query.symbols.map(encodeURIComponent).join();
      const rest = `timeframe=1Day&start=${start}&end=${end}&adjustment=raw&feed=sip&limit=10000`;
      return { url: `${origin}/v2/stocks/bars?symbols=${symbols}&${rest}`, headers: headers() };
    },
    read: (body, query) => {
      const session = lastSession(query);
      const { bars } = recordIn(body);
      // `null`: no symbol has a bar.
      return Object.entries(recordIn(bars ?? {})).flatMap(([symbol, list]) => {
        const bar = listIn(list)
          .map(recordIn)
          .find(({ t }) => dateIn(t, query, symbol) === session?.date);
        return bar && session ? closesOf(symbol, bar['c'], session.closesAt) : [];
      });
    },
  };
}

function lastSession({ symbols, at, calendarOf }: ClosesQuery): TradingSession | null {
  const calendar = calendarOf(symbols[0]!);
  const session = calendar?.sessionAt(at);
  return (session && calendar?.previousSession(session)) ?? null;
}

/** The date of a daily bar, which is dated by midnight in New York: that moment is still part of the day before. */
function dateIn(time: unknown, { calendarOf }: ClosesQuery, symbol: string): string | undefined {
  const at = Date.parse(String(time));
  return Number.isNaN(at) ? undefined : calendarOf(symbol)?.sessionAt(at + 1)?.date;
}
