import { checkDelay, systemClock, type Clock, type Timer } from '../core/clock.js';
import { errorReporter } from '../core/error-reporter.js';
import { TickmarkError, invalidArgument } from '../core/errors.js';
import { systemRandom } from '../core/random.js';
import { CloseCode } from '../protocol/close-codes.js';
import { SUBPROTOCOL } from '../protocol/server-messages.js';
import type { TopicParts } from '../protocol/topic.js';
import {
  ACCESS_CHANGED,
  concernsReader,
  concernsTopic,
  type AccessChangedEvent,
  type Disconnection,
  type Revocation,
} from './readers/access-change.js';
import { Addresses } from './admission/addresses.js';
import { MulticastGroups } from './readers/multicast-groups.js';
import { Authenticator, type Identified } from './admission/authenticator.js';
import { Authorizer } from './readers/authorizer.js';
import { BufferTotal } from './wire/buffer-total.js';
import { BusProbe } from './feeds/bus-probe.js';
import type { SubscriptionRequest } from './readers/subscription-request.js';
import { CLOSE_TIMEOUT_MS, closeMessage } from './wire/connection.js';
import { EventStreamSink } from './http/event-stream-sink.js';
import { EventStreams, type OpenStream } from './http/event-streams.js';
import { Feeds } from './feeds/feeds.js';
import type { FollowedTopic } from './feeds/followed-topic.js';
import { FollowedTopics } from './feeds/followed-topics.js';
import { FrameLoop } from './wire/frame-loop.js';
import { GatewayCounts } from './gateway-counts.js';
import {
  resolveLimits,
  resolveTimes,
  type GatewayOptions,
  type GatewayStats,
  type ReaderAddress,
  type ResolvedLimits,
  type ResolvedTimes,
} from './gateway-options.js';
import type { AccessChange } from './feeds/received-events.js';
import { isPromise } from './is-promise.js';
import { TrustedProxies } from './admission/network-address.js';
import type { NodeRequest } from './http/node-request.js';
import { OriginPolicy } from './admission/origin-policy.js';
import { Reader, type ReaderContext, type ReaderOrigin } from './readers/reader.js';
import { SecurityLog } from './admission/security-events.js';
import { Sessions } from './readers/sessions.js';
import type { SocketFlow } from './web-sockets/socket-flow.js';
import { OPEN, WebSocketSink, refuseSocket, type GatewaySocket } from './web-sockets/web-socket-sink.js';
import type { UpgradeSocket } from './web-sockets/web-socket-server.js';
import { WebSocketUpgrades } from './web-sockets/web-socket-upgrades.js';
import { WorkScheduler } from './admission/work-scheduler.js';

/** Messages that are kept while it is being found out who sends them. */
const MAX_EARLY = 16;
const KINDS: ReadonlySet<unknown> = new Set(['portfolio', 'positions', 'price']);

/**
 * Shows live values to browsers, over server-sent events and WebSockets: `PROTOCOL.md` says how. It listens to the bus from its
 * construction until `close()`.
 *
 * ```ts
 * const gateway = new Gateway({
 *   bus: marking.bus,
 *   values: marking,
 *   authenticate: async (request) => sessionOf(request),
 *   authorize: (subject, { kind, id }) => accounts.mayRead(subject, id),
 *   WebSocketServer,
 * });
 * const server = createServer(nodeHandler(gateway)).listen(8080);
 * server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
 * ```
 */
export class Gateway {
  /** Names this life of this gateway, in positions. */
  readonly epoch: string;
  readonly #options: GatewayOptions;
  readonly #clock: Clock;
  readonly #limits: ResolvedLimits;
  readonly #times: ResolvedTimes;
  readonly #counts = new GatewayCounts();
  readonly #origins: OriginPolicy;
  readonly #proxies: TrustedProxies;
  readonly #security: SecurityLog;
  readonly #report: (error: TickmarkError) => void;
  readonly #feeds: Feeds;
  readonly #topics: FollowedTopics;
  readonly #groups = new MulticastGroups();
  readonly #loop: FrameLoop;
  readonly #probe: BusProbe;
  readonly #authenticator: Authenticator;
  readonly #authorizer: Authorizer;
  readonly #pendingRequests = new Set<SubscriptionRequest>();
  readonly #buffers: BufferTotal;
  readonly #scheduler: WorkScheduler;
  readonly #sessions: Sessions;
  readonly #streams: EventStreams;
  readonly #upgrades: WebSocketUpgrades;
  readonly #context: ReaderContext;
  #changes = 0;
  #hasWarnedOfAddress = false;
  #closing: Promise<void> | null = null;

  /** @throws TickmarkError `INVALID_ARGUMENT`, also for want of `authenticate` or `authorize`. */
  constructor(options: GatewayOptions) {
    const { authenticate, authorize, origins, allowMissingOrigin, clock = systemClock } = options;
    if (typeof authenticate !== 'function') {
      throw invalidArgument(
        'Gateway: authenticate',
        authenticate,
        'a function that says who sends a request',
      );
    }
    if (typeof authorize !== 'function') {
      throw invalidArgument('Gateway: authorize', authorize, 'a function that says who may see a topic');
    }
    const serve = new Set<string>(options.serve ?? ['portfolio', 'positions']);
    for (const kind of serve) {
      if (!KINDS.has(kind))
        throw invalidArgument('Gateway: serve', kind, 'of "portfolio", "positions", "price"');
    }
    this.#options = options;
    this.#clock = clock;
    this.#limits = resolveLimits(options.limits);
    this.#times = resolveTimes(options);
    this.#origins = new OriginPolicy(origins, allowMissingOrigin);
    this.#proxies = new TrustedProxies(options.trustedProxies ?? []);
    this.#security = new SecurityLog(() => clock.now(), options.onSecurityEvent);
    this.#buffers = new BufferTotal(this.#limits.bufferedBytesInAll);
    const addresses = new Addresses(this.#limits, clock);
    this.#scheduler = new WorkScheduler(clock);
    this.epoch = Math.floor((options.random ?? systemRandom)() * 2 ** 52).toString(36);
    const onError = (this.#report = errorReporter(options));
    const { timeoutMs, historyMs, historyTopics, intervalMs, busProbeMs } = this.#times;
    this.#authenticator = new Authenticator({ authenticate, clock, timeoutMs, onError });
    this.#authorizer = new Authorizer({
      authorize,
      knowsSymbol: options.knowsSymbol,
      serve,
      clock,
      timeoutMs,
      counts: this.#counts,
      onError,
      onDenied: (subject, { kind, id }) => this.#security.report('denied', { subject }, `${kind}:${id}`),
    });
    this.#loop = new FrameLoop({
      epoch: this.epoch,
      clock,
      intervalMs,
      groups: this.#groups,
      counts: this.#counts,
      beforeFrame: () => this.#sessions.expire(),
      refresh: (offset) => this.#feeds.refresh(offset),
    });
    this.#feeds = new Feeds({
      gateway: options,
      hasPrices: serve.has('price'),
      times: this.#times,
      clock,
      onChanged: () => this.#loop.request(),
      onTopicRemoved: (topic) => this.#topicRemoved(topic),
      onError,
      onAccessChanged: (change) => this.#accessChanged(change),
      onAccessChangeMissed: () => this.#recheckAll(),
    });
    this.#topics = new FollowedTopics({
      portfolios: this.#feeds.portfolios,
      prices: this.#feeds.prices,
      clock,
      historyMs,
      historyTopics,
      followedTopics: this.#limits.followedTopics,
      nextOffset: () => this.#loop.nextOffset(),
    });
    this.#context = {
      authenticator: this.#authenticator,
      authorizer: this.#authorizer,
      security: this.#security,
      topics: this.#topics,
      groups: this.#groups,
      status: this.#feeds.status.topic,
      pendingRequests: this.#pendingRequests,
      scheduler: this.#scheduler,
      clock,
      limits: this.#limits,
      whileUnchecked: options.whileUnchecked ?? 'pause',
      expiries: { next: Infinity },
      epoch: this.epoch,
      offset: () => this.#loop.offset,
      position: () => this.#loop.position,
      requestCatchUp: (connection) => this.#loop.catchUp(connection),
    };
    this.#sessions = new Sessions({
      context: this.#context,
      times: this.#times,
      addresses,
      counts: this.#counts,
      buffers: this.#buffers,
      status: () => this.#feeds.status.json,
      onTick: (now) => {
        this.#feeds.tick(now);
        this.#topics.sweep();
        addresses.sweep();
        this.#authenticator.sweep();
        this.#authorizer.sweep();
      },
    });
    const shared = {
      context: this.#context,
      sessions: this.#sessions,
      origins: this.#origins,
      counts: this.#counts,
      clock,
      isClosing: () => this.#closing !== null,
    };
    this.#streams = new EventStreams(shared);
    this.#upgrades = new WebSocketUpgrades({
      ...shared,
      WebSocketServer: options.WebSocketServer,
      addressOf: (incoming) => this.addressOf(incoming),
      accept: (socket, flow, origin) => this.#accept(socket, origin, [], flow),
    });
    this.#probe = new BusProbe({
      bus: options.bus,
      epoch: this.epoch,
      clock,
      intervalMs: busProbeMs,
      onChange: (delivers) => this.#busChanged(delivers),
    });
    // No revocation can arrive yet.
    if (!this.#probe.delivers && this.#context.whileUnchecked === 'pause') this.#loop.pause();
  }

  /**
   * Answers a request of the Fetch API: a GET gets an event stream, or a status that says why not. Where the server gives no
   * network address, the limits by address do not hold.
   */
  async handle(request: Request, reader: ReaderAddress = {}): Promise<Response> {
    let response: Response | undefined;
    const refusal = await this.#streams.answer(
      request,
      this.#checkAddress(reader.address),
      (headers, events) => {
        const sink = new EventStreamSink(events, request.signal);
        response = new Response(sink.body, { headers });
        return sink;
      },
      request.signal,
    );
    return refusal ?? response!;
  }

  /**
   * The same for servers of other kinds: `open` is called for the stream, once it is to be, and `null` comes back; otherwise the
   * answer to give. Rejects with what `open` throws, and else never.
   *
   * @param request or what reads it, called when the reader has its turn. `null` for one that cannot be read: it is counted, and answered
   * 400.
   * @param reader With the signal of its request: nothing is done for one that has left.
   */
  async stream(
    request: Request | null | (() => Request | null),
    { address, left }: ReaderAddress & { readonly left?: AbortSignal },
    open: OpenStream,
  ): Promise<Response | null> {
    return this.#streams.answer(request, this.#checkAddress(address), open, left);
  }

  /**
   * Takes a handshake of Node's `upgrade` event. Rate, origin and identity are checked before it is accepted; one that is refused is
   * answered, counted and ended. Never rejects because of what a peer sends.
   *
   * ```ts
   * server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
   * ```
   *
   * @throws TickmarkError `INVALID_ARGUMENT` without the option `WebSocketServer`.
   */
  upgrade(request: NodeRequest, socket: UpgradeSocket, head: Uint8Array): Promise<void> {
    return this.#upgrades.upgrade(request, socket, head);
  }

  /**
   * Takes a WebSocket that another server (Bun, Deno, a worker) has accepted already, with the request of its handshake. One that may
   * not be is closed with a code that says why. In Node use {@link upgrade}.
   */
  open(socket: GatewaySocket, handshake: Request, reader: ReaderAddress = {}): void {
    if (socket.readyState !== OPEN) return;
    const address = this.#checkAddress(reader.address);
    const refuse = (code: CloseCode, reason: string, retryAfterMs: number | null = null) =>
      this.#refuseSocket(socket, code, reason, retryAfterMs);
    const quota = this.#sessions.admit(address);
    if ('limit' in quota) {
      this.#security.report('limit', { address }, quota.limit);
      quota.delayed?.done();
      return refuse(CloseCode.TOO_MANY, 'Too many connections.', quota.waitMs);
    }
    const leave = (code: CloseCode, reason: string) => {
      quota.release();
      refuse(code, reason);
    };
    if (!this.#origins.allows(handshake)) {
      this.#security.report('origin-refused', { address }, handshake.headers.get('origin') ?? 'no origin');
      return leave(CloseCode.ORIGIN_REFUSED, 'This origin is not allowed.');
    }
    if (this.#closing) return leave(CloseCode.GOING_AWAY, 'This gateway is going away.');
    if (socket.protocol && socket.protocol !== SUBPROTOCOL) {
      return leave(CloseCode.UNSUPPORTED_PROTOCOL, `The subprotocol spoken here is ${SUBPROTOCOL}.`);
    }
    // Messages that come before it is known who sends them.
    const early: unknown[] = [];
    let isTaken = false;
    const take = (identity: Identified): void => {
      if (socket.readyState !== OPEN) return quota.release();
      if (early.length > MAX_EARLY) return leave(CloseCode.TOO_MANY, 'Too many messages.');
      if (identity === 'busy') return leave(CloseCode.INTERNAL, 'The credentials could not be checked.');
      if (this.#closing) return leave(CloseCode.GOING_AWAY, 'This gateway is going away.');
      this.#accept(socket, { request: handshake, address, quota, identity }, early);
    };
    const identity = this.#authenticator.identify(handshake);
    if (!isPromise(identity)) return take(identity);
    const release = this.#sessions.reserve();
    const keep = ({ data }: { readonly data: unknown }): void =>
      void (!isTaken && early.length <= MAX_EARLY && early.push(data));
    socket.addEventListener('message', keep);
    socket.addEventListener('error', () => undefined);
    void identity
      .then((each) => {
        isTaken = true;
        take(each);
      })
      .finally(release);
  }

  /** Whether a request is of an origin that may read. */
  allowsOrigin(request: Request): boolean {
    return this.#origins.allows(request);
  }

  /** Network address of the sender of a request of Node, as `trustedProxies` says. */
  addressOf({ socket, headers }: NodeRequest): string | undefined {
    const forwarded = headers['x-forwarded-for'];
    const list = Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? null);
    return this.#checkAddress(this.#proxies.addressOf(socket.remoteAddress, list));
  }

  /**
   * Takes grants back: here before it returns, claims under way included, and in the other processes of the bus within a second. Nothing
   * more is sent of them; whether a reader may subscribe again is up to `authorize`.
   *
   * ```ts
   * await gateway.revoke({ subject: 'user-17', portfolioId: 'desk' });
   * ```
   *
   * @returns How many subscriptions ended here, once the other processes have been told. A revocation with `where` stays in this process.
   * @throws TickmarkError As the bus does when it cannot be told; what is described above has happened here all the same. Try again.
   */
  async revoke(revocation: Revocation = {}): Promise<number> {
    const count = this.#revoke(revocation);
    if (!revocation.where) await this.#publish('revoked', revocation);
    return count;
  }

  /**
   * Ends connections, and refuses handshakes and requests of the subject that are being looked at: here before it returns, and in the
   * other processes of the bus within a second. Whether the reader may connect again is up to `authenticate`.
   *
   * @returns How many connections ended here.
   * @throws TickmarkError As {@link revoke}.
   */
  async disconnect(disconnection: Disconnection = {}): Promise<number> {
    const count = this.#disconnect(disconnection);
    if (!disconnection.where) await this.#publish('disconnected', disconnection);
    return count;
  }

  /** Counters since construction. */
  stats(): GatewayStats {
    const { asked, denied, failed, remembered, refused, ended, ...counts } = this.#counts;
    let pending = 0;
    for (const { connection } of this.#sessions.all()) pending += connection.unsent.size;
    return {
      ...counts,
      pending,
      refused: { ...refused },
      ended: { ...ended },
      authorizations: { asked, denied, failed, remembered },
      limited: { ...this.#security.limited },
      buffered: this.#buffers.bytes,
      busDelivers: this.#probe.delivers,
      connections: this.#sessions.size,
      topics: this.#topics.size,
      multicastGroups: this.#groups.size,
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
    this.#probe.stop();
    this.#loop.stop();
    this.#authenticator.stop();
    this.#authorizer.stop();
    this.#scheduler.stop();
    this.#sessions.stop();
    this.#sessions.goAway();
    let deadline: Timer | undefined;
    const expired = new Promise<void>((resolve) => {
      deadline = this.#clock.setTimer(resolve, timeoutMs);
    });
    await Promise.race([this.#sessions.empty(), expired]);
    deadline?.clear();
    for (const { connection } of this.#sessions.all()) connection.destroy();
  }

  #accept(
    socket: GatewaySocket,
    origin: ReaderOrigin,
    early: readonly unknown[],
    flow: SocketFlow | null = null,
  ): void {
    const reader = new Reader(this.#context, origin);
    this.#sessions.open(reader, (events) => new WebSocketSink(socket, events), { socket, early, flow });
  }

  /** Closes a socket with a reason, and cuts it off if it does not close: until then it counts as a connection. */
  #refuseSocket(socket: GatewaySocket, code: CloseCode, reason: string, retryAfterMs: number | null): void {
    this.#counts.countRefused(code);
    const over = this.#sessions.reserve();
    const timer = this.#clock.setTimer(() => {
      over();
      socket.terminate?.();
    }, CLOSE_TIMEOUT_MS);
    socket.addEventListener('close', () => {
      timer.clear();
      over();
    });
    refuseSocket(socket, closeMessage(this.#clock.now(), code, reason, retryAfterMs));
  }

  #revoke(revocation: Revocation): number {
    const matches = (topic: TopicParts): boolean => concernsTopic(revocation, topic);
    let count = 0;
    for (const pending of this.#pendingRequests) {
      if (concernsReader(revocation, pending.identity)) count += pending.revoke(matches);
    }
    for (const { reader } of this.#sessions.all()) {
      if (concernsReader(revocation, reader.identity)) count += reader.revoke(matches);
    }
    this.#counts.revoked += count;
    return count;
  }

  #disconnect(disconnection: Disconnection): number {
    if (disconnection.subject !== undefined) this.#authenticator.disconnected(disconnection.subject);
    for (const pending of this.#pendingRequests) {
      if (concernsReader(disconnection, pending.identity)) pending.revoke(() => true);
    }
    let count = 0;
    for (const { reader } of [...this.#sessions.all()]) {
      if (!concernsReader(disconnection, reader.identity)) continue;
      reader.disconnect();
      count++;
    }
    return count;
  }

  #publish(
    change: AccessChangedEvent['change'],
    { subject, portfolioId, symbol }: Revocation,
  ): Promise<void> {
    const event: AccessChangedEvent = {
      type: ACCESS_CHANGED,
      id: `${this.epoch}:access:${++this.#changes}`,
      occurredAt: this.#clock.now(),
      epoch: this.epoch,
      change,
      subject: subject ?? null,
      portfolioId: portfolioId ?? null,
      symbol: symbol ?? null,
    };
    return this.#options.bus.publish(event);
  }

  #accessChanged({ epoch, change, subject, portfolioId, symbol }: AccessChange): void {
    // What this gateway took back itself was taken back before it was published.
    if (epoch === this.epoch) return;
    const revocation: Revocation = {
      ...(subject !== null && { subject }),
      ...(portfolioId !== null && { portfolioId }),
      ...(symbol !== null && { symbol }),
    };
    if (change === 'disconnected') this.#disconnect(revocation);
    else this.#revoke(revocation);
  }

  /** Revocations may have been missed: nothing is sent of any grant before `authorize` has said yes once more. */
  #recheckAll(): void {
    for (const pending of this.#pendingRequests) pending.invalidateAnswers();
    for (const { reader } of this.#sessions.all()) reader.recheck();
  }

  #busChanged(delivers: boolean): void {
    this.#feeds.busChanged(delivers);
    const status = `{"type":"update","serverTime":${this.#clock.now()},"status":${this.#feeds.status.fresh()}}`;
    for (const { connection } of this.#sessions.all()) connection.send(status);
    if (this.#context.whileUnchecked === 'continue') return;
    if (delivers) {
      this.#recheckAll();
      this.#loop.resume();
    } else this.#loop.pause();
  }

  /** An address, and a warning where there is none. */
  #checkAddress(address: string | undefined): string | undefined {
    if (address === undefined && !this.#hasWarnedOfAddress) {
      this.#hasWarnedOfAddress = true;
      const message =
        'Gateway: a request has no network address, so that limits by address do not hold. Give `address`, or use nodeHandler().';
      this.#report(new TickmarkError('INVALID_ARGUMENT', message));
    }
    return address;
  }

  #topicRemoved(topic: FollowedTopic): void {
    this.#topics.remove(topic);
    for (const { reader } of this.#sessions.all()) reader.topicRemoved(topic);
  }
}
