import type { DomainEvent, EventType } from '../messaging/event-bus.js';

/**
 * Place of a message in the sequence of its publisher, which numbers its messages 1, 2, 3, …; a message that replaces several has all
 * of their numbers. From a hole in the numbers a subscriber learns that the bus lost something.
 */
export interface Publication {
  /** Identifies one run of one publisher. */
  readonly publisher: string;
  /** First number of the message. */
  readonly first: number;
  /** Last number of the message. */
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

/** A subscriber has missed prices, or is new, and asks for all of them. */
export interface PricesRequestedEvent extends DomainEvent {
  /** The publisher that is asked; `null`: every one. */
  readonly publisher: string | null;
}

/** Type of {@link PricesSnapshotEvent}. */
export const PRICES_SNAPSHOT: EventType<PricesSnapshotEvent> = 'tickmark.prices.snapshot';

/** Follows the batches in which a publisher has published all its prices again, because a subscriber asked. */
export interface PricesSnapshotEvent extends DomainEvent {
  readonly publisher: string;
  /** Number of the first of these batches. */
  readonly first: number;
  /** Number of the last of them. */
  readonly last: number;
  /** The last gap of each symbol that had one; see `StreamGapEvent.arrival`. */
  readonly gaps: readonly { readonly arrival: number; readonly symbols: readonly string[] }[];
}
