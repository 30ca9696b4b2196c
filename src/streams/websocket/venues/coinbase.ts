import { invalidArgument } from '../../../core/errors.js';
import { cryptoMarkets } from '../../../calendars/crypto-markets.js';
import { COINBASE_ORIGINS, coinbaseCloses } from '../closes/coinbase-closes.js';
import { restOrigin } from '../closes/rest-origin.js';
import type { Venue } from '../venue.js';
import { CoinbaseSession, type CoinbaseChannel } from './coinbase-session.js';
import { checkOptions } from '../../../core/options.js';

/** Options of {@link coinbase}. */
export interface CoinbaseOptions {
  /** URL of the venue. Default `wss://advanced-trade-ws.coinbase.com`. */
  readonly url?: string;
  /**
   * Origin of its REST API, for previous closes. Default: that of `url`, `https://api.coinbase.com`; with another `url`: none is asked.
   */
  readonly restUrl?: string;
  /**
   * `ticker`: last trade with best bid and ask, at each trade and each change of bid or ask. `ticker_batch`: the last trade, every five
   * seconds if it changed. `market_trades`: every trade, without quotes. Default `ticker`.
   */
  readonly channel?: 'ticker' | 'ticker_batch' | 'market_trades';
  /**
   * Makes a JSON Web Token from your CDP key. Called for each frame, since a token lives two minutes. Market data need no token; Coinbase
   * recommends one "for the most reliable connection". Tokens appear in no message. Default: no token.
   */
  readonly jwt?: () => string | Promise<string>;
}

const CHANNELS: readonly CoinbaseChannel[] = ['ticker', 'ticker_batch', 'market_trades'];
// These -USDC products stream under their own names; every other one streams under the name of its -USD product.
const USDC_PRODUCTS: readonly string[] = ['USDT-USDC', 'EURC-USDC'];

/**
 * Coinbase Advanced Trade: prices of products such as `BTC-USD`. Needs no key.
 *
 * - `ticker`: price, bid and ask are of the same frame (`price`, `best_bid`, `best_ask`); an empty quote is left out. The time is that of
 *   the message in ms, not that of the trade. `market_trades`: price and time are the trade's, `sequence` is its id.
 * - On each connection, the first frame of a product is a snapshot.
 * - Frames are numbered over the whole connection. A missing number is a gap of all symbols; a new connection takes over to get their
 *   snapshots.
 * - The channel `heartbeats` is subscribed as well: a frame a second, without which the venue closes a quiet connection after a minute.
 * - Answers list all subscribed products: a product that is missing is refused. Most `-USDC` products stream under their `-USD` name and
 *   are refused without a request (not `USDT-USDC` and `EURC-USDC`).
 * - Previous closes: the public daily candle of the last day of UTC; a product without a trade on that day has none. Its calendar is `cryptoMarkets`.
 * - Limits: 8 frames and 8 connections a second from one IP address; 4 of each are used.
 *
 * Source: https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-overview
 *
 * @example
 * ```ts
 * import { WebSocketPriceStreamAdapter, coinbase } from 'tickmark/websocket';
 *
 * const stream = new WebSocketPriceStreamAdapter({ venue: coinbase({ channel: 'market_trades' }) });
 * await stream.connect();
 * await stream.subscribe(['BTC-USD']);
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted.
 */
export function coinbase(options: CoinbaseOptions = {}): Venue {
  checkOptions('coinbase', options, { url: true, restUrl: true, channel: true, jwt: true });
  const { url = 'wss://advanced-trade-ws.coinbase.com', channel = 'ticker', jwt } = options;
  if (!CHANNELS.includes(channel)) throw invalidArgument('coinbase(): channel', channel, CHANNELS.join(', '));
  if (jwt !== undefined && typeof jwt !== 'function') {
    throw invalidArgument('coinbase(): jwt', typeof jwt, 'a function that returns a new token');
  }
  const rest = restOrigin('coinbase', options.restUrl, url, COINBASE_ORIGINS);
  return {
    name: 'coinbase',
    url,
    calendar: cryptoMarkets,
    closes: rest === undefined ? undefined : coinbaseCloses(rest),
    recovers: true,
    limits: { framesPerSecond: 4, newConnections: { most: 4, withinMs: 1000 } },
    heartbeat: { silenceMs: 5000 },
    symbolFault,
    open: (sink) => new CoinbaseSession(sink, channel, jwt),
  };
}

function symbolFault(product: string): string | undefined {
  if (!/^[^\s"\\/-]+(-[^\s"\\/-]+)+$/.test(product) || product !== product.toUpperCase()) {
    return 'products of Coinbase are upper case with a hyphen, such as BTC-USD';
  }
  if (!product.endsWith('-USDC') || USDC_PRODUCTS.includes(product)) return undefined;
  return `Coinbase streams it as ${product.slice(0, -1)}; subscribe that symbol`;
}
