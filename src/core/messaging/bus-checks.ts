import { TickmarkError, invalidArgument, quote } from '../errors.js';
import type { DomainEvent } from './event-bus.js';

/** The error for a handler that threw or rejected. */
export function handlerError(event: DomainEvent, cause: unknown): TickmarkError {
  const message = `A handler of ${quote(event.type)} failed on event ${quote(event.id)}.`;
  return new TickmarkError('HANDLER_FAILED', message, { cause });
}

/** The error for a call to a closed bus. */
export function busClosedError(where: string, method: string): TickmarkError {
  return new TickmarkError('CLOSED', `${where}.${method}: the bus was closed.`);
}

/**
 * The argument of `publish` as a list of events.
 * @throws TickmarkError `INVALID_ARGUMENT` for anything that is not an event.
 */
export function eventList(
  events: DomainEvent | readonly DomainEvent[],
  where: string,
): readonly DomainEvent[] {
  const list = Array.isArray(events) ? (events as readonly DomainEvent[]) : [events as DomainEvent];
  if (list.every(isEvent)) return list;
  throw invalidArgument(`${where}.publish`, events, 'an event or a list of events');
}

function isEvent(event: unknown): event is DomainEvent {
  return typeof (event as DomainEvent | null | undefined)?.type === 'string';
}
