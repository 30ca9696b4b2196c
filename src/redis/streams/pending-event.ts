import type { Timer } from '../../core/clock.js';
import { TickmarkError, quote } from '../../core/errors.js';
import { errorText } from '../../core/error-text.js';
import type { DomainEvent } from '../../core/messaging/event-bus.js';
import type { StreamAcknowledger } from './stream-acknowledger.js';
import type { StreamEntry } from './stream-cursor.js';
import type { StreamSubscriptionOwner } from './stream-subscription-owner.js';

/** An event that a subscription has not handled yet. */
export interface PendingEvent {
  readonly entry: StreamEntry;
  readonly event: DomainEvent;
  deliveries: number;
  /** Whether this delivery is counted in Redis. */
  isRecorded: boolean;
  retry: Timer | null;
}

/**
 * Decodes an entry. Sends it to the dead-letter stream and returns `null` if it is unreadable or was delivered too often. One of a newer format stays
 * in the group, for a consumer that can read it.
 */
export function readPendingEvent(
  entry: StreamEntry,
  type: string,
  { codecs, counters, failures, settings, report }: StreamSubscriptionOwner,
  acknowledger: StreamAcknowledger,
  isInGroup: boolean,
): PendingEvent | null {
  try {
    if (!entry.message) throw new TickmarkError('MALFORMED_INPUT', `Entry ${entry.id} holds no event.`);
    const { event } = codecs.decode(entry.message);
    if (event.type !== type) {
      const found = `Entry ${entry.id} of ${quote(type)} holds an event of ${quote(event.type)}.`;
      throw new TickmarkError('MALFORMED_INPUT', found);
    }
    const { deliveries } = entry;
    const isNew = deliveries === 1;
    if (deliveries <= settings.maxDeliveries)
      return { entry, event, deliveries, isRecorded: isNew, retry: null };
    acknowledger.deadLetter(
      entry,
      event.id,
      `delivered ${deliveries - 1} times to consumers that did not finish`,
    );
  } catch (error) {
    counters.malformed++;
    if (isInGroup && (error as TickmarkError).code === 'NEWER_FORMAT') {
      failures.report('Reading', type, error);
      return null;
    }
    report(error as TickmarkError);
    acknowledger.deadLetter(entry, null, `${(error as TickmarkError).code}: ${(error as Error).message}`);
  }
  return null;
}

/** Sends an event to the dead-letter stream, with the last error of its handler. */
export function deadLetterFailed(
  { entry, event, deliveries }: PendingEvent,
  error: unknown,
  acknowledger: StreamAcknowledger,
): void {
  const message = errorText(error).slice(0, 500);
  acknowledger.deadLetter({ ...entry, deliveries }, event.id, `HANDLER_FAILED: ${message}`);
}
