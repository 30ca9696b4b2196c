import { invalidArgument } from '../../../core/errors.js';
import { Secrets } from '../secrets.js';
import type { Venue } from '../venue.js';
import { AlpacaSession } from './alpaca-session.js';
import { checkKey } from './check-key.js';
import type { SpecialTrade } from './us-trade-conditions.js';

/** Options of {@link alpaca}. */
export interface AlpacaOptions {
  /** Key id, of a live or a paper account: market data comes from the same host for both. For an OAuth token: `oauth`. */
  readonly key: string;
  /** Secret key, or the OAuth token. */
  readonly secret: string;
  /**
   * `iex`: trades and quotes of one exchange, in every plan. `sip`: all US exchanges. `delayed_sip`: the same, 15 minutes late,
   * graded `delayed`. `test`: made-up prices of `FAKEPACA` at any hour. Default `iex`.
   */
  readonly feed?: 'iex' | 'sip' | 'delayed_sip' | 'test';
  /** Whether best bid and ask are wanted too. Default `true`. */
  readonly quotes?: boolean;
  /** Whether trades of less than a round lot set the price. The tape's own last price leaves them out. Default `true`. */
  readonly oddLots?: boolean;
  /** Whether trades before the opening and after the close set the price. Default `true`. */
  readonly extendedHours?: boolean;
  /** Most symbols your plan allows: 30 in the free one. Default: no limit here; what the venue refuses is told one by one. */
  readonly maxSymbols?: number;
  /** Host to connect to. Default `wss://stream.data.alpaca.markets`; `wss://stream.data.sandbox.alpaca.markets` for brokers' tests. */
  readonly url?: string;
}

const FEEDS: readonly unknown[] = ['iex', 'sip', 'delayed_sip', 'test'];

/**
 * US stocks from Alpaca: trades, with best bid and ask. Symbols as the venue writes them: `AAPL`, `BRK.B`. Needs a key.
 *
 * - Price and time are the trade's, bid and ask the newest quote's; an update has the later of both times, in ms, and as
 *   sequence the nanoseconds within it. Prices are in USD.
 * - Trades whose conditions say that their price is not the market's (average, derived, contingent, late, official closes) set none.
 *   Corrections and cancels are counted (`trade-correction`, `trade-cancel`) and take no price back.
 * - A quote before a symbol's first trade on a connection gives no price.
 * - Most plans allow one connection for each feed: one that is replaced is closed first, with a gap.
 * - The venue accepts names that it does not know: such a symbol stays without prices, which `freshness` shows.
 *
 * Source: https://docs.alpaca.markets/docs/real-time-stock-pricing-data, https://docs.alpaca.markets/docs/streaming-market-data
 * @throws TickmarkError `INVALID_ARGUMENT` for a key or feed that is none.
 */
export function alpaca(options: AlpacaOptions): Venue {
  const { key, secret, feed = 'iex', quotes = true, oddLots = true, extendedHours = true } = options;
  const { maxSymbols, url = 'wss://stream.data.alpaca.markets' } = options;
  checkKey('alpaca: key', key);
  checkKey('alpaca: secret', secret);
  if (!FEEDS.includes(feed)) throw invalidArgument('alpaca: feed', feed, `one of ${FEEDS.join(', ')}`);
  const ignoredTrades = new Set<SpecialTrade>(['off-market-trade']);
  if (!oddLots) ignoredTrades.add('odd-lot-trade');
  if (!extendedHours) ignoredTrades.add('extended-hours-trade');
  const settings = {
    key,
    secret,
    ignoredTrades,
    channels: quotes ? ['trades', 'quotes'] : ['trades'],
    ...(feed === 'delayed_sip' ? { state: 'delayed' as const } : {}),
  };
  return {
    name: 'alpaca',
    url: `${url.replace(/\/+$/, '')}/v2/${feed}`,
    secrets: new Secrets(key, secret),
    limits: {
      connections: 1,
      symbolsPerFrame: 100,
      ...(maxSymbols === undefined ? {} : { symbolsPerConnection: maxSymbols }),
    },
    symbolFault: (symbol) =>
      /^[A-Z0-9]+(\.[A-Z0-9]+)*$/.test(symbol)
        ? undefined
        : 'symbols of Alpaca are in capitals, with a point before a class, such as AAPL or BRK.B',
    open: (sink) => new AlpacaSession(sink, settings),
  };
}
