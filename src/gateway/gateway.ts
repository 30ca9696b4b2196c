import { checkDelay, systemClock, type Clock, type Timer } from '../core/clock.js';
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
} from './access-change.js';
import { Addresses } from './addresses.js';
import { Audiences } from './audiences.js';
import { Authenticator, type Identified } from './authenticator.js';
import { Authorizer } from './authorizer.js';
import { BufferTotal } from './buffer-total.js';
import { BusProbe } from './bus-probe.js';
import type { Claim } from './claim.js';
import { PARTING_MS, byeOf } from './connection.js';
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
import type { AccessChange } from './heard-events.js';
import { isPromise } from './is-promise.js';
import { TrustedProxies } from './network-address.js';
import type { NodeRequest } from './node-request.js';
import { OriginPolicy } from './origin-policy.js';
import { Reader, type Hub, type ReaderOrigin } from './reader.js';
import { SecurityLog } from './security-events.js';
import { Sessions } from './sessions.js';
import type { SocketFlow } from './socket-flow.js';
import { OPEN, WebSocketOutlet, refuseSocket, type GatewaySocket } from './web-socket-outlet.js';
import type { UpgradeSocket } from './web-socket-server.js';
import { WebSocketUpgrades } from './web-socket-upgrades.js';
import { WorkScheduler } from './work-scheduler.js';

/** Messages that are kept while it is being found out who sends them. */
const MOST_EARLY = 16;
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
  readonly #limits: SetLimits;
  readonly #times: SetTimes;
  readonly #counts = new GatewayCounts();
  readonly #origins: OriginPolicy;
  readonly #proxies: TrustedProxies;
  readonly #security: SecurityLog;
  readonly #feeds: Feeds;
  readonly #topics: FollowedTopics;
  readonly #audiences = new Audiences();
  readonly #loop: FrameLoop;
  readonly #probe: BusProbe;
  readonly #authenticator: Authenticator;
  readonly #authorizer: Authorizer;
  readonly #claims = new Set<Claim>();
  readonly #buffers: BufferTotal;
  readonly #scheduler: WorkScheduler;
  readonly #sessions: Sessions;
  readonly #streams: EventStreams;
  readonly #upgrades: WebSocketUpgrades;
  readonly #hub: Hub;
  #changes = 0;
  #saidNoAddress = false;
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
    this.#limits = setLimits(options.limits);
    this.#times = setTimes(options);
    this.#origins = new OriginPolicy(origins, allowMissingOrigin);
    this.#proxies = new TrustedProxies(options.trustedProxies ?? []);
    this.#security = new SecurityLog(() => clock.now(), options.onSecurityEvent);
    this.#buffers = new BufferTotal(this.#limits.bufferedBytesInAll);
    const addresses = new Addresses(this.#limits, clock);
    this.#scheduler = new WorkScheduler(clock);
    this.epoch = Math.floor((options.random ?? systemRandom)() * 2 ** 52).toString(36);
    const onError = (error: TickmarkError) => this.#report(error);
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
      audiences: this.#audiences,
      counts: this.#counts,
      beforeFrame: () => this.#sessions.expire(),
      refresh: (offset) => this.#feeds.refresh(offset),
    });
    this.#feeds = new Feeds({
      gateway: options,
      hasPrices: serve.has('price'),
      times: this.#times,
      clock,
      onNews: () => this.#loop.request(),
      onGone: (topic) => this.#gone(topic),
      onError,
      onAccessChanged: (change) => this.#accessChanged(change),
      onAccessDoubted: () => this.#recheckAll(),
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
    this.#hub = {
      authenticator: this.#authenticator,
      authorizer: this.#authorizer,
      security: this.#security,
      topics: this.#topics,
      audiences: this.#audiences,
      status: this.#feeds.status.topic,
      claims: this.#claims,
      scheduler: this.#scheduler,
      clock,
      limits: this.#limits,
      whileUnchecked: options.whileUnchecked ?? 'pause',
      expiries: { next: Infinity },
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
      hub: this.#hub,
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
    if (!this.#probe.delivers && this.#hub.whileUnchecked === 'pause') this.#loop.pause();
  }

  /**
   * Answers a request of the Fetch API: a GET gets an event stream, or a status that says why not. Where the server gives no
   * network address, the limits by address do not hold.
   */
  async handle(request: Request, reader: ReaderAddress = {}): Promise<Response> {
    let response: Response | undefined;
    const refusal = await this.#streams.answer(
      request,
      this.#known(reader.address),
      (headers, events) => {
        const outlet = new EventStreamOutlet(events, request.signal);
        response = new Response(outlet.body, { headers });
        return outlet;
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
    return this.#streams.answer(request, this.#known(address), open, left);
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
    const address = this.#known(reader.address);
    const refuse = (code: CloseCode, reason: string, retryAfterMs: number | null = null) =>
      this.#refuseSocket(socket, code, reason, retryAfterMs);
    const share = this.#sessions.admit(address);
    if ('limit' in share) {
      this.#security.report('limit', { address }, share.limit);
      share.held?.over();
      return refuse(CloseCode.TOO_MANY, 'Too many connections.', share.waitMs);
    }
    const leave = (code: CloseCode, reason: string) => {
      share.leave();
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
      if (socket.readyState !== OPEN) return share.leave();
      if (early.length > MOST_EARLY) return leave(CloseCode.TOO_MANY, 'Too many messages.');
      if (identity === 'busy') return leave(CloseCode.INTERNAL, 'The credentials could not be checked.');
      if (this.#closing) return leave(CloseCode.GOING_AWAY, 'This gateway is going away.');
      this.#accept(socket, { request: handshake, address, share, identity }, early);
    };
    const identity = this.#authenticator.identify(handshake);
    if (!isPromise(identity)) return take(identity);
    const settled = this.#sessions.await();
    const keep = ({ data }: { readonly data: unknown }): void =>
      void (!isTaken && early.length <= MOST_EARLY && early.push(data));
    socket.addEventListener('message', keep);
    socket.addEventListener('error', () => undefined);
    void identity
      .then((each) => {
        isTaken = true;
        take(each);
      })
      .finally(settled);
  }

  /** Whether a request is of an origin that may read. */
  allowsOrigin(request: Request): boolean {
    return this.#origins.allows(request);
  }

  /** Network address of the sender of a request of Node, as `trustedProxies` says. */
  addressOf({ socket, headers }: NodeRequest): string | undefined {
    const forwarded = headers['x-forwarded-for'];
    const list = Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? null);
    return this.#known(this.#proxies.addressOf(socket.remoteAddress, list));
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
    for (const { connection } of this.#sessions.all()) pending += connection.owed.size;
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
    const reader = new Reader(this.#hub, origin);
    this.#sessions.open(reader, (events) => new WebSocketOutlet(socket, events), { socket, early, flow });
  }

  /** Closes a socket with a reason, and cuts it off if it does not close: until then it counts as a connection. */
  #refuseSocket(socket: GatewaySocket, code: CloseCode, reason: string, retryAfterMs: number | null): void {
    this.#counts.countRefused(code);
    const over = this.#sessions.await();
    const timer = this.#clock.setTimer(() => {
      over();
      socket.terminate?.();
    }, PARTING_MS);
    socket.addEventListener('close', () => {
      timer.clear();
      over();
    });
    refuseSocket(socket, byeOf(this.#clock.now(), code, reason, retryAfterMs));
  }

  #revoke(revocation: Revocation): number {
    const matches = (topic: TopicParts): boolean => concernsTopic(revocation, topic);
    let count = 0;
    for (const claim of this.#claims) {
      if (concernsReader(revocation, claim.identity)) count += claim.revoke(matches);
    }
    for (const { reader } of this.#sessions.all()) {
      if (concernsReader(revocation, reader.identity)) count += reader.revoke(matches);
    }
    this.#counts.revoked += count;
    return count;
  }

  #disconnect(disconnection: Disconnection): number {
    if (disconnection.subject !== undefined) this.#authenticator.disconnected(disconnection.subject);
    for (const claim of this.#claims) {
      if (concernsReader(disconnection, claim.identity)) claim.revoke(() => true);
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
    for (const claim of this.#claims) claim.doubt();
    for (const { reader } of this.#sessions.all()) reader.recheck();
  }

  #busChanged(delivers: boolean): void {
    this.#feeds.busChanged(delivers);
    const status = `{"type":"update","serverTime":${this.#clock.now()},"status":${this.#feeds.status.fresh()}}`;
    for (const { connection } of this.#sessions.all()) connection.say(status);
    if (this.#hub.whileUnchecked === 'continue') return;
    if (delivers) {
      this.#recheckAll();
      this.#loop.resume();
    } else this.#loop.pause();
  }

  /** An address, and a warning where there is none. */
  #known(address: string | undefined): string | undefined {
    if (address === undefined && !this.#saidNoAddress) {
      this.#saidNoAddress = true;
      const message =
        'Gateway: a request has no network address, so that limits by address do not hold. Give `address`, or use nodeHandler().';
      this.#report(new TickmarkError('INVALID_ARGUMENT', message));
    }
    return address;
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
