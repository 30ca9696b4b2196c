import { invalidArgument } from '../../../core/errors.js';
import { cryptoMarkets } from '../../../calendars/crypto-markets.js';
import { KRAKEN_ORIGINS, krakenCloses } from '../closes/kraken-closes.js';
import { restOrigin } from '../closes/rest-origin.js';
import type { Venue } from '../venue.js';
import { KrakenSession, type KrakenSubscription } from './kraken-session.js';
import { checkOptions } from '../../../core/options.js';

/** Options of {@link kraken}. */
export interface KrakenOptions {
  /** URL of the venue. Default `wss://ws.kraken.com/v2`; the beta is `wss://beta-ws.kraken.com/v2`. */
  readonly url?: string;
  /**
   * Origin of its REST API, for previous closes. Default: that of `url`, `https://api.kraken.com`; with another `url`: none is asked.
   */
  readonly restUrl?: string;
  /** `ticker`: last trade with best bid and ask. `trade`: every trade, without quotes. Default `ticker`. */
  readonly channel?: 'ticker' | 'trade';
  /**
   * When a `ticker` frame comes. `trades`: at each trade; the price is always current, and the quotes are as old as the last trade. `bbo`:
   * when best bid or ask change; the quotes are always current, and a trade that moves neither shows later. Default `trades`.
   */
  readonly trigger?: 'trades' | 'bbo';
}

const CHANNELS = ['ticker', 'trade'];
const TRIGGERS = ['trades', 'bbo'];

/**
 * Kraken spot, WebSocket API v2: prices of pairs such as `BTC/USD`. Needs no key.
 *
 * - `ticker`: `last`, `bid`, `ask` and time (ms) are of the frame; the first frame of a pair is a snapshot. `trade`: price and time are the
 *   trade's, `sequence` is its id.
 * - Prices are JSON numbers, which keep all their digits: `0.13110` stays `0.13110`.
 * - The protocol has no sequence numbers: a lost frame is not detected.
 * - While the venue matches no orders (`status` other than `online`), prices have the state `halted`.
 * - Previous closes: the daily OHLC entry of the last day of UTC, one pair a second. Its calendar is `cryptoMarkets`.
 * - Each pair is answered by itself. Pairs have the names of v2: `BTC/USD`, not `XBT/USD`.
 * - The venue bans an IP address for ten minutes after about 150 connections in ten minutes. Waits between reconnects grow to 4 s, which
 *   makes about 92 connections; 120 are the limit here. Its limit of frames is not documented; 5 a second are used.
 *
 * Source: https://docs.kraken.com/exchange/api-reference/spot-websocket-v2/ticker
 *
 * @example
 * ```ts
 * import { WebSocketPriceStreamAdapter, kraken } from 'tickmark/websocket';
 *
 * const stream = new WebSocketPriceStreamAdapter({ venue: kraken({ trigger: 'bbo' }) });
 * await stream.connect();
 * await stream.subscribe(['BTC/USD']);
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted.
 */
export function kraken(options: KrakenOptions = {}): Venue {
  checkOptions('kraken', options, { url: true, restUrl: true, channel: true, trigger: true });
  const { url = 'wss://ws.kraken.com/v2', channel = 'ticker', trigger = 'trades' } = options;
  if (!CHANNELS.includes(channel)) throw invalidArgument('kraken(): channel', channel, CHANNELS.join(' or '));
  if (!TRIGGERS.includes(trigger)) throw invalidArgument('kraken(): trigger', trigger, TRIGGERS.join(' or '));
  const subscription: KrakenSubscription =
    channel === 'ticker' ? { channel, event_trigger: trigger } : { channel };
  const rest = restOrigin('kraken', options.restUrl, url, KRAKEN_ORIGINS);
  return {
    name: 'kraken',
    url,
    calendar: cryptoMarkets,
    closes: rest === undefined ? undefined : krakenCloses(rest),
    recovers: true,
    limits: { framesPerSecond: 5, newConnections: { most: 120, withinMs: 600_000 } },
    heartbeat: { text: JSON.stringify({ method: 'ping' }), textIntervalMs: 2000 },
    backoff: { recentCapMs: 4000 },
    symbolFault: (symbol) =>
      /^[^\s"\\/]+\/[^\s"\\/]+$/.test(symbol)
        ? undefined
        : 'pairs of Kraken have a slash between base and quote currency, such as BTC/USD',
    open: (sink) => new KrakenSession(sink, subscription),
  };
}
