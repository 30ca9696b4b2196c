import { invalidArgument } from '../../../core/errors.js';
import type { Venue } from '../venue.js';
import { KrakenSession, type KrakenSubscription } from './kraken-session.js';

/** Options of {@link kraken}. */
export interface KrakenOptions {
  /** Where to connect. Default `wss://ws.kraken.com/v2`; `wss://beta-ws.kraken.com/v2` gets changes first. */
  readonly url?: string;
  /** `ticker`: last trade with best bid and ask. `trade`: every trade, without quotes. Default `ticker`. */
  readonly channel?: 'ticker' | 'trade';
  /**
   * When a ticker comes: at each trade, so that the price is always the last one and quotes are as old as it (`trades`); or when best
   * bid or ask change, so that quotes are always the last ones and a trade that moves neither is told later (`bbo`).
   * Default `trades`.
   */
  readonly trigger?: 'trades' | 'bbo';
}

const CHANNELS = ['ticker', 'trade'];
const TRIGGERS = ['trades', 'bbo'];

/**
 * Kraken spot, WebSocket API v2: prices of pairs such as `BTC/USD`. No key.
 *
 * - `ticker`: `last`, `bid`, `ask` and time of the frame; the first of a pair is a snapshot. `trade`: price and time of the trade, its
 *   number as sequence.
 * - Prices are JSON numbers, read with all their digits: `0.13110` stays that.
 * - Nothing in the protocol shows a lost frame.
 * - While the venue matches no orders (`status` other than `online`) prices have the state `halted`.
 * - Each pair is answered on its own. Pairs are named as in v2: `BTC/USD`, not `XBT/USD`.
 * - The venue bans an address for ten minutes that connects about 150 times in ten minutes: waits between tries go up to 4 s
 *   at once, which makes about 92. How many messages it takes is not told; 5 a second are used.
 *
 * Source: https://docs.kraken.com/exchange/api-reference/spot-websocket-v2/ticker
 * @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted.
 */
export function kraken(options: KrakenOptions = {}): Venue {
  const { url = 'wss://ws.kraken.com/v2', channel = 'ticker', trigger = 'trades' } = options;
  if (!CHANNELS.includes(channel)) throw invalidArgument('kraken(): channel', channel, CHANNELS.join(' or '));
  if (!TRIGGERS.includes(trigger)) throw invalidArgument('kraken(): trigger', trigger, TRIGGERS.join(' or '));
  const subscription: KrakenSubscription =
    channel === 'ticker' ? { channel, event_trigger: trigger } : { channel };
  return {
    name: 'kraken',
    url,
    recovers: true,
    limits: { framesPerSecond: 5 },
    heartbeat: { text: JSON.stringify({ method: 'ping' }), textIntervalMs: 2000 },
    backoff: { recentCapMs: 4000 },
    symbolFault: (symbol) =>
      /^[^\s"\\/]+\/[^\s"\\/]+$/.test(symbol)
        ? undefined
        : 'pairs of Kraken have a slash between their two sides, such as BTC/USD',
    open: (sink) => new KrakenSession(sink, subscription),
  };
}
