import { invalidArgument, TickmarkError } from '../../core/errors.js';
import { checkNumber, type OptionShapes } from '../../core/options.js';
import {
  STREAM_OPTIONS,
  type BasePriceStreamAdapterOptions,
} from '../../core/streams/base-price-stream-adapter-options.js';
import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';
import type { RandomSource } from '../../core/random.js';
import type { DecodingStats } from '../connection/decoding-counts.js';
import type { LinkDeadlines } from '../connection/link-deadlines.js';
import type { LinkHints } from '../connection/link-hints.js';
import type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
import type { Transport } from '../connection/transport.js';

import type { Venue, VenueBackoff } from './venue.js';

/** Options of `WebSocketPriceStreamAdapter`. */
export interface WebSocketPriceStreamAdapterOptions extends Omit<
  BasePriceStreamAdapterOptions,
  'maxSymbols'
> {
  /** The provider of the prices: a built-in one, such as `binance()`, or your own. */
  readonly venue: Venue;
  /** The venue's name of each of your symbols: `{ BTC: 'BTCUSDT' }`. Symbols that are not listed are used as they are. */
  readonly symbols?: Readonly<Record<string, string>>;
  /** Time limit of each phase of a connection, in ms. Defaults: see {@link LinkDeadlines}. */
  readonly deadlines?: LinkDeadlines;
  /** Waits between reconnects, in ms. Default: the venue's, then those of {@link BackoffOptions}. */
  readonly backoff?: VenueBackoff;
  /**
   * When a symbol without a price counts as stale. `onChange` is called, and `stats().stale` lists the symbols; the link is not
   * affected. Default: not watched.
   */
  readonly freshness?: Omit<SymbolFreshnessOptions, 'clock'>;
  /** Frames of more bytes are dropped and counted as `too-big`. Default 1,048,576. */
  readonly maxFrameBytes?: number;
  /** Whether to offer permessage-deflate, with `ws`: less traffic for more processor time and memory. Default `false`. */
  readonly compression?: boolean;
  /** Source of random numbers, for jitter. Default: `Math.random`. */
  readonly random?: RandomSource;
  /** Opens the connections. Default: the package `ws` in Node, otherwise the platform's `WebSocket`. */
  readonly transport?: Transport;
  /** Hints about the network. Default: `online`, `offline` and `visibilitychange` of a browser; none elsewhere. */
  readonly hints?: LinkHints;
}

/** Counters of a `WebSocketPriceStreamAdapter` since its construction. */
export interface WebSocketStats extends PriceStreamStats, DecodingStats {
  /** Frames received, with those that were dropped unread. */
  readonly frames: number;
  /** Times a lost link was restored. */
  readonly reconnects: number;
  /** Times a connection was replaced by a new one without a gap. */
  readonly rotations: number;
  /** Prices dropped because an old connection sent them after the new one had sent a price of the symbol. */
  readonly superseded: number;
  /** Symbols that the venue refused, with its reasons. */
  readonly refused: Readonly<Record<string, string>>;
  /** Symbols without a price for longer than `freshness.limitMs`. */
  readonly stale: readonly string[];
}

const WHERE = 'WebSocketPriceStreamAdapter';

const { maxSymbols: _maxSymbols, ...OF_STREAM } = STREAM_OPTIONS;

/** What each option may be. */
export const WEB_SOCKET_OPTIONS: OptionShapes<WebSocketPriceStreamAdapterOptions> = {
  ...OF_STREAM,
  venue: true,
  symbols: true,
  deadlines: true,
  backoff: true,
  freshness: true,
  maxFrameBytes: true,
  compression: 'boolean',
  random: 'function',
  transport: true,
  hints: true,
};

/** Checks a venue object. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkVenue(venue: Venue): void {
  if (typeof venue !== 'object' || venue === null || typeof venue.open !== 'function') {
    throw invalidArgument(`${WHERE}: venue`, venue, 'an object with name, url and open()');
  }
  if (typeof venue.name !== 'string' || venue.name === '') {
    throw invalidArgument(`${WHERE}: venue.name`, venue.name, 'a string that is not empty');
  }
  if (typeof venue.url !== 'function') checkWebSocketUrl(venue.url);
  for (const [limit, value] of Object.entries(venue.limits ?? {})) {
    const isWhole = limit !== 'framesPerSecond' && limit !== 'connectionLifeMs';
    if (value !== undefined) checkNumber(`${WHERE}: venue.limits.${limit}`, value, { from: 1, isWhole });
  }
}

/** Checks the URL of a WebSocket. The message does not quote it. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkWebSocketUrl(url: unknown): asserts url is string {
  let protocol: string | undefined;
  try {
    protocol = typeof url === 'string' ? new URL(url).protocol : undefined;
  } catch {
    // Reported below.
  }
  if (protocol === 'ws:' || protocol === 'wss:') return;
  const given =
    typeof url === 'string' ? 'a string that is not shown, since it may contain a token' : typeof url;
  const message = `${WHERE}: venue.url: expected a URL that begins with ws:// or wss://, got ${given}.`;
  throw new TickmarkError('INVALID_ARGUMENT', message);
}

/** Checks the option `maxFrameBytes`. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkMaxFrameBytes(bytes: number): void {
  checkNumber(`${WHERE}: maxFrameBytes`, bytes, { from: 1, to: 2 ** 27 - 1, isWhole: true });
}
