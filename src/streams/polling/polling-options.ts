import { checkDelay } from '../../core/clock.js';
import { invalidArgument } from '../../core/errors.js';
import type { BasePriceStreamAdapterOptions } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';
import type { RandomSource } from '../../core/random.js';
import type { BackoffOptions } from '../../core/backoff.js';
import type { DecodingStats } from '../connection/decoding-counts.js';
import { checkHttpUrl, type FetchFunction } from '../connection/http-fetch.js';
import type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
import type { PollingSource } from './polling-source.js';

/** Options of `PollingPriceStreamAdapter`. */
export interface PollingPriceStreamAdapterOptions extends Omit<BasePriceStreamAdapterOptions, 'maxSymbols'> {
  /** Where prices come from: a shipped one, such as `aktools()`, or your own. */
  readonly source: PollingSource;
  /**
   * Time from the start of one round of requests to the start of the next, in ms. A round that takes longer is followed by the
   * next after a tenth of it: requests never overlap. Default: the source's, which is 5,000 unless it says otherwise.
   */
  readonly intervalMs?: number;
  /** How much the interval varies at random, as a share of it either way, so that clients do not ask in step. Default 0.1. */
  readonly jitter?: number;
  /**
   * How long after its delivery a price that answers repeat is delivered again, in ms, so that its age tells how long it has not been
   * confirmed and not how long it has not moved. `Infinity`: changes only. Default 30,000.
   */
  readonly repeatMs?: number;
  /** How long a request may take, its body included, in ms. Default: the source's, which is 10,000 unless it says otherwise. */
  readonly timeoutMs?: number;
  /** Longer answers are failures, counted in bytes after decompression. Default 16,777,216. */
  readonly maxBodyBytes?: number;
  /**
   * Waits after failures, where the defaults do not fit. They follow the interval, since a source that fails should not be asked
   * much more than one that works: first up to a quarter of it (at least 250 ms), up to one interval (at least 2 s) in the first two
   * minutes, up to 30 s or an interval, whichever is longer, after that.
   */
  readonly backoff?: Omit<BackoffOptions, 'clock' | 'random'>;
  /**
   * When a symbol that no answer has a price for counts as stale; `onChange` hears it and `stats().stale` lists them. A price that
   * an answer repeats is fresh. Default: not looked at.
   */
  readonly freshness?: Omit<SymbolFreshnessOptions, 'clock'>;
  /** Chance, for jitter. Default: differs from run to run. */
  readonly random?: RandomSource;
  /** Makes the requests. Default: the platform's `fetch`. */
  readonly fetch?: FetchFunction;
}

/** Counters of a `PollingPriceStreamAdapter`, from its construction on. */
export interface PollingStats extends PriceStreamStats, DecodingStats {
  /** Requests made. */
  readonly requests: number;
  /** Answers with a body. */
  readonly responses: number;
  /** Answers that said that nothing has changed (status 304). */
  readonly notModified: number;
  /** Requests that failed: no answer in time, a status other than 200 and 304, a body of no use. */
  readonly failures: number;

  /** Prices that were known already, and were not due to be delivered again. */
  readonly unchanged: number;
  /** Prices older than known ones, dropped. */
  readonly outdated: number;
  /** Subscribed symbols that no answer had a price for, since they were subscribed or since the last outage. */
  readonly unpriced: readonly string[];
  /** Symbols that were refused, and why. */
  readonly refused: Readonly<Record<string, string>>;
  /** Symbols that no answer had a price for, for longer than `freshness.limitMs`. */
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
const BODY_BYTES = 16 * 1024 * 1024;

/** Fills in defaults. @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
export function readPollingOptions(options: PollingPriceStreamAdapterOptions): PollingSettings {
  const { source } = options;
  checkSource(source);
  const { intervalMs = source.intervalMs ?? 5000, timeoutMs = source.timeoutMs ?? 10_000 } = options;
  const { jitter = 0.1, maxBodyBytes = BODY_BYTES, repeatMs = 30_000 } = options;
  checkDelay(intervalMs * 2, `${WHERE}: intervalMs`);
  checkDelay(timeoutMs, `${WHERE}: timeoutMs`);
  if (!(intervalMs > 0)) throw invalidArgument(`${WHERE}: intervalMs`, intervalMs, 'ms above 0');
  if (!(repeatMs >= 0)) throw invalidArgument(`${WHERE}: repeatMs`, repeatMs, 'ms from 0, or Infinity');
  if (!(jitter >= 0 && jitter <= 1)) throw invalidArgument(`${WHERE}: jitter`, jitter, 'a share from 0 to 1');
  if (!(Number.isSafeInteger(maxBodyBytes) && maxBodyBytes > 0 && maxBodyBytes < 2 ** 29))
    throw invalidArgument(`${WHERE}: maxBodyBytes`, maxBodyBytes, 'a whole number from 1 to 536870911');
  const backoff = {
    firstMs: Math.max(250, intervalMs / 4),
    recentCapMs: Math.max(2000, intervalMs),
    capMs: Math.max(30_000, intervalMs),
    ...options.backoff,
  };
  return { intervalMs, jitter, timeoutMs, maxBodyBytes, repeatMs, backoff };
}

function checkSource(source: PollingSource): void {
  if (typeof source !== 'object' || source === null || typeof source.decode !== 'function') {
    throw invalidArgument(`${WHERE}: source`, source, 'an object with name, url and decode()');
  }
  const { name, url, symbolsPerRequest = 1 } = source;
  if (typeof name !== 'string' || name === '')
    throw invalidArgument(`${WHERE}: source.name`, name, 'a text that is not empty');
  if (typeof url !== 'function') checkHttpUrl(`${WHERE}: source.url`, url);
  if (!(Number.isSafeInteger(symbolsPerRequest) && symbolsPerRequest > 0))
    throw invalidArgument(`${WHERE}: source.symbolsPerRequest`, symbolsPerRequest, 'a whole number above 0');
}
