import { invalidArgument, TickmarkError } from '../../core/errors.js';
import { checkBackoff } from '../../core/backoff.js';
import { checkNumber, checkOptions, partShape, type OptionShapes } from '../../core/options.js';
import {
  STREAM_OPTIONS,
  type BasePriceStreamAdapterOptions,
} from '../../core/streams/base-price-stream-adapter-options.js';
import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';
import type { RandomSource } from '../../core/random.js';
import type { DecodingStats } from '../connection/decoding-counts.js';
import type { FetchFunction } from '../connection/http-fetch.js';
import type { LinkDeadlines } from '../connection/link-deadlines.js';
import type { LinkHints } from '../connection/link-hints.js';
import { checkHeaders, checkProvider } from '../connection/provider.js';
import type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
import type { Transport } from '../connection/transport.js';

import type { ConnectionStats } from './links/venue-links.js';
import type { VenueEncoding } from './inflate.js';
import type { Venue, VenueBackoff, VenueLimits } from './venue.js';

/** An `http.Agent` of Node; any class that extends it fits. */
export interface WebSocketAgent {
  /** Called by Node with each request. */
  addRequest?(...request: never[]): void;
  destroy(): void;
}

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
  /** Frames of more bytes, also after they are decompressed, are dropped, counted as `too-big`, and reported to `onError`. Default 1,048,576. */
  readonly maxFrameBytes?: number;
  /** Whether to offer permessage-deflate, with `ws`: less traffic for more processor time and memory. Default `false`. */
  readonly compression?: boolean;
  /**
   * Makes the TCP connections, for a proxy: an `http.Agent`, such as those of the packages `https-proxy-agent` and `socks-proxy-agent`. Node
   * with `ws` only: elsewhere the platform chooses the proxy. Default: none.
   */
  readonly agent?: WebSocketAgent;
  /**
   * Makes the HTTP requests for previous closes, such as through a proxy: `(url, init) => undiciFetch(url, { ...init, dispatcher })`. It must end when
   * `init.signal` is aborted. Default: the platform's `fetch`.
   */
  readonly fetch?: FetchFunction;
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
  /** Prices dropped because another connection delivers the symbol, or had delivered them: while a connection or a symbol is replaced. */
  readonly superseded: number;
  /** Symbols that the venue refused, with its reasons. */
  readonly refused: Readonly<Record<string, string>>;
  /** State and symbols of each connection, oldest first; none before `connect()` and after `disconnect()`. */
  readonly connections: readonly ConnectionStats[];
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
  fetch: 'function',
  random: 'function',
  transport: partShape<Transport>('a Transport', 'open'),
  agent: true,
  hints: 'function',
};

const VENUE: OptionShapes<Venue> = {
  name: true,
  url: true,
  headers: true,
  protocols: true,
  encoding: true,
  secrets: true,
  calendar: true,
  closes: true,
  limits: true,
  heartbeat: true,
  backoff: true,
  acknowledges: 'boolean',
  recovers: 'boolean',
  symbolFault: 'function',
  open: 'function',
};

const LIMITS: OptionShapes<VenueLimits> = {
  connections: true,
  newConnections: true,
  symbolsPerConnection: true,
  symbolsPerFrame: true,
  framesPerSecond: true,
  connectionLifeMs: true,
};

/** Checks a venue object. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkVenue(venue: Venue): void {
  if (typeof venue !== 'object' || venue === null || typeof venue.open !== 'function') {
    throw invalidArgument(`${WHERE}: venue`, venue, 'an object with name, url and open()');
  }
  if (typeof venue.name !== 'string' || venue.name === '') {
    throw invalidArgument(`${WHERE}: venue.name`, venue.name, 'a string that is not empty');
  }
  checkProvider(`${WHERE}: venue`, venue, VENUE);
  checkHeaders(`${WHERE}: venue.headers`, venue.headers);
  if (typeof venue.url !== 'function') checkWebSocketUrl(venue.url);
  if (typeof venue.protocols !== 'function') checkProtocols(venue.protocols);
  checkEncoding(venue.encoding);
  checkBackoff(`${WHERE}: venue.backoff`, venue.backoff);
  checkOptions(`${WHERE}: venue.limits`, venue.limits ?? {}, LIMITS);
  const { newConnections, ...limits } = venue.limits ?? {};
  for (const [limit, value] of Object.entries(limits)) {
    const isWhole = limit !== 'framesPerSecond' && limit !== 'connectionLifeMs';
    if (value !== undefined) checkNumber(`${WHERE}: venue.limits.${limit}`, value, { from: 1, isWhole });
  }
  if (newConnections === undefined) return;
  const where = `${WHERE}: venue.limits.newConnections`;
  checkNumber(`${where}.most`, newConnections.most, { from: 1, isWhole: true });
  checkNumber(`${where}.withinMs`, newConnections.withinMs, { from: 1 });
}

/** Most symbols that an adapter can have, on all connections together; `undefined` for no limit. */
export function maxSymbolsOf({ connections = Infinity, symbolsPerConnection = Infinity }: VenueLimits = {}):
  number | undefined {
  const most = connections * symbolsPerConnection;
  return most === Infinity ? undefined : most;
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

// The characters of a token: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** Checks the subprotocols of a venue. The message does not quote them. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkProtocols(protocols: unknown): asserts protocols is readonly string[] | undefined {
  if (protocols === undefined) return;
  const accepted = 'a list of different names, each of letters, digits and characters such as . - _';
  if (!Array.isArray(protocols) || protocols.length === 0)
    throw invalidArgument(`${WHERE}: venue.protocols`, protocols, accepted);
  const isGood = protocols.every((each) => typeof each === 'string' && TOKEN.test(each));
  if (!isGood || new Set(protocols).size < protocols.length)
    throw invalidArgument(`${WHERE}: venue.protocols`, protocols, accepted);
}

const ENCODINGS = ['text', 'binary', 'gzip', 'deflate', 'deflate-raw'];

function checkEncoding(encoding: VenueEncoding = 'text'): void {
  if (!ENCODINGS.includes(encoding))
    throw invalidArgument(`${WHERE}: venue.encoding`, encoding, ENCODINGS.join(' or '));
  const isText = encoding === 'text' || encoding === 'binary';
  if (!isText && typeof (globalThis as { DecompressionStream?: unknown }).DecompressionStream !== 'function')
    throw invalidArgument(`${WHERE}: venue.encoding`, encoding, 'a platform with DecompressionStream');
}

/** Checks the option `agent`. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkAgent({ agent, transport }: WebSocketPriceStreamAdapterOptions): void {
  if (agent === undefined) return;
  if (transport)
    throw new TickmarkError(
      'INVALID_ARGUMENT',
      `${WHERE}: agent: not used beside transport, which connects by itself.`,
    );
  if (typeof (agent as { addRequest?: unknown } | null)?.addRequest === 'function') return;
  const isDispatcher = typeof (agent as { dispatch?: unknown } | null)?.dispatch === 'function';
  const hint = isDispatcher ? ' A dispatcher of undici works with fetch alone.' : '';
  const accepted = 'an http.Agent, such as one of https-proxy-agent';
  throw new TickmarkError(
    'INVALID_ARGUMENT',
    `${invalidArgument(`${WHERE}: agent`, agent, accepted).message}${hint}`,
  );
}

/** Checks the option `maxFrameBytes`. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkMaxFrameBytes(bytes: number): void {
  checkNumber(`${WHERE}: maxFrameBytes`, bytes, { from: 1, to: 2 ** 27 - 1, isWhole: true });
}
