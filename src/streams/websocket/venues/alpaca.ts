import { invalidArgument } from '../../../core/errors.js';
import { usEquities } from '../../../calendars/us-equities.js';
import { ALPACA_ORIGINS, alpacaCloses } from '../closes/alpaca-closes.js';
import { restOrigin } from '../closes/rest-origin.js';
import { Secrets } from '../secrets.js';
import type { Venue } from '../venue.js';
import { AlpacaSession } from './alpaca-session.js';
import { checkKey } from './check-key.js';
import type { SpecialTrade } from './us-trade-conditions.js';
import { checkOptions, type OptionShapes } from '../../../core/options.js';

/** Options of {@link alpaca}. */
export interface AlpacaOptions {
  /** Key id of a live or paper account; both use the same host for market data. For an OAuth token: `oauth`. */
  readonly key: string;
  /** Secret key, or the OAuth token. */
  readonly secret: string;
  /**
   * `iex`: trades and quotes of one exchange, in every plan. `sip`: all US exchanges. `delayed_sip`: all US exchanges 15 minutes late, with
   * grade `delayed`. `test`: made-up prices of the symbol `FAKEPACA` at any hour. Default `iex`.
   */
  readonly feed?: 'iex' | 'sip' | 'delayed_sip' | 'test';
  /** Whether to subscribe best bid and ask, too. Default `true`. */
  readonly quotes?: boolean;
  /** Whether trades of less than a round lot set the price. The tape's own last price ignores them. Default `true`. */
  readonly oddLots?: boolean;
  /** Whether trades before the opening and after the close set the price. Default `true`. */
  readonly extendedHours?: boolean;
  /** Most symbols of your plan: 30 in the free one. Default: no limit here; symbols that the venue refuses go to `onError` one by one. */
  readonly maxSymbols?: number;
  /** Origin of the venue. Default `wss://stream.data.alpaca.markets`; the sandbox of brokers is `wss://stream.data.sandbox.alpaca.markets`. */
  readonly url?: string;
  /**
   * Origin of its REST API, for previous closes. Default: the one that belongs to `url`, such as `https://data.alpaca.markets`; with another `url`: none is asked.
   */
  readonly restUrl?: string;
}

const FEEDS: readonly unknown[] = ['iex', 'sip', 'delayed_sip', 'test'];

const SHAPES: OptionShapes<AlpacaOptions> = {
  key: true,
  secret: true,
  feed: true,
  quotes: 'boolean',
  oddLots: 'boolean',
  extendedHours: 'boolean',
  maxSymbols: true,
  url: true,
  restUrl: true,
};

/**
 * US stocks from Alpaca: trades, with best bid and ask. Symbols have the venue's spelling: `AAPL`, `BRK.B`. Needs a key.
 *
 * - The price is the newest trade's, bid and ask are the newest quote's. The time is the later of both, in ms; `sequence` is its
 *   nanoseconds within the ms. Prices are in USD.
 * - Trades whose conditions mark their price as off the market (average, derived, contingent, late, official closes) set no price.
 *   Corrections and cancels are counted (`trade-correction`, `trade-cancel`); the price stays.
 * - Previous closes: the daily bar of the last session of `usEquities`, of all US exchanges in every plan, unadjusted. The feed `test` has none, and no calendar.
 * - A quote before a symbol's first trade on a connection gives no price.
 * - Most plans allow one connection for each feed. So it is closed before it is replaced, which leaves a gap.
 * - The venue accepts unknown symbols: they stay without prices, which the option `freshness` of the adapter detects.
 *
 * Source: https://docs.alpaca.markets/docs/real-time-stock-pricing-data, https://docs.alpaca.markets/docs/streaming-market-data
 *
 * @example
 * ```ts
 * import { WebSocketPriceStreamAdapter, alpaca } from 'tickmark/websocket';
 *
 * const venue = alpaca({ key: process.env['ALPACA_KEY']!, secret: process.env['ALPACA_SECRET']!, maxSymbols: 30 });
 * const stream = new WebSocketPriceStreamAdapter({ venue });
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an empty key or secret, or an unknown feed.
 */
export function alpaca(options: AlpacaOptions): Venue {
  checkOptions('alpaca', options, SHAPES);
  const { key, secret, feed = 'iex', quotes = true, oddLots = true, extendedHours = true } = options;
  const { maxSymbols, url = 'wss://stream.data.alpaca.markets' } = options;
  checkKey('alpaca: key', key);
  checkKey('alpaca: secret', secret);
  if (!FEEDS.includes(feed)) throw invalidArgument('alpaca: feed', feed, `one of ${FEEDS.join(', ')}`);
  const rest = restOrigin('alpaca', options.restUrl, url, ALPACA_ORIGINS);
  const hasCloses = feed !== 'test' && rest !== undefined;
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
    ...(feed !== 'test' && { calendar: usEquities }),
    closes: hasCloses ? alpacaCloses(rest, key, secret) : undefined,
    limits: {
      connections: 1,
      symbolsPerFrame: 100,
      ...(maxSymbols === undefined ? {} : { symbolsPerConnection: maxSymbols }),
    },
    symbolFault: (symbol) =>
      /^[A-Z0-9]+(\.[A-Z0-9]+)*$/.test(symbol)
        ? undefined
        : 'symbols of Alpaca are upper case, with a point before a share class, such as AAPL or BRK.B',
    open: (sink) => new AlpacaSession(sink, settings),
  };
}
