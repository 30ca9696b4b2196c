import type { Clock } from '../core/clock.js';
import { invalidArgument, type TickmarkError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { checkNumber, withDefaults } from '../core/options.js';
import type { PriceStreamAdapter } from '../core/streams/price-stream-adapter.js';
import type { EventBus } from '../core/messaging/event-bus.js';
import type { ValuationRecord } from '../core/portfolio/portfolio-repository.js';
import type { PortfolioValuation } from '../core/portfolio/portfolio-valuation.js';
import type { RandomSource } from '../core/random.js';
import type { StaleAfter } from '../core/book/price-freshness.js';
import type { ReadonlyPositionBook } from '../core/book/readonly-position-book.js';
import type { TopicKind } from '../protocol/topic.js';
import type { SecurityEvent } from './admission/security-events.js';
import type { WebSocketServerClass } from './wire/web-socket-server.js';

/** Who a reader is, as `authenticate` says. */
export interface ReaderIdentity {
  /** Id of the user or account, 1 to 256 characters. Sent to that reader; `revoke()` and `disconnect()` name it. */
  readonly subject: string;
  /** Until when the credentials are good, ms since 1970. Default: without an end. */
  readonly expiresAt?: number | null;
  /** Whatever `authorize` needs to know beside the subject, such as roles. Stays in this process. */
  readonly context?: unknown;
}

/** What `authorize` is asked about. */
export interface AuthorizedTopic {
  /** `portfolio` (totals), `positions` (totals and rows) or `price`. Later versions may have more: answer `false` for others. */
  readonly kind: string;
  /** Portfolio id or symbol. */
  readonly id: string;
}

/**
 * Whether a reader may see a topic: `true`, with or without a time from when on to ask again (ms since 1970), or not. `null` and
 * `undefined` are a no.
 */
export type Authorization = boolean | { readonly expiresAt: number } | null | undefined;

/**
 * Port: current values of portfolios. `MarkToMarket`, `MarkToMarketEngine` and `PositionBook` are such a source, and
 * `repositoryValues()` makes one of a store, for a gateway in another process than the engine.
 *
 * A source that answers at once (no promise) is asked for every change, so that all figures come of one moment. One that
 * answers with promises is asked for first values, after a gap, and for rows; totals then come from the bus.
 */
export interface ValueSource {
  /** The newest value of a portfolio, with or without rows; `null` when there is no such portfolio. */
  value(
    portfolioId: string,
  ): PortfolioValuation | ValuationRecord | null | Promise<PortfolioValuation | ValuationRecord | null>;
}

/** Limits of a {@link Gateway}. */
export interface GatewayLimits {
  /** Connections open at a time. Default 10,000. */
  readonly connections?: number;
  /** Connections of one address open at a time; of IPv6 a /64 counts as one address. Default 256. Behind a proxy, set `trustedProxies`. */
  readonly connectionsPerAddress?: number;
  /** Connections of one address opened a second, refused ones included, after a burst of twice as many. Default 64. */
  readonly openingsPerAddress?: number;
  /**
   * Connections of one address that may be ended for breaking rules: a message that cannot be read, too many or too long ones, credentials
   * of somebody else, silence. So many at once, and as many a minute; a connection opened too fast counts a tenth. Beyond it new
   * connections of the address are refused for 1 s, and twice as long each further time, up to 60 s; open ones stay. Default 10.
   */
  readonly violationsPerAddress?: number;
  /** Topics of one connection. Default 1,000. */
  readonly topics?: number;
  /** Topics of all connections of one address. Default 20,000. */
  readonly topicsPerAddress?: number;
  /** Messages of one WebSocket a second, after a burst of twice as many. Default 20. */
  readonly messagesPerSecond?: number;
  /** Characters of one message. Default 65,536. */
  readonly messageLength?: number;
  /** How long a WebSocket may be open before its subject is known and its first topic granted, ms. Default 5,000. */
  readonly unauthenticatedMs?: number;
  /** Topics followed at a time, for all connections together. Default 50,000. */
  readonly followedTopics?: number;
  /** Times a second that one connection makes the gateway ask `authorize`, after a burst of four times as many. Default 500. */
  readonly authorizationsPerSecond?: number;
  /** Bytes of values a second for one connection, after a burst of twice as many; what changes meanwhile is conflated. Default 8,388,608. */
  readonly bytesPerSecond?: number;
  /** Bytes that may wait for all connections together. Default 134,217,728. */
  readonly bufferedBytesInAll?: number;
  /** How long a connection may live, ms; then the reader is asked to connect again. Default 86,400,000 (a day). */
  readonly connectionMs?: number;
  /** Bytes that may wait for one connection, the next frame included. Default 1,048,576. */
  readonly bufferedBytes?: number;
  /** Bytes waiting for a connection from which on it is sent nothing new; what changes meanwhile gathers, newest value only. Default 65,536. */
  readonly highWaterBytes?: number;
  /** How long what was sent may take to leave this process before the connection is cut, ms. Default 10,000. */
  readonly stallMs?: number;
}

/** Options of {@link Gateway}. */
export interface GatewayOptions {
  /** Where changes are heard of. The caller's: it stays open. */
  readonly bus: EventBus;
  /** Current values: the `MarkToMarket` or engine of this process, or `repositoryValues(repository)`. */
  readonly values: ValueSource;
  /**
   * Who sends a request: called once before a handshake is accepted or a stream begins, again for the token of an `auth` message (as
   * `Authorization: Bearer …` on the request of the handshake), and when `expiresAt` has passed. `null` is nobody: an event stream is
   * answered 401; a WebSocket has `limits.unauthenticatedMs` to send `auth`. The subject of a connection never changes. A throw is
   * answered "try again", and goes to `onError`.
   *
   * ```ts
   * authenticate: async (request) => {
   *   const session = await sessionOf(request.headers.get('cookie'));
   *   return session && { subject: session.userId, expiresAt: session.expiresAt };
   * },
   * ```
   */
  readonly authenticate: (
    request: Request,
  ) => ReaderIdentity | null | undefined | Promise<ReaderIdentity | null | undefined>;
  /**
   * Whether a reader may see a topic. Asked at each subscription, on resuming, after new credentials, when what it gave expires, and
   * after a gap of the bus; until it answers, nothing of the topic is sent. A throw is `busy` to the reader, and goes to `onError`.
   *
   * ```ts
   * authorize: (subject, { kind, id }) => kind !== 'price' && accounts.mayRead(subject, id),
   * ```
   */
  readonly authorize: (
    subject: string,
    topic: AuthorizedTopic,
    context: unknown,
  ) => Authorization | Promise<Authorization>;
  /**
   * Kinds of topics that exist. Default `['portfolio', 'positions']`: prices are not served, since the licence of a feed may not
   * allow it; rows of positions have theirs all the same.
   */
  readonly serve?: readonly TopicKind[];
  /** Whether there is such a symbol: others are denied. Default: every symbol may be subscribed to, also before its first price. */
  readonly knowsSymbol?: (symbol: string) => boolean;
  /**
   * What happens when a grant has to be checked again and `authorize` or `authenticate` does not answer. `pause` (default): nothing
   * more of the topic is sent until it has. `continue`: values go on, and it is asked again every 5 s.
   */
  readonly whileUnchecked?: 'pause' | 'continue';
  /**
   * Origins whose pages may read beside the gateway's own, each exactly as a browser sends it: `https://app.example.com`,
   * `capacitor://localhost`. Default: no other.
   */
  readonly origins?: readonly string[];
  /** Also answer requests that no page of a browser has sent: programs. Default `false`. */
  readonly allowMissingOrigin?: boolean;
  /**
   * Proxies whose `X-Forwarded-For` says where a reader is, as addresses or networks: `['127.0.0.1', '10.0.0.0/8']`. Default: none, and
   * the other end of the socket is the reader.
   */
  readonly trustedProxies?: readonly string[];
  /** The class `WebSocketServer` of `ws`, 8.23 or newer: needed for {@link Gateway.upgrade}. */
  readonly WebSocketServer?: WebSocketServerClass;
  /** The price stream, where it runs in this process: readers are told its state. `MarkToMarket` has it as `stream`. */
  readonly stream?: Pick<PriceStreamAdapter, 'getStatus' | 'onStatus'>;
  /** Where prices are known from before the gateway heard the first: the engine's `book`. */
  readonly book?: Pick<ReadonlyPositionBook, 'price'>;
  /** Age from which a price is graded stale; as in `MarkToMarketOptions`. Default 60,000 ms. */
  readonly staleAfter?: StaleAfter;
  /** The least time between two frames, in ms; what changes meanwhile goes out together, newest value only. Default 50. */
  readonly intervalMs?: number;
  /** A quiet connection is sent something visible each such time, in ms, so that a page sees within twice that a lost link. 0: never. Default 1,000. */
  readonly heartbeatMs?: number;
  /** How often an event stream is sent a comment, and a WebSocket a ping, in ms. Default 15,000. */
  readonly keepAliveMs?: number;
  /** How long a `pong` may take, ms. Default 10,000. */
  readonly pongMs?: number;
  /** How long a topic is followed after its last reader has gone, for those who come back, in ms. Default 120,000. */
  readonly historyMs?: number;
  /** The most topics followed without a reader; the longest without one goes first. Default 10,000. */
  readonly historyTopics?: number;
  /**
   * How often the gateway sends itself a message over the bus, in ms, to know that the bus delivers. While it does not, prices are
   * stale, and grants are paused (see `whileUnchecked`), since a revocation could not arrive either. 0: never. Default 1,000.
   */
  readonly busProbeMs?: number;
  /** How often values are looked at again without any news, since prices and rates grow old, in ms. Default 5,000. */
  readonly refreshMs?: number;
  /** How long `authenticate`, `authorize` and a source with promises may take, ms. Default 5,000. */
  readonly timeoutMs?: number;
  readonly limits?: GatewayLimits;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance, for the name of the epoch. Default: differs from run to run. */
  readonly random?: RandomSource;
  readonly logger?: Logger;
  /** Receives what failed in the background: `authenticate`, `authorize`, the source, a listener. What it throws itself is dropped. */
  readonly onError?: (error: TickmarkError) => void;
  /** Receives what a security log is for. Has no secrets. What it throws is dropped. */
  readonly onSecurityEvent?: (event: SecurityEvent) => void;
}

/** Who a request is from. */
export interface ReaderAddress {
  /** Network address, for the limits by address. Default: none is known, those limits do not hold, and `onError` says so once. */
  readonly address?: string;
}

/** Counters of a {@link Gateway} since its construction. */
export interface GatewayStats {
  /** Connections open now. */
  readonly connections: number;
  /** Connections that were opened. */
  readonly opened: number;
  /** Requests and handshakes that were refused, by close code. */
  readonly refused: Readonly<Record<number, number>>;
  /** Connections that have ended: by close code, and `left` where the reader went. */
  readonly ended: Readonly<Record<string, number>>;
  /** Topics followed now, those without a reader included. */
  readonly topics: number;
  /** Sets of topics that connections are subscribed to now: what is serialized for. */
  readonly multicastGroups: number;
  /** Offset of the newest change. */
  readonly offset: number;
  /** Changes of topics that were serialized, each once for all readers. */
  readonly serialized: number;
  /** Frames that were composed; one is written to every connection of an audience. */
  readonly frames: number;
  /** Values owed to connections: each change of each topic counts once for each of its readers. `produced = sent + conflated + dropped + pending`. */
  readonly produced: number;
  /** Of those: written to the connection. */
  readonly sent: number;
  /** Of those: replaced by a newer one before they were written. */
  readonly conflated: number;
  /** Of those: never written, since the subscription or the connection ended. */
  readonly dropped: number;
  /** Of those: not written yet. */
  readonly pending: number;
  /** Bytes written. */
  readonly bytes: number;
  /** Times `authorize` was asked, how often it said no or failed, and how often a denial of the last second answered instead. */
  readonly authorizations: {
    readonly asked: number;
    readonly denied: number;
    readonly failed: number;
    readonly remembered: number;
  };
  /** Times that a limit held, by its name in {@link GatewayLimits}. */
  readonly limited: Readonly<Record<string, number>>;
  /** Bytes waiting for all connections together. */
  readonly buffered: number;
  /** Whether the bus delivers, as far as `busProbeMs` shows. */
  readonly busDelivers: boolean;
  /** Times values were taken back by `revoke()`. */
  readonly revoked: number;
}

/** Limits, with defaults. */
export type ResolvedLimits = Required<GatewayLimits>;

const LIMITS: ResolvedLimits = {
  connections: 10_000,
  connectionsPerAddress: 256,
  openingsPerAddress: 64,
  violationsPerAddress: 10,
  topics: 1000,
  topicsPerAddress: 20_000,
  messagesPerSecond: 20,
  messageLength: 65_536,
  unauthenticatedMs: 5000,
  followedTopics: 50_000,
  authorizationsPerSecond: 500,
  bytesPerSecond: 8_388_608,
  bufferedBytesInAll: 134_217_728,
  connectionMs: 86_400_000,
  bufferedBytes: 1_048_576,
  highWaterBytes: 65_536,
  stallMs: 10_000,
};

/** Times of a gateway, with defaults. */
export type ResolvedTimes = Required<
  Pick<
    GatewayOptions,
    | 'intervalMs'
    | 'heartbeatMs'
    | 'keepAliveMs'
    | 'pongMs'
    | 'historyMs'
    | 'historyTopics'
    | 'busProbeMs'
    | 'refreshMs'
    | 'timeoutMs'
  >
>;

const TIMES: ResolvedTimes = {
  intervalMs: 50,
  heartbeatMs: 1000,
  keepAliveMs: 15_000,
  pongMs: 10_000,
  historyMs: 120_000,
  historyTopics: 10_000,
  busProbeMs: 1000,
  refreshMs: 5000,
  timeoutMs: 5000,
};

const MAY_BE_ZERO: ReadonlySet<keyof ResolvedTimes> = new Set([
  'heartbeatMs',
  'intervalMs',
  'historyMs',
  'historyTopics',
  'busProbeMs',
] as const);

/** Limits that were given over the defaults. @throws TickmarkError `INVALID_ARGUMENT`. */
export function resolveLimits(given: GatewayLimits = {}): ResolvedLimits {
  const limits = withDefaults(given, LIMITS);
  for (const [name, value] of Object.entries(limits)) {
    if (!(value > 0))
      throw invalidArgument(`Gateway: limits.${name}`, value, 'a number above 0, or Infinity');
  }
  if (!(limits.highWaterBytes * 2 <= limits.bufferedBytes)) {
    throw invalidArgument(
      'Gateway: limits.bufferedBytes',
      limits.bufferedBytes,
      'at least twice highWaterBytes',
    );
  }
  return limits;
}

/** Times that were given over the defaults. @throws TickmarkError `INVALID_ARGUMENT`. */
export function resolveTimes(options: GatewayOptions): ResolvedTimes {
  const times = withDefaults(options, TIMES);
  for (const name of Object.keys(TIMES) as Array<keyof ResolvedTimes>) {
    const from = MAY_BE_ZERO.has(name) ? 0 : 1;
    checkNumber(`Gateway: ${name}`, times[name], { from, to: 2 ** 31 - 1 });
  }
  return times;
}
