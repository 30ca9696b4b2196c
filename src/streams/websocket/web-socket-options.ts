import { invalidArgument, TickmarkError } from '../../core/errors.js';
import type { BasePriceStreamAdapterOptions } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';
import type { RandomSource } from '../../core/random.js';
import type { LinkDeadlines } from '../connection/link-deadlines.js';
import type { LinkHints } from '../connection/link-hints.js';
import type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
import type { Transport } from '../connection/transport.js';
import type { FrameStats } from './frame-counts.js';
import type { Venue, VenueBackoff } from './venue.js';

/** Options of `WebSocketPriceStreamAdapter`. */
export interface WebSocketPriceStreamAdapterOptions extends Omit<
  BasePriceStreamAdapterOptions,
  'maxSymbols'
> {
  /** Where prices come from: one of the shipped ones, such as `binance()`, or your own. */
  readonly venue: Venue;
  /** The venue's name for each of your symbols: `{ BTC: 'BTCUSDT' }`. Symbols that are not listed are taken as they are. */
  readonly symbols?: Readonly<Record<string, string>>;
  /** How long each step of a connection may take. */
  readonly deadlines?: LinkDeadlines;
  /** Waits between tries, where the defaults and the venue's own do not fit. */
  readonly backoff?: VenueBackoff;
  /**
   * When a symbol without a price counts as stale; `onChange` hears it and `stats().stale` lists them. Says nothing about the
   * link, which stays as it is. Default: not looked at.
   */
  readonly freshness?: Omit<SymbolFreshnessOptions, 'clock'>;
  /** Frames beyond this many bytes are dropped and counted as `too-big`. Default 1,048,576. */
  readonly maxFrameBytes?: number;
  /** Offers permessage-deflate, with `ws`: less traffic for more processor time and memory. Default `false`. */
  readonly compression?: boolean;
  /** Chance, for jitter. Default: differs from run to run. */
  readonly random?: RandomSource;
  /** Makes the connections. Default: the package `ws` in Node, else the WebSocket of the platform. */
  readonly transport?: Transport;
  /** What the surroundings tell about the network. Default: `online`, `offline` and `visibilitychange` of a browser. */
  readonly hints?: LinkHints;
}

/** Counters of a `WebSocketPriceStreamAdapter`, from its construction on. */
export interface WebSocketStats extends PriceStreamStats, FrameStats {
  /** Times a lost link was up again. */
  readonly reconnects: number;
  /** Times a connection was replaced by a new one without a gap. */
  readonly rotations: number;
  /** Prices that a replaced connection delivered after the new one had delivered a newer one; dropped. */
  readonly superseded: number;
  /** Symbols that the venue refused, with what it said. */
  readonly refused: Readonly<Record<string, string>>;
  /** Symbols without a price for longer than `freshness.limitMs`. */
  readonly stale: readonly string[];
}

const WHERE = 'WebSocketPriceStreamAdapter';

/** Refuses a venue that cannot work. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkVenue(venue: Venue): void {
  if (typeof venue !== 'object' || venue === null || typeof venue.open !== 'function') {
    throw invalidArgument(`${WHERE}: venue`, venue, 'an object with name, url and open()');
  }
  if (typeof venue.name !== 'string' || venue.name === '') {
    throw invalidArgument(`${WHERE}: venue.name`, venue.name, 'a text that is not empty');
  }
  if (typeof venue.url !== 'function') checkAddress(venue.url);
  for (const [limit, value] of Object.entries(venue.limits ?? {})) {
    const isFine =
      limit === 'framesPerSecond' || limit === 'connectionLifeMs'
        ? value >= 1
        : value >= 1 && value % 1 === 0;
    if (value !== undefined && !isFine)
      throw invalidArgument(`${WHERE}: venue.limits.${limit}`, value, 'a number from 1');
  }
}

/** Refuses what is no address of a WebSocket, without quoting it. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkAddress(address: unknown): asserts address is string {
  let protocol: string | undefined;
  try {
    protocol = typeof address === 'string' ? new URL(address).protocol : undefined;
  } catch {
    // Told below, without the address: it may hold a token.
  }
  if (protocol === 'ws:' || protocol === 'wss:') return;
  throw new TickmarkError(
    'INVALID_ARGUMENT',
    `${WHERE}: venue.url: expected an address that begins with ws:// or wss://.`,
  );
}

/** Refuses a cap that is none. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkFrameBytes(bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes > 0 && bytes < 2 ** 27) return;
  throw invalidArgument(`${WHERE}: maxFrameBytes`, bytes, 'a whole number from 1 to 134217727');
}
