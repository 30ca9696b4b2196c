import { checkDelay, systemClock, type Clock, type Timer } from '../core/clock.js';
import { invalidArgument, type TickmarkError } from '../core/errors.js';
import { systemRandom } from '../core/random.js';
import { CloseCode } from '../protocol/close-codes.js';
import { SUBPROTOCOL } from '../protocol/server-messages.js';
import { Addresses } from './addresses.js';
import { Audiences } from './audiences.js';
import { Authorizer } from './authorizer.js';
import type { Claim } from './claim.js';
import { byeOf } from './connection.js';
import { EventStreamOutlet } from './event-stream-outlet.js';
import { EventStreams, type OpenStream } from './event-streams.js';
import { Feeds } from './feeds.js';
import type { FollowedTopic } from './followed-topic.js';
import { FollowedTopics } from './followed-topics.js';
import { FrameLoop } from './frame-loop.js';
import { GatewayCounts } from './gateway-counts.js';
import {
  setLimits,
  setTimes,
  type GatewayOptions,
  type GatewayStats,
  type ReaderAddress,
  type SetLimits,
  type SetTimes,
} from './gateway-options.js';
import { OriginPolicy } from './origin-policy.js';
import { Reader, type Hub } from './reader.js';
import { Sessions } from './sessions.js';
import { Turns } from './turns.js';
import { OPEN, WebSocketOutlet, refuseSocket, type GatewaySocket } from './web-socket-outlet.js';

/** Topics that are looked at in one turn of the event loop: about a millisecond's work. */
const TOPICS_A_TURN = 500;

/** Which portfolios are taken back from whom. */
export interface Revocation {
  /** Default: all. */
  readonly portfolioId?: string;
  /** Whether the sender of a request is meant. Default: everybody is. */
  readonly where?: (request: Request) => boolean;
}

/**
 * Shows live values to browsers, over server-sent events and WebSockets: `PROTOCOL.md` says how. It hears the bus from its
 * construction until `close()`.
 *
 * ```ts
 * const gateway = new Gateway({ bus: marking.bus, values: marking, authorize: (request, id) => mayRead(userOf(request), id) });
 * createServer(nodeHandler(gateway)).listen(8080);
 * ```
 */
export class Gateway {
  /** Names this life of this gateway, in positions. */
  readonly epoch: string;
  readonly #options: GatewayOptions;
  readonly #clock: Clock;
  readonly #limits: SetLimits;
  readonly #times: SetTimes;
  readonly #counts = new GatewayCounts();
  readonly #origins: OriginPolicy;
  readonly #feeds: Feeds;
  readonly #topics: FollowedTopics;
  readonly #audiences = new Audiences();
  readonly #loop: FrameLoop;
  readonly #authorizer: Authorizer;
  readonly #claims = new Set<Claim>();
  readonly #turns: Turns;
  readonly #sessions: Sessions;
  readonly #streams: EventStreams;
  readonly #hub: Hub;
  #closing: Promise<void> | null = null;

  /** @throws TickmarkError `INVALID_ARGUMENT`, also for want of `authorize`. */
  constructor(options: GatewayOptions) {
    const { authorize, authorizePrice, origins, allowMissingOrigin, clock = systemClock } = options;
    if (typeof authorize !== 'function') {
      throw invalidArgument('Gateway: authorize', authorize, 'a function that says who may see a portfolio');
    }
    this.#options = options;
    this.#clock = clock;
    this.#limits = setLimits(options.limits);
    this.#times = setTimes(options);
    this.#origins = new OriginPolicy(origins, allowMissingOrigin);
    const addresses = new Addresses(this.#limits, clock);
    this.#turns = new Turns(clock, TOPICS_A_TURN);
    this.epoch = Math.floor((options.random ?? systemRandom)() * 2 ** 52).toString(36);
    const onError = (error: TickmarkError) => this.#report(error);
    const { timeoutMs, historyMs, historyTopics, intervalMs } = this.#times;
    this.#authorizer = new Authorizer({
      authorize,
      authorizePrice,
      clock,
      timeoutMs,
      counts: this.#counts,
      onError,
    });
    this.#loop = new FrameLoop({
      epoch: this.epoch,
      clock,
      intervalMs,
      audiences: this.#audiences,
      counts: this.#counts,
      refresh: (offset) => this.#feeds.refresh(offset),
    });
    this.#feeds = new Feeds({
      gateway: options,
      times: this.#times,
      clock,
      onNews: () => this.#loop.request(),
      onGone: (topic) => this.#gone(topic),
      onError,
    });
    this.#topics = new FollowedTopics({
      portfolios: this.#feeds.portfolios,
      prices: this.#feeds.prices,
      clock,
      historyMs,
      historyTopics,
      nextOffset: () => this.#loop.nextOffset(),
    });
    this.#hub = {
      authorizer: this.#authorizer,
      topics: this.#topics,
      audiences: this.#audiences,
      status: this.#feeds.status.topic,
      claims: this.#claims,
      turns: this.#turns,
      clock,
      limits: this.#limits,
      epoch: this.epoch,
      offset: () => this.#loop.offset,
      position: () => this.#loop.position,
      behind: (connection) => this.#loop.catchUp(connection),
    };
    this.#sessions = new Sessions({
      hub: this.#hub,
      times: this.#times,
      addresses,
      counts: this.#counts,
      status: () => this.#feeds.status.json,
      onTick: (now) => {
        this.#feeds.tick(now);
        this.#topics.sweep();
        addresses.sweep();
      },
    });
    this.#streams = new EventStreams({
      hub: this.#hub,
      sessions: this.#sessions,
      origins: this.#origins,
      counts: this.#counts,
      clock,
      isClosing: () => this.#closing !== null,
    });
  }

  /**
   * Answers a request of the Fetch API: a GET gets an event stream, or a status that says why not. Where the server gives no
   * network address, the limits by address do not hold.
   */
  async handle(request: Request, reader: ReaderAddress = {}): Promise<Response> {
    let response: Response | undefined;
    const refusal = await this.#streams.answer(request, reader, (headers, events) => {
      const outlet = new EventStreamOutlet(events);
      response = new Response(outlet.body, { headers });
      return outlet;
    });
    return refusal ?? response!;
  }

  /**
   * The same for servers of other kinds: `open` is called for the stream, once it is to be, and `null` comes back; otherwise the
   * answer to give. Rejects with what `open` throws, and else never.
   */
  stream(request: Request, reader: ReaderAddress, open: OpenStream): Promise<Response | null> {
    return this.#streams.answer(request, reader, open);
  }

  /**
   * Takes a WebSocket that is open, with the request of its handshake. One that may not be is closed with a code that says why.
   * To refuse a foreign origin before the handshake is done, ask {@link allowsOrigin}.
   */
  open(socket: GatewaySocket, handshake: Request, reader: ReaderAddress = {}): void {
    const refuse = (code: CloseCode, reason: string, retryAfterMs: number | null = null) => {
      this.#counts.countRefused(code);
      refuseSocket(socket, byeOf(this.#clock.now(), code, reason, retryAfterMs));
    };
    if (socket.readyState !== OPEN) return;
    if (!this.#origins.allows(handshake))
      return refuse(CloseCode.ORIGIN_REFUSED, 'This origin is not allowed.');
    if (this.#closing) return refuse(CloseCode.GOING_AWAY, 'This gateway is going away.');
    if (socket.protocol && socket.protocol !== SUBPROTOCOL) {
      return refuse(CloseCode.UNSUPPORTED_PROTOCOL, `The subprotocol spoken here is ${SUBPROTOCOL}.`);
    }
    const share = this.#sessions.admit(reader);
    if (typeof share === 'number') return refuse(CloseCode.TOO_MANY, 'Too many connections.', share);
    const who = new Reader(this.#hub, handshake, share);
    this.#sessions.open(who, (events) => new WebSocketOutlet(socket, events), socket);
  }

  /** Whether a request is of an origin that may read. */
  allowsOrigin(request: Request): boolean {
    return this.#origins.allows(request);
  }

  /**
   * Takes portfolios back, now: nothing more of them is sent to those who are meant, claims under way included. Whether a reader
   * may subscribe again is up to `authorize`. @returns how many subscriptions ended.
   */
  revoke({ portfolioId, where = () => true }: Revocation = {}): number {
    const matches = (id: string) => portfolioId === undefined || id === portfolioId;
    let count = 0;
    for (const claim of this.#claims) if (where(claim.request)) count += claim.revoke(matches);
    for (const { reader } of this.#sessions.all()) if (where(reader.request)) count += reader.revoke(matches);
    this.#counts.revoked += count;
    return count;
  }

  /** Counters since construction. */
  stats(): GatewayStats {
    const { asked, denied, failed, refused, ended, ...counts } = this.#counts;
    let pending = 0;
    for (const { connection } of this.#sessions.all()) pending += connection.owed.size;
    return {
      ...counts,
      pending,
      refused: { ...refused },
      ended: { ...ended },
      authorizations: { asked, denied, failed },
      connections: this.#sessions.size,
      topics: this.#topics.size,
      audiences: this.#audiences.size,
      offset: this.#loop.offset,
    };
  }

  /**
   * Takes no more readers, tells those it has to come back later, and ends when they are gone, or after `timeoutMs` (default 1000)
   * by cutting them off. Idempotent. The bus, the source and the server stay open.
   * @throws TickmarkError `INVALID_ARGUMENT` for a time that no timer can take; the gateway stays open then.
   */
  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = 1000 } = options;
    checkDelay(timeoutMs, 'Gateway.close: timeoutMs');
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#feeds.stop();
    this.#loop.stop();
    this.#authorizer.stop();
    this.#turns.stop();
    this.#sessions.stop();
    for (const { connection } of this.#sessions.all()) {
      connection.close(CloseCode.GOING_AWAY, 'This gateway is going away.');
    }
    let deadline: Timer | undefined;
    const expired = new Promise<void>((resolve) => {
      deadline = this.#clock.setTimer(resolve, timeoutMs);
    });
    await Promise.race([this.#sessions.empty(), expired]);
    deadline?.clear();
    for (const { connection } of this.#sessions.all()) connection.destroy();
  }

  #gone(topic: FollowedTopic): void {
    this.#topics.gone(topic);
    for (const { reader } of this.#sessions.all()) reader.gone(topic);
  }

  #report(error: TickmarkError): void {
    const { logger, onError } = this.#options;
    try {
      logger?.warn({ code: error.code, cause: error.cause }, error.message);
      onError?.(error);
    } catch {
      // A reporter that throws must not stop the gateway, and there is nobody left to tell.
    }
  }
}
