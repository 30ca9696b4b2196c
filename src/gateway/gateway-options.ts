import type { CalendarSource } from '../core/calendars/symbol-calendars.js';
import type { Clock } from '../core/clock.js';
import { invalidArgument, type TickmarkError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { PriceStreamAdapter } from '../core/streams/price-stream-adapter.js';
import { EVENT_BUS, type EventBus } from '../core/messaging/event-bus.js';
import type { RandomSource } from '../core/random.js';
import type { StaleAfter } from '../core/book/price-freshness.js';
import type { ReadonlyPositionBook } from '../core/book/readonly-position-book.js';
import type { TopicKind } from '../protocol/topic.js';
import type { SecurityEvent } from './admission/security-events.js';
import type { GatewayLimits } from './gateway-limits.js';
import type { ValueSource } from './value-source.js';
import type { WebSocketServerClass } from './web-sockets/web-socket-server.js';
import {
  ERROR_RECEIVERS,
  TIME_AND_CHANCE,
  checkOptions,
  needed,
  partShape,
  type OptionShapes,
} from '../core/options.js';

/** Who a reader is: the result of `authenticate`. */
export interface ReaderIdentity {
  /** Id of the user or account, 1 to 256 characters. The gateway sends it to that reader; `revoke()` and `disconnect()` take it. */
  readonly subject: string;
  /** When the credentials expire, ms since 1970. Default: never. */
  readonly expiresAt?: number | null;
  /** What `authorize` needs besides the subject, such as roles. It stays in this process. */
  readonly context?: unknown;
}

/** The topic that `authorize` is asked about. */
export interface AuthorizedTopic {
  /** `portfolio` (totals), `positions` (totals and rows) or `price`. Later versions may add kinds: return `false` for them. */
  readonly kind: string;
  /** Portfolio id or symbol. */
  readonly id: string;
}

/**
 * Whether a reader may see a topic. `true`: yes. `{ expiresAt }`: yes, and `authorize` is called again at that time (ms since 1970).
 * `false`, `null` and `undefined`: no.
 */
export type Authorization = boolean | { readonly expiresAt: number } | null | undefined;

/** Options of {@link Gateway}. */
export interface GatewayOptions {
  /** The bus on which values, prices and gaps arrive. The gateway does not close it. */
  readonly bus: EventBus;
  /** Current values: the `MarkToMarket` or engine of this process, or `repositoryValues(repository)`. */
  readonly values: ValueSource;
  /**
   * Says who sends a request. Called once before a handshake is accepted or a stream begins, again for the token of an `auth` message
   * (as `Authorization: Bearer …` on the request of the handshake), and again when `expiresAt` has passed. `null`: unknown. An event
   * stream is then answered with 401; a WebSocket has `limits.unauthenticatedMs` to send `auth`. The subject of a connection never
   * changes. If the function throws, the reader is asked to retry, and `onError` receives the error.
   *
   * @example
   * ```ts
   * import type { GatewayOptions } from 'tickmark/gateway';
   *
   * declare function sessionOf(cookie: string | null): Promise<{ userId: string; expiresAt: number } | null>;
   * export const authenticate: GatewayOptions['authenticate'] = async ({ headers }) => {
   *   const session = await sessionOf(headers.get('cookie'));
   *   return session && { subject: session.userId, expiresAt: session.expiresAt };
   * };
   * ```
   */
  readonly authenticate: (
    request: Request,
  ) => ReaderIdentity | null | undefined | Promise<ReaderIdentity | null | undefined>;
  /**
   * Says whether a reader may see a topic. Called at each subscription and each resume, after new credentials, when an earlier
   * `expiresAt` has passed, and after a gap of the bus. Until it returns, the gateway sends nothing of the topic. If it throws, the
   * reader gets `busy`, and `onError` receives the error.
   *
   * @example
   * ```ts
   * import type { GatewayOptions } from 'tickmark/gateway';
   *
   * declare function mayRead(userId: string, portfolioId: string): Promise<boolean>;
   * export const authorize: GatewayOptions['authorize'] = (subject, { kind, id }) =>
   *   kind !== 'price' && mayRead(subject, id);
   * ```
   */
  readonly authorize: (
    subject: string,
    topic: AuthorizedTopic,
    context: unknown,
  ) => Authorization | Promise<Authorization>;
  /**
   * Kinds of topics that readers can subscribe to. Default `['portfolio', 'positions']`: prices are not served, because the license of
   * a feed may forbid it. Rows of positions contain their prices nevertheless.
   */
  readonly serve?: readonly TopicKind[];
  /** Whether a symbol exists; other symbols are denied. Default: every symbol can be subscribed to, also before its first price. */
  readonly knowsSymbol?: (symbol: string) => boolean;
  /**
   * What happens when a grant has to be checked again and `authorize` or `authenticate` does not answer. `pause` (default): nothing more
   * of the topic is sent until it answers. `continue`: values are still sent, and the gateway asks again every 5 s.
   */
  readonly whileUnchecked?: 'pause' | 'continue';
  /**
   * Origins whose pages may read, besides the gateway's own. Write each exactly as a browser sends it: `https://app.example.com`,
   * `capacitor://localhost`. Default: none.
   */
  readonly origins?: readonly string[];
  /** Also answer requests that do not come from a page in a browser: those of programs. Default `false`. */
  readonly allowMissingOrigin?: boolean;
  /**
   * Proxies whose `X-Forwarded-For` names the address of a reader, as addresses or networks: `['127.0.0.1', '10.0.0.0/8']`. Default:
   * none, so that the address is that of the other end of the socket.
   */
  readonly trustedProxies?: readonly string[];
  /** The class `WebSocketServer` of `ws`, 8.23 or newer. {@link Gateway.upgrade} needs it. */
  readonly WebSocketServer?: WebSocketServerClass;
  /** The price stream, if it runs in this process: readers see its state. `MarkToMarket` has it as `stream`. */
  readonly stream?: Pick<PriceStreamAdapter, 'getStatus' | 'onStatus'>;
  /** Has the prices that are older than the gateway, and the calendars of their symbols: the engine's `book`. */
  readonly book?: Pick<ReadonlyPositionBook, 'price'> & Partial<Pick<ReadonlyPositionBook, 'calendarOf'>>;
  /** Age from which a price is graded stale, as in `MarkToMarketOptions`. Default 60,000 ms. */
  readonly staleAfter?: StaleAfter;
  /**
   * Trading calendars, as in `MarkToMarketOptions`: which day a price is of, until when its previous close counts, and when a quiet market is closed.
   * Default: those of `book`, or none.
   */
  readonly calendars?: CalendarSource;
  /** Least time between two frames, ms. Changes in between are conflated and sent together. Default 50. */
  readonly intervalMs?: number;
  /** A quiet connection gets a heartbeat in each such interval, ms, so that a page detects a lost link within two of them. 0: never. Default 1,000. */
  readonly heartbeatMs?: number;
  /** How often an event stream gets a comment, and a WebSocket a ping, ms. Default 15,000. */
  readonly keepAliveMs?: number;
  /** How long a reader may take to answer a ping, ms. Default 10,000. */
  readonly pongMs?: number;
  /** How long a topic is still followed after its last reader has left, for readers that return, ms. Default 120,000. */
  readonly historyMs?: number;
  /** Topics that are followed without a reader. Above it, the one that has been without a reader for longest is dropped. Default 10,000. */
  readonly historyTopics?: number;
  /**
   * How often the gateway sends itself a message over the bus, to check that the bus delivers, ms. While it does not, prices are stale,
   * and grants are paused (see `whileUnchecked`), because a revocation could not arrive either. 0: never. Default 1,000.
   */
  readonly busProbeMs?: number;
  /** How often values are read again although nothing has changed, because prices and rates age, ms. Default 5,000. */
  readonly refreshMs?: number;
  /** How long `authenticate`, `authorize` and a source with promises may take, ms. Default 5,000. */
  readonly timeoutMs?: number;
  /** Limits that keep the process alive whatever readers do. */
  readonly limits?: GatewayLimits;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Source of randomness, for the name of the epoch. Default: differs from run to run. */
  readonly random?: RandomSource;
  /** Logs what `onError` receives, at level `error`. */
  readonly logger?: Logger;
  /** Receives what failed in the background: `authenticate`, `authorize`, the source, a listener. What it throws is dropped. */
  readonly onError?: (error: TickmarkError) => void;
  /** Receives events for a security log. They contain no secrets. What it throws is dropped. */
  readonly onSecurityEvent?: (event: SecurityEvent) => void;
}

const SHAPES: OptionShapes<GatewayOptions> = {
  ...TIME_AND_CHANCE,
  ...ERROR_RECEIVERS,
  bus: needed(EVENT_BUS),
  values: needed(
    partShape<ValueSource>('a MarkToMarket, an engine or repositoryValues(repository)', 'value'),
  ),
  authenticate: true,
  authorize: true,
  serve: true,
  knowsSymbol: 'function',
  whileUnchecked: ['pause', 'continue'],
  origins: true,
  allowMissingOrigin: 'boolean',
  trustedProxies: true,
  WebSocketServer: 'function',
  stream: partShape<PriceStreamAdapter>('a PriceStreamAdapter', 'getStatus', 'onStatus'),
  book: partShape<ReadonlyPositionBook>('the book of an engine', 'price'),
  staleAfter: true,
  calendars: true,
  intervalMs: true,
  heartbeatMs: true,
  keepAliveMs: true,
  pongMs: true,
  historyMs: true,
  historyTopics: true,
  busProbeMs: true,
  refreshMs: true,
  timeoutMs: true,
  limits: true,
  onSecurityEvent: 'function',
};

/** Where a request comes from. */
export interface ReaderAddress {
  /** Network address, for the limits by address. Default: unknown. Then those limits do not apply, and `onError` reports that once. */
  readonly address?: string;
}

const KINDS: ReadonlySet<unknown> = new Set<TopicKind>(['portfolio', 'positions', 'price']);

/** Refuses unknown options, values of another shape, and options without `authenticate` or `authorize`. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkGatewayOptions(options: GatewayOptions): void {
  checkOptions('Gateway', options, SHAPES);
  const { authenticate, authorize } = options;
  if (typeof authenticate !== 'function') {
    throw invalidArgument('Gateway: authenticate', authenticate, 'a function that says who sends a request');
  }
  if (typeof authorize !== 'function') {
    throw invalidArgument('Gateway: authorize', authorize, 'a function that says who may see a topic');
  }
}

/** Kinds of topics that are served. @throws TickmarkError `INVALID_ARGUMENT` for an unknown kind. */
export function servedKinds(options: GatewayOptions): ReadonlySet<string> {
  const kinds = new Set<string>(options.serve ?? ['portfolio', 'positions']);
  for (const kind of kinds) {
    if (KINDS.has(kind)) continue;
    throw invalidArgument('Gateway: serve', kind, 'of "portfolio", "positions", "price"');
  }
  return kinds;
}
