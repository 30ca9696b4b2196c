import { Secrets } from '../secrets.js';
import type { Venue } from '../venue.js';
import { FinnhubSession } from './finnhub-session.js';
import { checkKey } from './check-key.js';

/** Options of {@link finnhub}. */
export interface FinnhubOptions {
  /** API key. It goes into the address, which is never shown. */
  readonly token: string;
  /** Most symbols your plan allows. Default 50, the free plan's. */
  readonly maxSymbols?: number;
  /** Host to connect to. Default `wss://ws.finnhub.io`. */
  readonly url?: string;
}

/** The venue pings about once a minute, each one or two as its users saw it. */
const FRAME_WITHIN_MS = 150_000;

/**
 * Finnhub: trades of US stocks, and of crypto and currency pairs. Symbols as the venue writes them: `AAPL`, `BINANCE:BTCUSDT`,
 * `OANDA:EUR_USD`. Needs a key.
 *
 * - Price and time (`t`, ms) are the trade's. Trades of a frame are not always in the order of their times; all are told. There are no
 *   quotes. Plain symbols, those of US exchanges, are in USD; for others no currency is told.
 * - The venue does not answer subscriptions: a symbol counts as subscribed when its request has left. Of more symbols than the plan
 *   allows, the last ones asked for are refused.
 * - Its pings are waited for: after 150 s without a frame the link is replaced, though pings of our own may be answered.
 * - One connection for each key: one that is replaced is closed first, with a gap.
 *
 * Source: https://finnhub.io/docs/api/websocket-trades
 * @throws TickmarkError `INVALID_ARGUMENT` for a token that is none.
 */
export function finnhub({ token, maxSymbols = 50, url = 'wss://ws.finnhub.io' }: FinnhubOptions): Venue {
  checkKey('finnhub: token', token);
  return {
    name: 'finnhub',
    // A function, so that nothing of it shows when the venue object is printed.
    url: () => `${url.replace(/\/+$/, '')}/?token=${encodeURIComponent(token)}`,
    secrets: new Secrets(token),
    limits: { connections: 1, symbolsPerConnection: maxSymbols },
    heartbeat: { frameWithinMs: FRAME_WITHIN_MS },
    acknowledges: false,
    symbolFault: (symbol) =>
      // eslint-disable-next-line no-control-regex -- they are what is refused
      /^\s|\s$|[\u0000-\u001f"\\]/.test(symbol)
        ? 'symbols of Finnhub have no blanks around them, quotes or control characters, such as AAPL or BINANCE:BTCUSDT'
        : undefined,
    open: (sink) => new FinnhubSession(sink),
  };
}
