import { invalidArgument } from '../../core/errors.js';
import type { BasePriceStreamAdapterOptions } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';
import type { RandomSource } from '../../core/random.js';
import type { BackoffOptions } from '../../core/backoff.js';
import type { ContentStats } from '../connection/content-counts.js';
import { checkHttpAddress, type FetchFunction } from '../connection/http-fetch.js';
import type { LinkDeadlines } from '../connection/link-deadlines.js';
import type { LinkHints } from '../connection/link-hints.js';
import type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
import type { SseFeed } from './sse-feed.js';

/** Options of `SsePriceStreamAdapter`. */
export interface SsePriceStreamAdapterOptions extends Omit<BasePriceStreamAdapterOptions, 'maxSymbols'> {
  /** Where prices come from: a shipped one, such as `eastmoneyPush2()`, or your own. */
  readonly feed: SseFeed;
  /** How long each step of a connection may take: `resolve`, `connect` (until the answer's head is there) and `data`. */
  readonly deadlines?: Pick<LinkDeadlines, 'resolve' | 'connect' | 'data'>;
  /** Waits between tries, where the defaults do not fit. */
  readonly backoff?: Omit<BackoffOptions, 'clock' | 'random'>;
  /**
   * When a symbol without a price counts as stale; `onChange` hears it and `stats().stale` lists them. Says nothing about the
   * stream, which stays as it is. Default: not looked at.
   */
  readonly freshness?: Omit<SymbolFreshnessOptions, 'clock'>;
  /** Events of more than this many characters are dropped and counted as `too-big`. Default 1,048,576. */
  readonly maxEventLength?: number;
  /** How long changes of symbols are gathered before the stream is opened anew for all of them, in ms. Default 5. */
  readonly gatherMs?: number;
  /** Chance, for jitter. Default: differs from run to run. */
  readonly random?: RandomSource;
  /** Makes the requests. Default: the platform's `fetch`. */
  readonly fetch?: FetchFunction;
  /** What the surroundings tell about the network. Default: `online`, `offline` and `visibilitychange` of a browser. */
  readonly hints?: LinkHints;
}

/** Counters of an `SsePriceStreamAdapter`, from its construction on. */
export interface SseStats extends PriceStreamStats, ContentStats {
  /** Bytes received of the streams' bodies. */
  readonly bytes: number;
  /** Times a lost stream was up again. */
  readonly reconnects: number;
  /** Times a stream was replaced by a new one without a gap, for other symbols or at the end of its life. */
  readonly reopened: number;
  /** Symbols that were refused, and why. */
  readonly refused: Readonly<Record<string, string>>;
  /** Symbols without a price for longer than `freshness.limitMs`. */
  readonly stale: readonly string[];
}

const WHERE = 'SsePriceStreamAdapter';

/** Refuses a feed that cannot work. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkFeed(feed: SseFeed): void {
  if (typeof feed !== 'object' || feed === null || typeof feed.open !== 'function') {
    throw invalidArgument(`${WHERE}: feed`, feed, 'an object with name, url and open()');
  }
  if (typeof feed.name !== 'string' || feed.name === '') {
    throw invalidArgument(`${WHERE}: feed.name`, feed.name, 'a text that is not empty');
  }
  if (typeof feed.url !== 'function') checkHttpAddress(`${WHERE}: feed.url`, feed.url);
  const { silenceMs = 1 } = feed;
  if (!(silenceMs > 0))
    throw invalidArgument(`${WHERE}: feed.silenceMs`, silenceMs, 'ms above 0, or Infinity');
}

/** Refuses a cap that is none. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkEventLength(length: number): void {
  if (Number.isSafeInteger(length) && length > 0 && length < 2 ** 27) return;
  throw invalidArgument(`${WHERE}: maxEventLength`, length, 'a whole number from 1 to 134217727');
}
