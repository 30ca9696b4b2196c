import { checkDelay } from '../../core/clock.js';
import { invalidArgument } from '../../core/errors.js';
import { checkNumber, withDefaults, type OptionShapes } from '../../core/options.js';
import {
  STREAM_OPTIONS,
  type BasePriceStreamAdapterOptions,
} from '../../core/streams/base-price-stream-adapter-options.js';
import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';
import type { RandomSource } from '../../core/random.js';
import { checkBackoff, type BackoffOptions } from '../../core/backoff.js';
import type { DecodingStats } from '../connection/decoding-counts.js';
import { checkHttpUrl, type FetchFunction } from '../connection/http-fetch.js';
import { checkHeaders, checkProvider } from '../connection/provider.js';
import type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
import type { PollingSource } from './polling-source.js';

/** Options of `PollingPriceStreamAdapter`. */
export interface PollingPriceStreamAdapterOptions extends Omit<BasePriceStreamAdapterOptions, 'maxSymbols'> {
  /** The provider of the prices: a built-in one, such as `aktools()`, or your own. */
  readonly source: PollingSource;
  /**
   * Time from the start of one round of requests to the start of the next, in ms. After a round that takes longer, the next one starts
   * after a tenth of this time: requests never overlap. Default: the source's, or 5,000.
   */
  readonly intervalMs?: number;
  /** Random variation of the interval in both directions, as a share from 0 to 1, so that clients do not poll in step. Default 0.1. */
  readonly jitter?: number;
  /**
   * Time after which an unchanged price is delivered again, in ms. So the age of a price is the time since the source confirmed it, not
   * since it moved. `Infinity`: only changes are delivered. Default 30,000.
   */
  readonly repeatMs?: number;
  /** Time limit of a request with its body, in ms. Default: the source's, or 10,000. */
  readonly timeoutMs?: number;
  /** Longest body, in bytes after decompression; a longer one fails the request. Default 16,777,216. */
  readonly maxBodyBytes?: number;
  /**
   * Waits after failures, in ms. The defaults depend on the interval, since a source that fails should not get many more requests than one
   * that works: first up to a quarter of it (at least 250 ms), up to the interval (at least 2 s) in the first two minutes, and up to 30 s
   * or the interval, whichever is longer, after that.
   */
  readonly backoff?: Omit<BackoffOptions, 'clock' | 'random'>;
  /**
   * When a symbol without a price in the responses counts as stale. `onChange` is called, and `stats().stale` lists the symbols. A repeated
   * price is fresh. Default: not watched.
   */
  readonly freshness?: Omit<SymbolFreshnessOptions, 'clock'>;
  /** Source of random numbers, for jitter. Default: `Math.random`. */
  readonly random?: RandomSource;
  /**
   * Makes the requests, such as through a proxy: `(url, init) => undiciFetch(url, { ...init, dispatcher })`. It must end when
   * `init.signal` is aborted. Default: the platform's `fetch`.
   */
  readonly fetch?: FetchFunction;
}

/** Counters of a `PollingPriceStreamAdapter` since its construction. */
export interface PollingStats extends PriceStreamStats, DecodingStats {
  /** Requests sent. */
  readonly requests: number;
  /** Responses with a body. */
  readonly responses: number;
  /** Responses with status 304: nothing has changed. */
  readonly notModified: number;
  /** Requests that failed: no response in time, a status other than 200 and 304, or an unusable body. */
  readonly failures: number;
  /** Unchanged prices that were not due to be delivered again. */
  readonly unchanged: number;
  /** Prices dropped because a newer one was known. */
  readonly outdated: number;
  /** Subscribed symbols without a price in any response since they were subscribed, or since the last outage. */
  readonly unpriced: readonly string[];
  /** Symbols that were refused, with the reasons. */
  readonly refused: Readonly<Record<string, string>>;
  /** Symbols without a price for longer than `freshness.limitMs`. */
  readonly stale: readonly string[];
}

/** Options with their defaults. */
export interface PollingSettings {
  readonly intervalMs: number;
  readonly jitter: number;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  readonly repeatMs: number;
  readonly backoff: Omit<BackoffOptions, 'clock' | 'random'>;
}

const WHERE = 'PollingPriceStreamAdapter';

const { maxSymbols: _maxSymbols, ...OF_STREAM } = STREAM_OPTIONS;

/** What each option may be. */
export const POLLING_OPTIONS: OptionShapes<PollingPriceStreamAdapterOptions> = {
  ...OF_STREAM,
  source: true,
  intervalMs: true,
  jitter: true,
  repeatMs: true,
  timeoutMs: true,
  maxBodyBytes: true,
  backoff: true,
  freshness: true,
  random: 'function',
  fetch: 'function',
};
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Fills in defaults. @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
export function readPollingOptions(options: PollingPriceStreamAdapterOptions): PollingSettings {
  const { source } = options;
  checkSource(source);
  checkBackoff('PollingPriceStreamAdapter: backoff', options.backoff);
  const settings = withDefaults(options, {
    intervalMs: source.intervalMs ?? 5000,
    timeoutMs: source.timeoutMs ?? 10_000,
    jitter: 0.1,
    maxBodyBytes: MAX_BODY_BYTES,
    repeatMs: 30_000,
  });
  const { intervalMs, timeoutMs, jitter, maxBodyBytes, repeatMs } = settings;
  checkDelay(intervalMs * 2, `${WHERE}: intervalMs`);
  checkDelay(timeoutMs, `${WHERE}: timeoutMs`);
  if (!(intervalMs > 0)) throw invalidArgument(`${WHERE}: intervalMs`, intervalMs, 'ms above 0');
  checkNumber(`${WHERE}: repeatMs`, repeatMs, { from: 0 });
  checkNumber(`${WHERE}: jitter`, jitter, { from: 0, to: 1 });
  checkNumber(`${WHERE}: maxBodyBytes`, maxBodyBytes, { from: 1, to: 2 ** 29 - 1, isWhole: true });
  const backoff = {
    firstMs: Math.max(250, intervalMs / 4),
    recentCapMs: Math.max(2000, intervalMs),
    capMs: Math.max(30_000, intervalMs),
    ...options.backoff,
  };
  return { ...settings, backoff };
}

const SOURCE: OptionShapes<PollingSource> = {
  name: true,
  url: true,
  headers: true,
  intervalMs: 'number',
  timeoutMs: 'number',
  symbolsPerRequest: true,
  calendar: true,
  maxSymbols: true,
  recovers: 'boolean',
  symbolFault: 'function',
  decode: 'function',
  explain: 'function',
};

function checkSource(source: PollingSource): void {
  if (typeof source !== 'object' || source === null || typeof source.decode !== 'function') {
    throw invalidArgument(`${WHERE}: source`, source, 'an object with name, url and decode()');
  }
  const { name, url, symbolsPerRequest = 1 } = source;
  if (typeof name !== 'string' || name === '')
    throw invalidArgument(`${WHERE}: source.name`, name, 'a string that is not empty');
  checkProvider(`${WHERE}: source`, source, SOURCE);
  checkHeaders(`${WHERE}: source.headers`, source.headers);
  if (typeof url !== 'function') checkHttpUrl(`${WHERE}: source.url`, url);
  checkNumber(`${WHERE}: source.symbolsPerRequest`, symbolsPerRequest, { from: 1, isWhole: true });
}
