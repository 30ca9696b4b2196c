import type { Venue } from '../venue.js';
import { BinanceSession } from './binance-session.js';

/** Options of {@link binance}. */
export interface BinanceOptions {
  /**
   * Host to connect to. Default `wss://stream.binance.com:9443`; `wss://data-stream.binance.vision` carries market data only,
   * `wss://stream.binance.us:9443` is Binance.US.
   */
  readonly url?: string;
  /** `trade`: every trade. `aggTrade`: trades of one order at one price as one. Default `trade`. */
  readonly trades?: 'trade' | 'aggTrade';
  /** Whether best bid and ask are wanted too. Default `true`. */
  readonly quotes?: boolean;
}

const DAY_MS = 86_400_000;
const STREAMS = 1024;
const PING_ID = 0;

/**
 * Binance spot: trades, with best bid and ask. Symbols as the venue writes them, in capitals: `BTCUSDT`. No key.
 *
 * - Price and time (`T`, ms) are the trade's, sequence is its number; a jump of it is a gap.
 * - `bookTicker` has neither a price nor a time: the update carries the last trade's price and the time of receipt, and before a
 *   symbol's first trade on a connection there is none.
 * - Limits: 1,024 streams a connection (512 symbols with quotes), 5 messages a second of which one is left for pongs, and
 *   24 hours of life; a new connection takes over before, and when the venue announces a shutdown.
 * - The venue acknowledges names that it does not know: such a symbol stays without prices, which `freshness` shows.
 *
 * Source: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
 */
export function binance(options: BinanceOptions = {}): Venue {
  const { url = 'wss://stream.binance.com:9443', trades = 'trade', quotes = true } = options;
  const streams = quotes ? [trades, 'bookTicker'] : [trades];
  return {
    name: 'binance',
    url: `${url.replace(/\/+$/, '')}/ws`,
    limits: {
      symbolsPerConnection: Math.floor(STREAMS / streams.length),
      symbolsPerFrame: 50,
      framesPerSecond: 4,
      connectionLifeMs: DAY_MS,
    },
    heartbeat: {
      text: JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id: PING_ID }),
      textIntervalMs: 5000,
    },
    symbolFault: (symbol) =>
      symbol === symbol.toUpperCase() && !/[\s"\\@/]/.test(symbol)
        ? undefined
        : 'symbols of Binance are in capitals, without blanks or separators, such as BTCUSDT',
    open: (sink) => new BinanceSession(sink, streams),
  };
}
