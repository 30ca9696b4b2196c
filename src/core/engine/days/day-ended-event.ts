import type { DayResult } from '../../calendars/day-store.js';
import type { DomainEvent, EventType } from '../../messaging/event-bus.js';

/**
 * A trading day has ended, and this is what portfolios earned on it. Published once for each set of portfolios when the day is over, and again where an
 * official close (`officialCloses` of a result is higher then) or a late booking restates it: the last result of a portfolio, calendar and date counts.
 *
 * @example
 * ```ts
 * import { DAY_ENDED, InMemoryEventBus } from 'tickmark';
 *
 * const bus = new InMemoryEventBus();
 * bus.subscribe(DAY_ENDED, ({ label, date, results }) => {
 *   for (const { portfolioId, pnl, currency } of results)
 *     console.log(`${portfolioId}: ${pnl?.toString() ?? 'unknown'} ${currency} on ${date}, ${label}`);
 * });
 * ```
 */
export interface DayEndedEvent extends DomainEvent {
  readonly type: typeof DAY_ENDED;
  /** Name of the calendar, or `cash`. */
  readonly calendar: string;
  /** Short name of the calendar to show, such as `US`; `calendar` itself for `cash`, and in a message of an older version. */
  readonly label: string;
  /** Date of the session, `YYYY-MM-DD`. */
  readonly date: string;
  /** When the day ended, ms since 1970. */
  readonly endedAt: number;
  /** At least one; of portfolios that have something of this calendar. */
  readonly results: readonly DayResult[];
}

/** Type of {@link DayEndedEvent}. */
export const DAY_ENDED: EventType<DayEndedEvent> = 'tickmark.day-ended';
