import type { DomainEvent, EventType } from '../messaging/event-bus.js';

/**
 * Place of a message in the sequence of its publisher, who numbers what it publishes 1, 2, 3, …; a message that stands for
 * several has all of their numbers. So a subscriber sees that it missed something, whatever the bus lost.
 */
export interface Publication {
  /** Names one run of one publisher. */
  readonly publisher: string;
  readonly first: number;
  readonly last: number;
}

/** Type of {@link PricesHeartbeatEvent}. */
export const PRICES_HEARTBEAT: EventType<PricesHeartbeatEvent> = 'tickmark.prices.heartbeat';

/** A publisher of prices sends the number of its last message: once a second, for a minute after that message. */
export interface PricesHeartbeatEvent extends DomainEvent {
  readonly publisher: string;
  readonly last: number;
}

/** Type of {@link PricesRequestedEvent}. */
export const PRICES_REQUESTED: EventType<PricesRequestedEvent> = 'tickmark.prices.requested';

/** A subscriber has missed prices, or has just come, and asks for all of them. */
export interface PricesRequestedEvent extends DomainEvent {
  /** Who is asked; `null`: every publisher. */
  readonly publisher: string | null;
}

/** Type of {@link PricesSnapshotEvent}. */
export const PRICES_SNAPSHOT: EventType<PricesSnapshotEvent> = 'tickmark.prices.snapshot';

/** Follows the batches in which a publisher has published all its prices anew, at the request of a subscriber. */
export interface PricesSnapshotEvent extends DomainEvent {
  readonly publisher: string;
  /** Number of the first of these batches. */
  readonly first: number;
  /** Number of the last of them. */
  readonly last: number;
  /** The last gap of each symbol that had one, by arrival mark. */
  readonly gaps: readonly { readonly arrival: number; readonly symbols: readonly string[] }[];
}
