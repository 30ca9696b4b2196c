import { closesOf, recordIn } from './utc-days.js';
import type { VenueCloses } from './venue-closes.js';

/** REST origins by WebSocket origin. */
export const FINNHUB_ORIGINS: Readonly<Record<string, string>> = {
  'wss://ws.finnhub.io': 'https://finnhub.io',
};

/**
 * Previous closes of US stocks from Finnhub: `pc` of the quote. It is the close before the session of the quote's time `t`, so that before the first trade of a day it is that of an
 * older session, and dated as that. Other symbols than those of US exchanges have no close. 60 requests a minute are in the free plan.
 *
 * Source: https://finnhub.io/docs/api/quote
 */
export function finnhubCloses(origin: string, token: string): VenueCloses {
  return {
    requestsPerSecond: 1,
    request: ({ symbols: [symbol] }) =>
      isUsSymbol(symbol!)
        ? {
            url: `${origin}/api/v1/quote?symbol=${encodeURIComponent(symbol!)}`,
            headers: { 'x-finnhub-token': token },
          }
        : null,
    read: (body, { symbols: [symbol], calendarOf }) => {
      const { pc, t } = recordIn(body);
      const calendar = calendarOf(symbol!);
      const session = Number(t) > 0 ? calendar?.sessionAt(Number(t) * 1000) : null;
      const before = session && calendar?.previousSession(session);
      return before ? closesOf(symbol!, pc, before.closesAt) : [];
    },
  };
}

/** Whether a symbol is of a US exchange: these have neither a prefix such as `BINANCE:` nor the suffix of an exchange. */
export function isUsSymbol(symbol: string): boolean {
  return /^[A-Z]+$/.test(symbol);
}
