import { invalidArgument } from '../../core/errors.js';
import { checkNumber, type OptionShapes } from '../../core/options.js';
import {
  STREAM_OPTIONS,
  type BasePriceStreamAdapterOptions,
} from '../../core/streams/base-price-stream-adapter-options.js';
import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';
import type { RandomSource } from '../../core/random.js';
import type { BackoffOptions } from '../../core/backoff.js';
import type { DecodingStats } from '../connection/decoding-counts.js';
import { checkHttpUrl, type FetchFunction } from '../connection/http-fetch.js';
import type { LinkDeadlines } from '../connection/link-deadlines.js';
import type { LinkHints } from '../connection/link-hints.js';
import { checkHeaders, checkProvider } from '../connection/provider.js';
import type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
import type { SseFeed } from './sse-feed.js';

/** Options of `SsePriceStreamAdapter`. */
export interface SsePriceStreamAdapterOptions extends Omit<BasePriceStreamAdapterOptions, 'maxSymbols'> {
  /** The provider of the prices: a built-in one, such as `eastmoneyPush2()`, or your own. */
  readonly feed: SseFeed;
  /** Time limits of a connection, in ms: `resolve`, `connect` (until the response's headers) and `data`. Defaults: see {@link LinkDeadlines}. */
  readonly deadlines?: Pick<LinkDeadlines, 'resolve' | 'connect' | 'data'>;
  /** Waits between reconnects, in ms. Defaults: see {@link BackoffOptions}. */
  readonly backoff?: Omit<BackoffOptions, 'clock' | 'random'>;
  /**
   * When a symbol without a price counts as stale. `onChange` is called, and `stats().stale` lists the symbols; the event stream is not
   * affected. Default: not watched.
   */
  readonly freshness?: Omit<SymbolFreshnessOptions, 'clock'>;
  /** Events of more than this many characters are dropped and counted as `too-big`. Default 1,048,576. */
  readonly maxEventLength?: number;
  /** How long calls that change symbols are collected before one new event stream is opened for all of them, in ms. Default 5. */
  readonly gatherMs?: number;
  /** Source of random numbers, for jitter. Default: `Math.random`. */
  readonly random?: RandomSource;
  /**
   * Makes the requests, such as through a proxy: `(url, init) => undiciFetch(url, { ...init, dispatcher })`. It must end when
   * `init.signal` is aborted. Default: the platform's `fetch`.
   */
  readonly fetch?: FetchFunction;
  /** Hints about the network. Default: `online`, `offline` and `visibilitychange` of a browser; none elsewhere. */
  readonly hints?: LinkHints;
}

/** Counters of an `SsePriceStreamAdapter` since its construction. */
export interface SseStats extends PriceStreamStats, DecodingStats {
  /** Times a lost event stream was restored. */
  readonly reconnects: number;
  /** Times an event stream was replaced by a new one without a gap, for other symbols or at the end of its life. */
  readonly reopened: number;
  /** Symbols that were refused, with the reasons. */
  readonly refused: Readonly<Record<string, string>>;
  /** Symbols without a price for longer than `freshness.limitMs`. */
  readonly stale: readonly string[];
}

const WHERE = 'SsePriceStreamAdapter';

const { maxSymbols: _maxSymbols, ...OF_STREAM } = STREAM_OPTIONS;

/** What each option may be. */
export const SSE_OPTIONS: OptionShapes<SsePriceStreamAdapterOptions> = {
  ...OF_STREAM,
  feed: true,
  deadlines: true,
  backoff: true,
  freshness: true,
  maxEventLength: true,
  gatherMs: true,
  random: 'function',
  fetch: 'function',
  hints: 'function',
};

/** Checks a feed object. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkFeed(feed: SseFeed): void {
  if (typeof feed !== 'object' || feed === null || typeof feed.open !== 'function') {
    throw invalidArgument(`${WHERE}: feed`, feed, 'an object with name, url and open()');
  }
  if (typeof feed.name !== 'string' || feed.name === '') {
    throw invalidArgument(`${WHERE}: feed.name`, feed.name, 'a string that is not empty');
  }
  checkProvider(`${WHERE}: feed`, feed, FEED);
  checkHeaders(`${WHERE}: feed.headers`, feed.headers);
  if (typeof feed.url !== 'function') checkHttpUrl(`${WHERE}: feed.url`, feed.url);
  const { silenceMs = 1 } = feed;
  if (!(silenceMs > 0))
    throw invalidArgument(`${WHERE}: feed.silenceMs`, silenceMs, 'ms above 0, or Infinity');
}

const FEED: OptionShapes<SseFeed> = {
  name: true,
  url: true,
  headers: true,
  calendar: true,
  maxSymbols: true,
  silenceMs: 'number',
  connectionLifeMs: 'number',
  recovers: 'boolean',
  symbolFault: 'function',
  open: 'function',
};

/** Checks the option `maxEventLength`. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkMaxEventLength(length: number): void {
  checkNumber(`${WHERE}: maxEventLength`, length, { from: 1, to: 2 ** 27 - 1, isWhole: true });
}
