import type { Clock } from '../../core/clock.js';
import type { EventBus } from '../../core/messaging/event-bus.js';
import type { TopicParts } from '../../protocol/topic.js';
import type { Authenticator } from '../admission/authenticator.js';
import type { AccessChange } from '../feeds/received-events.js';
import type { GatewayCounts } from '../gateway-counts.js';
import {
  ACCESS_CHANGED,
  concernsReader,
  concernsTopic,
  type AccessChangedEvent,
  type Disconnection,
  type Revocation,
} from './access-change.js';
import type { Sessions } from './sessions.js';
import type { SubscriptionRequest } from './subscription-request.js';

/** What an {@link AccessRevoker} works with. */
export interface AccessRevokerOptions {
  readonly bus: Pick<EventBus, 'publish'>;
  readonly epoch: string;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  /** Subscription requests of all readers that are in progress. */
  readonly pendingRequests: ReadonlySet<SubscriptionRequest>;
  readonly counts: GatewayCounts;
}

/** Revokes access: in this process at once, and over the bus in the gateways of other processes. */
export class AccessRevoker {
  readonly #options: AccessRevokerOptions;
  /** Events published so far. */
  #published = 0;

  constructor(options: AccessRevokerOptions) {
    this.#options = options;
  }

  /** Ends grants. @returns How many subscriptions ended here. */
  async revoke(revocation: Revocation): Promise<number> {
    const count = this.#revokeHere(revocation);
    if (!revocation.where) await this.#publish('revoked', revocation);
    return count;
  }

  /** Ends connections. @returns How many ended here. */
  async disconnect(disconnection: Disconnection): Promise<number> {
    const count = this.#disconnectHere(disconnection);
    if (!disconnection.where) await this.#publish('disconnected', disconnection);
    return count;
  }

  /** Takes an event that a gateway has published. */
  take({ epoch, change, subject, portfolioId, symbol }: AccessChange): void {
    // This gateway revokes before it publishes.
    if (epoch === this.#options.epoch) return;
    const revocation: Revocation = {
      ...(subject !== null && { subject }),
      ...(portfolioId !== null && { portfolioId }),
      ...(symbol !== null && { symbol }),
    };
    if (change === 'disconnected') this.#disconnectHere(revocation);
    else this.#revokeHere(revocation);
  }

  /** Has every grant authorized again before anything more is sent of it: an event may have been missed. */
  recheckAll(): void {
    const { pendingRequests, sessions } = this.#options;
    for (const pending of pendingRequests) pending.invalidateAnswers();
    for (const { reader } of sessions.all()) reader.recheck();
  }

  #revokeHere(revocation: Revocation): number {
    const { pendingRequests, sessions, counts } = this.#options;
    const matches = (topic: TopicParts): boolean => concernsTopic(revocation, topic);
    let count = 0;
    for (const pending of pendingRequests) {
      if (concernsReader(revocation, pending.identity)) count += pending.revoke(matches);
    }
    for (const { reader } of sessions.all()) {
      if (concernsReader(revocation, reader.identity)) count += reader.revoke(matches);
    }
    counts.revoked += count;
    return count;
  }

  #disconnectHere(disconnection: Disconnection): number {
    const { authenticator, pendingRequests, sessions } = this.#options;
    if (disconnection.subject !== undefined) authenticator.disconnected(disconnection.subject);
    for (const pending of pendingRequests) {
      if (concernsReader(disconnection, pending.identity)) pending.revoke(() => true);
    }
    let count = 0;
    for (const { reader } of [...sessions.all()]) {
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
    const { bus, epoch, clock } = this.#options;
    const event: AccessChangedEvent = {
      type: ACCESS_CHANGED,
      id: `${epoch}:access:${++this.#published}`,
      occurredAt: clock.now(),
      epoch,
      change,
      subject: subject ?? null,
      portfolioId: portfolioId ?? null,
      symbol: symbol ?? null,
    };
    return bus.publish(event);
  }
}
