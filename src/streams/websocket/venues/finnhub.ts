import { usEquities } from '../../../calendars/us-equities.js';
import { FINNHUB_ORIGINS, finnhubCloses, isUsSymbol } from '../closes/finnhub-closes.js';
import { restOrigin } from '../closes/rest-origin.js';
import { Secrets } from '../secrets.js';
import type { Venue } from '../venue.js';
import { FinnhubSession } from './finnhub-session.js';
import { checkKey } from './check-key.js';
import { checkOptions } from '../../../core/options.js';

/** Options of {@link finnhub}. */
export interface FinnhubOptions {
  /** API key. It is sent in the URL, which appears in no message. */
  readonly token: string;
  /** Most symbols of your plan. Default 50, the limit of the free plan. */
  readonly maxSymbols?: number;
  /** Origin of the venue. Default `wss://ws.finnhub.io`. */
  readonly url?: string;
  /**
   * Origin of its REST API, for previous closes. Default: that of `url`, `https://finnhub.io`; with another `url`: none is asked.
   */
  readonly restUrl?: string;
}

/** The venue sends a ping frame every minute or two, as its users report. */
const FRAME_WITHIN_MS = 150_000;

/**
 * Finnhub: trades of US stocks, and of crypto and currency pairs. Symbols have the venue's spelling: `AAPL`, `BINANCE:BTCUSDT`,
 * `OANDA:EUR_USD`. Needs a key.
 *
 * - Price and time (`t`, ms) are the trade's. The trades of a frame are not always in the order of their times; all are delivered. There
 *   are no quotes. Symbols of US exchanges, which have no prefix, are in USD; others have no currency.
 * - Previous closes of US stocks: `pc` of the quote, one symbol a second. Before the first trade of a day it is the close of an older session, which does not count. The
 *   calendar of US stocks is `usEquities`; other symbols have none.
 * - The venue does not answer subscriptions: a symbol counts as confirmed when its request has been sent. If there are more symbols than
 *   the plan allows, the last ones requested are refused.
 * - A connection without a frame for 150 s is replaced, even if pings are answered: the venue sends a ping frame every minute or two.
 * - One connection for each key. So it is closed before it is replaced, which leaves a gap.
 *
 * Source: https://finnhub.io/docs/api/websocket-trades
 *
 * @example
 * ```ts
 * import { WebSocketPriceStreamAdapter, finnhub } from 'tickmark/websocket';
 *
 * const stream = new WebSocketPriceStreamAdapter({ venue: finnhub({ token: process.env['FINNHUB_TOKEN']! }) });
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an empty token.
 */
export function finnhub(options: FinnhubOptions): Venue {
  checkOptions('finnhub', options, { token: true, maxSymbols: true, url: true, restUrl: true });
  const { token, maxSymbols = 50, url = 'wss://ws.finnhub.io' } = options;
  checkKey('finnhub: token', token);
  const rest = restOrigin('finnhub', options.restUrl, url, FINNHUB_ORIGINS);
  return {
    name: 'finnhub',
    // A function, so that the token does not show when the venue object is printed.
    url: () => `${url.replace(/\/+$/, '')}/?token=${encodeURIComponent(token)}`,
    secrets: new Secrets(token),
    calendar: (symbol) => (isUsSymbol(symbol) ? usEquities : null),
    closes: rest === undefined ? undefined : finnhubCloses(rest, token),
    limits: { connections: 1, symbolsPerConnection: maxSymbols },
    heartbeat: { frameWithinMs: FRAME_WITHIN_MS },
    acknowledges: false,
    symbolFault: (symbol) =>
      // eslint-disable-next-line no-control-regex -- control characters are refused
      /^\s|\s$|[\u0000-\u001f"\\]/.test(symbol)
        ? 'symbols of Finnhub have no surrounding spaces, quotes or control characters, such as AAPL or BINANCE:BTCUSDT'
        : undefined,
    open: (sink) => new FinnhubSession(sink),
  };
}
