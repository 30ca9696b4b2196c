import { cryptoMarkets } from '../../../calendars/crypto-markets.js';
import { BINANCE_ORIGINS, binanceCloses } from '../closes/binance-closes.js';
import { restOrigin } from '../closes/rest-origin.js';
import type { Venue } from '../venue.js';
import { BinanceSession } from './binance-session.js';
import { checkOptions } from '../../../core/options.js';

/** Options of {@link binance}. */
export interface BinanceOptions {
  /**
   * Origin of the venue. Default `wss://stream.binance.com:9443`. Others are `wss://data-stream.binance.vision` (market data only) and
   * `wss://stream.binance.us:9443` (Binance.US).
   */
  readonly url?: string;
  /**
   * Origin of its REST API, for previous closes. Default: the one that belongs to `url`, such as `https://api.binance.com`; with another `url`: none is asked.
   */
  readonly restUrl?: string;
  /** `trade`: every trade. `aggTrade`: the trades of one order at one price, combined. Default `trade`. */
  readonly trades?: 'trade' | 'aggTrade';
  /** Whether to subscribe best bid and ask (`bookTicker`), too. Default `true`. */
  readonly quotes?: boolean;
}

const DAY_MS = 86_400_000;
const STREAMS = 1024;
const PING_ID = 0;

/**
 * Binance spot: trades, with best bid and ask. Symbols have the venue's spelling, in upper case: `BTCUSDT`. Needs no key.
 *
 * - Price and time (`T`, ms) are the trade's; `sequence` is its id, and a jump of it is a gap.
 * - `bookTicker` frames have neither a price nor a time: their updates have the last trade's price and the time of receipt. Before a
 *   symbol's first trade on a connection they give no price.
 * - Limits: 1,024 streams on a connection (512 symbols with quotes), more symbols take more connections; 5 frames a second, of which one
 *   is left for pongs; 300 new connections in five minutes; 24 hours for a connection. A new connection takes over before that, and
 *   when the venue announces a shutdown.
 * - Previous closes: the daily kline of the last day of UTC. Its calendar is `cryptoMarkets`.
 * - The venue confirms unknown symbols: they stay without prices, which the option `freshness` of the adapter detects.
 *
 * Source: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
 *
 * @example
 * ```ts
 * import { WebSocketPriceStreamAdapter, binance } from 'tickmark/websocket';
 *
 * const stream = new WebSocketPriceStreamAdapter({ venue: binance({ quotes: false }) });
 * await stream.connect();
 * await stream.subscribe(['BTCUSDT']);
 * ```
 */
export function binance(options: BinanceOptions = {}): Venue {
  checkOptions('binance', options, { url: true, restUrl: true, trades: true, quotes: 'boolean' });
  const { url = 'wss://stream.binance.com:9443', trades = 'trade', quotes = true } = options;
  const rest = restOrigin('binance', options.restUrl, url, BINANCE_ORIGINS);
  const streams = quotes ? [trades, 'bookTicker'] : [trades];
  return {
    name: 'binance',
    url: `${url.replace(/\/+$/, '')}/ws`,
    calendar: cryptoMarkets,
    closes: rest === undefined ? undefined : binanceCloses(rest),
    limits: {
      symbolsPerConnection: Math.floor(STREAMS / streams.length),
      symbolsPerFrame: 50,
      framesPerSecond: 4,
      connectionLifeMs: DAY_MS,
      newConnections: { most: 300, withinMs: 300_000 },
    },
    heartbeat: {
      text: JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id: PING_ID }),
      textIntervalMs: 5000,
    },
    symbolFault: (symbol) =>
      symbol === symbol.toUpperCase() && !/[\s"\\@/]/.test(symbol)
        ? undefined
        : 'symbols of Binance are upper case, without spaces or separators, such as BTCUSDT',
    open: (sink) => new BinanceSession(sink, streams),
  };
}
