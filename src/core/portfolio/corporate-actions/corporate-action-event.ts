import type { DomainEvent, EventType } from '../../messaging/event-bus.js';
import type { CorporateAction } from './corporate-action.js';

/**
 * A corporate action is about to be stored, was stored, or was booked into all ledgers. Engines keep prices from after it back as soon as
 * they hear of it, and read it from the store.
 */
export interface CorporateActionEvent extends DomainEvent {
  /** Id of the action. */
  readonly actionId: string;
  /** Symbol whose holders it concerns. */
  readonly symbol: string;
  /** Ex-time, ms since 1970. */
  readonly exTime: number;
  /** `CorporateActionRecord.number`; 0 before it is stored. */
  readonly number: number;
}

/** Type of {@link CorporateActionEvent}. */
export const CORPORATE_ACTION: EventType<CorporateActionEvent> = 'tickmark.corporate-action';

/** The event for an action that will be stored (number 0), was stored, or was marked as booked. */
export function corporateActionEvent(
  { id, symbol, at }: CorporateAction,
  number: number,
  occurredAt: number,
): CorporateActionEvent {
  const common = { type: CORPORATE_ACTION, id: `${id}@${number}`, occurredAt };
  return { ...common, actionId: id, symbol, exTime: at, number };
}
