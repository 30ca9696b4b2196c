import { invalidArgument } from '../../../core/errors.js';
import type { Venue } from '../venue.js';
import { CoinbaseSession, type CoinbaseChannel, type CoinbaseJwt } from './coinbase-session.js';

/** Options of {@link coinbase}. */
export interface CoinbaseOptions {
  /** Where to connect. Default `wss://advanced-trade-ws.coinbase.com`. */
  readonly url?: string;
  /**
   * `ticker`: last trade with best bid and ask, at each trade and change of the best. `ticker_batch`: the last trade, every five
   * seconds if it changed. `market_trades`: every trade. Default `ticker`.
   */
  readonly channel?: CoinbaseChannel;
  /**
   * A JSON Web Token made of your CDP key, asked for once a frame, because each lives two minutes. Market data need none; Coinbase
   * recommends it "for the most reliable connection". It is shown nowhere.
   */
  readonly jwt?: CoinbaseJwt;
}

const CHANNELS: readonly CoinbaseChannel[] = ['ticker', 'ticker_batch', 'market_trades'];
// Listed with their own prices; every other -USDC product streams under the name of its -USD twin.
const USDC_PRODUCTS: readonly string[] = ['USDT-USDC', 'EURC-USDC'];

/**
 * Coinbase Advanced Trade: prices of products such as `BTC-USD`. No key.
 *
 * - `ticker`: price, `best_bid` and `best_ask` of the same frame; an empty quote is none. Time is that of the message, not of the
 *   trade. `market_trades`: price and time of the trade, its number as sequence, no quotes.
 * - The first frame of a product is a snapshot, on each connection.
 * - Frames are numbered over the whole connection: a hole is a gap of all symbols, and a new connection takes over to learn
 *   their prices.
 * - The channel `heartbeats` is subscribed too: a frame a second, which keeps quiet products from being closed after a minute.
 * - Answers list what is subscribed: a product that is not in them is refused. `-USDC` products stream as their `-USD` twins
 *   (but `USDT-USDC`, `EURC-USDC`) and are refused without asking.
 * - Limits: 8 messages and 8 connections a second from one address; 4 messages are used.
 *
 * Source: https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-overview
 * @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted.
 */
export function coinbase(options: CoinbaseOptions = {}): Venue {
  const { url = 'wss://advanced-trade-ws.coinbase.com', channel = 'ticker', jwt } = options;
  if (!CHANNELS.includes(channel)) throw invalidArgument('coinbase(): channel', channel, CHANNELS.join(', '));
  if (jwt !== undefined && typeof jwt !== 'function') {
    throw invalidArgument('coinbase(): jwt', typeof jwt, 'a function that gives a new token');
  }
  return {
    name: 'coinbase',
    url,
    recovers: true,
    limits: { framesPerSecond: 4 },
    heartbeat: { silenceMs: 5000 },
    symbolFault,
    open: (sink) => new CoinbaseSession(sink, channel, jwt),
  };
}

function symbolFault(product: string): string | undefined {
  if (!/^[^\s"\\/-]+(-[^\s"\\/-]+)+$/.test(product) || product !== product.toUpperCase()) {
    return 'products of Coinbase are in capitals with a hyphen, such as BTC-USD';
  }
  if (!product.endsWith('-USDC') || USDC_PRODUCTS.includes(product)) return undefined;
  return `Coinbase streams it as ${product.slice(0, -1)}; subscribe to that`;
}
