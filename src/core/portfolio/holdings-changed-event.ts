import type { DomainEvent, EventType } from '../messaging/event-bus.js';

/** Holdings of a portfolio were stored or deleted: engines that have them load them again. */
export interface HoldingsChangedEvent extends DomainEvent {
  readonly portfolioId: string;
  /** The stored version; of a deleted portfolio, its last one. */
  readonly version: number;
  readonly change: 'saved' | 'deleted';
}

/** Type of {@link HoldingsChangedEvent}. */
export const HOLDINGS_CHANGED: EventType<HoldingsChangedEvent> = 'tickmark.holdings.changed';

/** The event for holdings that were just stored or deleted. */
export function holdingsChanged(
  portfolioId: string,
  version: number,
  change: 'saved' | 'deleted',
  occurredAt: number,
): HoldingsChangedEvent {
  return {
    type: HOLDINGS_CHANGED,
    id: `${portfolioId}@${version}:${change}`,
    occurredAt,
    portfolioId,
    version,
    change,
  };
}
