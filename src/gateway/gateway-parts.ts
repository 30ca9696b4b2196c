import { systemClock, type Clock } from '../core/clock.js';
import { errorReporter } from '../core/error-reporter.js';
import { systemRandom } from '../core/random.js';
import { AddressResolver } from './admission/address-resolver.js';
import { Admission } from './admission/admission.js';
import { Authenticator } from './admission/authenticator.js';
import { OriginPolicy } from './admission/origin-policy.js';
import { SecurityLog } from './admission/security-events.js';
import { WorkScheduler } from './admission/work-scheduler.js';
import { GatewayCounts } from './gateway-counts.js';
import { resolveLimits } from './gateway-limits.js';
import { checkGatewayOptions, servedKinds, type GatewayOptions } from './gateway-options.js';
import { resolveTimes } from './gateway-times.js';
import { EventStreams } from './http/event-streams.js';
import { AccessRevoker } from './readers/access-revoker.js';
import { Authorizer } from './readers/authorizer.js';
import type { ReaderContext } from './readers/reader-context.js';
import { Sessions } from './readers/sessions.js';
import type { SubscriptionRequest } from './readers/subscription-request.js';
import { ValueDelivery } from './value-delivery.js';
import { AcceptedSockets } from './web-sockets/accepted-sockets.js';
import { WebSocketUpgrades } from './web-sockets/web-socket-upgrades.js';
import { BufferTotal } from './wire/buffer-total.js';

/** Builds and connects the parts of a gateway. */
export class GatewayParts {
  /** Names this life of the gateway. */
  readonly epoch: string;
  readonly clock: Clock;
  readonly counts = new GatewayCounts();
  readonly security: SecurityLog;
  readonly addresses: AddressResolver;
  readonly origins: OriginPolicy;
  readonly admission: Admission;
  readonly delivery: ValueDelivery;
  readonly buffers: BufferTotal;
  readonly sessions: Sessions;
  readonly access: AccessRevoker;
  readonly streams: EventStreams;
  readonly upgrades: WebSocketUpgrades;
  readonly sockets: AcceptedSockets;
  readonly #authenticator: Authenticator;
  readonly #authorizer: Authorizer;
  readonly #scheduler: WorkScheduler;

  /** @throws TickmarkError `INVALID_ARGUMENT`. */
  constructor(options: GatewayOptions) {
    checkGatewayOptions(options);
    const { authenticate, authorize, knowsSymbol, clock = systemClock, random = systemRandom } = options;
    const serve = servedKinds(options);
    const limits = resolveLimits(options.limits);
    const times = resolveTimes(options);
    const { timeoutMs } = times;
    const onError = errorReporter(options);
    const { counts } = this;
    const epoch = (this.epoch = Math.floor(random() * 2 ** 52).toString(36));
    this.clock = clock;
    this.origins = new OriginPolicy(options.origins, options.allowMissingOrigin);
    this.addresses = new AddressResolver(options.trustedProxies ?? [], onError);
    this.security = new SecurityLog(() => clock.now(), options.onSecurityEvent, onError);
    this.buffers = new BufferTotal(limits.bufferedBytesInAll);
    this.#scheduler = new WorkScheduler(clock);
    this.#authenticator = new Authenticator({ authenticate, clock, timeoutMs, onError });
    this.#authorizer = new Authorizer({
      authorize,
      knowsSymbol,
      serve,
      clock,
      timeoutMs,
      counts,
      onError,
      onDenied: (subject, { kind, id }) => this.security.report('denied', { subject }, `${kind}:${id}`),
    });
    this.delivery = new ValueDelivery({
      gateway: options,
      epoch,
      hasPrices: serve.has('price'),
      times,
      followedTopics: limits.followedTopics,
      clock,
      counts,
      onError,
      beforeFrame: () => this.sessions.expire(),
      onTopicRemoved: (topic) => {
        for (const { reader } of this.sessions.all()) reader.topicRemoved(topic);
      },
      onStatusMessage: (message) => {
        for (const { connection } of this.sessions.all()) connection.send(message);
      },
      onAccessChanged: (change) => this.access.take(change),
      onAccessChangeMissed: () => this.access.recheckAll(),
    });
    const pendingRequests = new Set<SubscriptionRequest>();
    const context: ReaderContext = {
      authenticator: this.#authenticator,
      authorizer: this.#authorizer,
      security: this.security,
      topics: this.delivery.topics,
      groups: this.delivery.groups,
      status: this.delivery.status,
      pendingRequests,
      scheduler: this.#scheduler,
      clock,
      limits,
      whileUnchecked: options.whileUnchecked ?? 'pause',
      expiries: { next: Infinity },
      epoch,
      offset: () => this.delivery.offset,
      position: () => this.delivery.position,
      requestCatchUp: (connection) => this.delivery.catchUp(connection),
    };
    const sessions = (this.sessions = new Sessions({
      context,
      times,
      counts,
      buffers: this.buffers,
      status: () => this.delivery.statusJson,
      onTick: (now) => this.#tick(now),
    }));
    this.admission = new Admission({
      limits,
      clock,
      origins: this.origins,
      security: this.security,
      openConnections: () => sessions.size,
    });
    this.access = new AccessRevoker({
      bus: options.bus,
      epoch,
      clock,
      authenticator: this.#authenticator,
      sessions,
      pendingRequests,
      counts,
    });
    const { addresses, admission, origins } = this;
    const { WebSocketServer } = options;
    this.streams = new EventStreams({ context, admission, origins, sessions, counts, clock });
    this.upgrades = new WebSocketUpgrades({
      WebSocketServer,
      context,
      addresses,
      admission,
      sessions,
      counts,
      clock,
    });
    this.sockets = new AcceptedSockets({
      admission,
      authenticator: this.#authenticator,
      sessions,
      counts,
      clock,
    });
    this.delivery.start();
  }

  /** Stops all periodic work, and gives up calls of the application that are in progress. Connections stay open. */
  stop(): void {
    this.admission.close();
    this.delivery.stop();
    this.#authenticator.stop();
    this.#authorizer.stop();
    this.#scheduler.stop();
    this.sessions.stop();
  }

  #tick(now: number): void {
    this.delivery.tick(now);
    this.admission.sweep();
    this.#authenticator.sweep();
    this.#authorizer.sweep();
  }
}
