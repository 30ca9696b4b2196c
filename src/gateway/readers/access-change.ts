import type { DomainEvent, EventType } from '../../core/messaging/event-bus.js';
import type { TopicParts } from '../../protocol/topic.js';
import type { Identity } from '../admission/authenticator.js';

/** A reader, as functions of the application see it. */
export interface ReaderInfo {
  readonly subject: string;
  /** As `authenticate` returned it. */
  readonly context: unknown;
}

/** Which grants to revoke. Without any field: all grants of all readers. */
export interface Revocation {
  /** Only those of this reader. */
  readonly subject?: string;
  /** Only those of this portfolio, totals and rows. */
  readonly portfolioId?: string;
  /** Only those of the price of this symbol. */
  readonly symbol?: string;
  /**
   * Only those of readers of this process for which the function returns true. A function cannot be sent over the bus, so other
   * processes revoke nothing.
   */
  readonly where?: (reader: ReaderInfo) => boolean;
}

/** Which readers to disconnect. Without any field: all. */
export type Disconnection = Pick<Revocation, 'subject' | 'where'>;

/** Asks the gateways of other processes to revoke access as well. */
export interface AccessChangedEvent extends DomainEvent {
  /** Epoch of the gateway that published it. */
  readonly epoch: string;
  readonly change: 'revoked' | 'disconnected';
  /** `null`: every reader. */
  readonly subject: string | null;
  /** `null`: every portfolio. */
  readonly portfolioId: string | null;
  /** `null`: every symbol. */
  readonly symbol: string | null;
}

/** Type of {@link AccessChangedEvent}. */
export const ACCESS_CHANGED: EventType<AccessChangedEvent> = 'tickmark.gateway.access-changed';

/** Whether a revocation is about a reader. A reader whose subject is unknown has nothing that a subject or function could match. */
export function concernsReader({ subject, where }: Revocation, identity: Identity | null): boolean {
  if (!identity) return subject === undefined && !where;
  if (subject !== undefined && subject !== identity.subject) return false;
  return !where || where({ subject: identity.subject, context: identity.context });
}

/** Whether a revocation is about a topic. */
export function concernsTopic({ portfolioId, symbol }: Revocation, { kind, id }: TopicParts): boolean {
  if (portfolioId === undefined && symbol === undefined) return true;
  return kind === 'price' ? id === symbol : id === portfolioId;
}
