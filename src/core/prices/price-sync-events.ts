import type { DomainEvent, EventType } from '../messaging/event-bus.js';

/**
 * Place of a message among the messages of its publisher, which are numbered 1, 2, 3, … A message that was merged from several has all
 * of their numbers. If numbers are missing, a subscriber knows that the bus lost messages.
 */
export interface Publication {
  /** Identifies one run of one publisher. */
  readonly publisher: string;
  /** First number of the message. */
  readonly first: number;
  /** Last number of the message. */
  readonly last: number;
}

/**
 * The place of a message that was merged from two: both places if one follows the other. Otherwise that of the later one, so that
 * subscribers see the missing numbers.
 */
export function joinPublications(earlier: Publication | null, later: Publication | null): Publication | null {
  if (!earlier || !later || earlier.publisher !== later.publisher || earlier.last + 1 !== later.first)
    return later;
  return { publisher: later.publisher, first: earlier.first, last: later.last };
}

/** Type of {@link PricesHeartbeatEvent}. */
export const PRICES_HEARTBEAT: EventType<PricesHeartbeatEvent> = 'tickmark.prices.heartbeat';

/** The number of the last message of a publisher of prices: sent once a second, for a minute after that message. */
export interface PricesHeartbeatEvent extends DomainEvent {
  readonly publisher: string;
  readonly last: number;
}

/** Type of {@link PricesRequestedEvent}. */
export const PRICES_REQUESTED: EventType<PricesRequestedEvent> = 'tickmark.prices.requested';

/** A subscriber requests all prices, because it is new or has missed some. */
export interface PricesRequestedEvent extends DomainEvent {
  /** The publisher that is asked; `null`: all publishers. */
  readonly publisher: string | null;
}

/** Type of {@link PricesSnapshotEvent}. */
export const PRICES_SNAPSHOT: EventType<PricesSnapshotEvent> = 'tickmark.prices.snapshot';

/** Comes after the batches in which a publisher has published all its prices again, because a subscriber requested them. */
export interface PricesSnapshotEvent extends DomainEvent {
  readonly publisher: string;
  /** Number of the first of these batches. */
  readonly first: number;
  /** Number of the last of them. */
  readonly last: number;
  /** The last gap of each symbol that had one; see `StreamGapEvent.arrival`. */
  readonly gaps: readonly { readonly arrival: number; readonly symbols: readonly string[] }[];
}
