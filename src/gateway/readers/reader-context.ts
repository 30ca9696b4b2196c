import type { Clock } from '../../core/clock.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import type { AddressQuota } from '../admission/address-quota.js';
import type { Authenticator, Identity } from '../admission/authenticator.js';
import type { SecurityLog } from '../admission/security-events.js';
import type { WorkScheduler } from '../admission/work-scheduler.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';
import type { FollowedTopics } from '../feeds/followed-topics.js';
import type { ResolvedLimits } from '../gateway-limits.js';
import type { GatewayOptions } from '../gateway-options.js';
import type { Connection } from '../wire/connection.js';
import type { Authorizer } from './authorizer.js';
import type { MulticastGroups } from './multicast-groups.js';
import type { SubscriptionRequest } from './subscription-request.js';

/** What all readers share. */
export interface ReaderContext {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly security: SecurityLog;
  readonly topics: FollowedTopics;
  readonly groups: MulticastGroups;
  /** The topic that every connection has. */
  readonly status: FollowedTopic;
  /** Subscription requests in progress, which a revocation concerns as well. */
  readonly pendingRequests: Set<SubscriptionRequest>;
  /** Paces all work that readers cause. */
  readonly scheduler: WorkScheduler;
  readonly clock: Clock;
  readonly limits: ResolvedLimits;
  readonly whileUnchecked: NonNullable<GatewayOptions['whileUnchecked']>;
  /** When the first grant of any reader ends, or earlier; ms since 1970. */
  readonly expiries: { next: number };
  /** Names this life of the gateway. */
  readonly epoch: string;
  /** Offset of the newest change. */
  offset(): number;
  /** Position of readers that have everything. */
  position(): StreamPosition;
  /** Sends a connection its unsent values as soon as there is room. */
  requestCatchUp(connection: Connection): void;
}

/** Where a reader comes from, and who it is as far as that is known. */
export interface ReaderOrigin {
  /** The GET, or the handshake. */
  readonly request: Request;
  readonly address: string | undefined;
  readonly quota: AddressQuota;
  /** `null` until an `auth` message names the subject. */
  readonly identity: Identity | null;
}
