import type { DomainEvent, EventType } from '../../core/messaging/event-bus.js';
import type { TopicParts } from '../../protocol/topic.js';
import type { Identity } from '../admission/authenticator.js';

/** A reader, as functions of the application see it. */
export interface ReaderInfo {
  readonly subject: string;
  /** As `authenticate` gave it. */
  readonly context: unknown;
}

/** Which grants are taken back. Without any field: all, of everybody. */
export interface Revocation {
  /** Of this reader only. */
  readonly subject?: string;
  /** Of this portfolio only, totals and rows. */
  readonly portfolioId?: string;
  /** Of this symbol's price only. */
  readonly symbol?: string;
  /** Of readers of this process for whom it gives true. Functions do not travel: other processes are not told. */
  readonly where?: (reader: ReaderInfo) => boolean;
}

/** Which readers are disconnected. Without any field: all. */
export type Disconnection = Pick<Revocation, 'subject' | 'where'>;

/** Tells the gateways of other processes what was taken back from whom. */
export interface AccessChangedEvent extends DomainEvent {
  /** Epoch of the gateway that published it. */
  readonly epoch: string;
  readonly change: 'revoked' | 'disconnected';
  /** `null`: everybody. */
  readonly subject: string | null;
  /** `null`: every one. */
  readonly portfolioId: string | null;
  /** `null`: every one. */
  readonly symbol: string | null;
}

/** Type of {@link AccessChangedEvent}. */
export const ACCESS_CHANGED: EventType<AccessChangedEvent> = 'tickmark.gateway.access-changed';

/** Whether a revocation is about a reader. A reader whose subject is not known yet has nothing to be revoked. */
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
