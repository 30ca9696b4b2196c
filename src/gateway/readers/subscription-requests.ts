import type { RefusedTopic } from '../../protocol/server-messages.js';
import type { Topic } from '../../protocol/topic.js';
import type { AddressQuota } from '../admission/address-quota.js';
import type { Identity } from '../admission/authenticator.js';
import { RateLimit } from '../admission/rate-limit.js';
import { WorkCost } from '../admission/work-scheduler.js';
import type { GatewayLimits } from '../gateway-limits.js';
import type { Credentials } from './credentials.js';
import type { ReaderContext } from './reader-context.js';
import { SubscriptionRequest } from './subscription-request.js';
import type { Subscriptions } from './subscriptions.js';

/** What {@link SubscriptionRequests} work with. */
export interface SubscriptionRequestsOptions {
  readonly context: ReaderContext;
  readonly credentials: Credentials;
  readonly subscriptions: Subscriptions;
  readonly quota: AddressQuota;
  /** The reader has reached a limit. */
  readonly onLimit: (limit: keyof GatewayLimits) => void;
}

/** Subscription requests of one reader that are in progress, and the limits that they are subject to. */
export class SubscriptionRequests {
  readonly #options: SubscriptionRequestsOptions;
  readonly #authorizationRate: RateLimit;
  readonly #pending = new Set<SubscriptionRequest>();

  constructor(options: SubscriptionRequestsOptions) {
    this.#options = options;
    const { limits, clock } = options.context;
    const { authorizationsPerSecond } = limits;
    this.#authorizationRate = new RateLimit(
      authorizationsPerSecond,
      clock.monotonic(),
      4 * authorizationsPerSecond,
    );
  }

  /** Authorizes topics. To be followed by `settle` or `drop`. Never rejects. */
  async request(wanted: readonly Topic[]): Promise<SubscriptionRequest> {
    const { context, credentials, subscriptions, quota, onLimit } = this.#options;
    const { limits, scheduler, clock } = context;
    const turn = scheduler.take(WorkCost.topic * wanted.length, quota.network);
    if (turn) await turn;
    const current = credentials.current();
    const identified = current instanceof Promise ? await current : current;
    const keys = [...new Set(wanted)];
    if (identified === null || identified === 'busy') return this.#refuseAll(keys, identified);
    const fresh = keys.filter((key) => !subscriptions.has(key));
    const wanting = Math.min(fresh.length, Math.max(0, limits.topics - subscriptions.size));
    const room = quota.takeTopics(wanting);
    if (wanting < fresh.length) onLimit('topics');
    if (room < wanting) onLimit('topicsPerAddress');
    const tooMany = new Set(fresh.slice(room));
    const fitting = keys.filter((key) => !tooMany.has(key));
    const asked = fitting.slice(0, this.#authorizationRate.takeSome(fitting.length, clock.monotonic()));
    if (asked.length < fitting.length) onLimit('authorizationsPerSecond');
    const request = this.#create(asked, new Set(fresh.slice(0, room)), identified);
    context.pendingRequests.add(request);
    this.#pending.add(request);
    await request.authorize();
    if (request.refused.some(({ reason }) => reason === 'limit')) onLimit('followedTopics');
    request.refuse([...tooMany].map((topic): RefusedTopic => ({ topic, reason: 'limit' })));
    request.refuse(fitting.slice(asked.length).map((topic): RefusedTopic => ({ topic, reason: 'busy' })));
    return request;
  }

  /** A request is no longer in progress: its topics are subscribed to. */
  settle(request: SubscriptionRequest): void {
    this.#options.context.pendingRequests.delete(request);
    this.#pending.delete(request);
  }

  /** Drops a request, with what it holds. */
  drop(request: SubscriptionRequest): void {
    this.settle(request);
    request.release();
    this.#options.quota.returnTopics(request.room);
  }

  /** Authorizations that were asked for so far no longer count. */
  invalidateAnswers(): void {
    for (const request of this.#pending) request.invalidateAnswers();
  }

  /** A request that is refused as a whole, because the reader has no subject. */
  #refuseAll(keys: readonly Topic[], identified: null | 'busy'): SubscriptionRequest {
    const nobody: Identity = { subject: '', expiresAt: null, context: undefined };
    const request = this.#create([], new Set(), nobody);
    request.refuse(keys.map((topic): RefusedTopic => ({ topic, reason: identified ?? 'denied' })));
    return request;
  }

  #create(keys: readonly Topic[], fresh: ReadonlySet<Topic>, identity: Identity): SubscriptionRequest {
    const { topics, authorizer, clock } = this.#options.context;
    return new SubscriptionRequest(keys, fresh, identity, topics, authorizer, () => clock.now());
  }
}
