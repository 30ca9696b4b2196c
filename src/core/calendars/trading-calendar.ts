import { invalidArgument, quote } from '../errors.js';
import { keepRaw } from '../keep-raw.js';
import { dateOf, dayOf, type LocalHours, type TradingWeek } from './local-hours.js';
import { SessionPlan } from './session-plan.js';
import { SessionYears } from './session-years.js';
import {
  FIRST_YEAR,
  LAST_YEAR,
  completeCalendar,
  type TradingCalendarData,
  type TradingCalendarInput,
} from './trading-calendar-input.js';
import type { TradingSession } from './trading-session.js';

/** How long after a close a time is still read as that close, where the next session opens at once. */
const CLOSE_GRACE_MS = 30 * 60_000;
const DAY_MS = 86_400_000;
/** The last one that a date can be. */
const LAST_TIME = 8.64e15;

/**
 * When a market trades, and which trading day a moment belongs to. Immutable. All times are ms since 1970; clock changes of the zone are those of the
 * platform. Outside of the years that it covers it answers `null`: what is not known is neither open nor closed.
 *
 * @example
 * ```ts
 * import { TradingCalendar, usEquities } from 'tickmark/calendars';
 *
 * const saturday = Date.parse('2026-11-28T12:00:00Z');
 * usEquities.sessionAt(saturday)?.date; // '2026-11-27': Friday, a half day
 * usEquities.isOpen(saturday); // false
 *
 * const ours = TradingCalendar.of({ name: 'us-equities, ours', extends: usEquities, holidays: ['2027-03-01'] });
 * ours.session('2027-03-01'); // null
 * ```
 */
export class TradingCalendar implements TradingCalendarData {
  static {
    keepRaw(this);
  }

  readonly name: string;
  /** Short name to show. */
  readonly label: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly trading: TradingWeek;
  /** Hours of the past, by the date before which they were in force. */
  readonly tradingBefore: Readonly<Record<string, TradingWeek>>;
  /** A local time, or `previous-close`. */
  readonly dayStartsAt: string;
  /** In their order. */
  readonly holidays: readonly string[];
  readonly specialDays: Readonly<Record<string, LocalHours>>;
  /** First year that is covered; `null`: no first one. */
  readonly firstYear: number | null;
  /** Last year that is covered; `null`: for good. */
  readonly lastYear: number | null;
  /** Where the dates come from; `null`: not said. */
  readonly source: string | null;

  readonly #plan: SessionPlan;
  readonly #years: SessionYears;
  #recent: TradingSession | null = null;

  private constructor(input: TradingCalendarInput) {
    const complete = completeCalendar(input);
    this.name = complete.name;
    this.label = complete.label;
    this.timeZone = complete.timeZone;
    this.trading = complete.trading;
    this.tradingBefore = complete.tradingBefore;
    this.dayStartsAt = complete.dayStartsAt;
    this.holidays = complete.holidays;
    this.specialDays = complete.specialDays;
    this.firstYear = complete.firstYear;
    this.lastYear = complete.lastYear;
    this.source = complete.source;
    this.#plan = new SessionPlan(`TradingCalendar ${quote(this.name)}`, complete);
    this.#years = new SessionYears(this.name, this.timeZone, this.#plan, {
      first: this.firstYear ?? FIRST_YEAR,
      last: this.lastYear ?? LAST_YEAR,
    });
    Object.freeze(this);
  }

  /**
   * Checks a calendar and fills in its defaults.
   * @throws TickmarkError `INVALID_ARGUMENT` for an unknown field, zone, date or time, for hours that overlap, a day that begins within a session, a date
   * that is listed twice or lies outside of the covered years, and holidays without saying which years they cover.
   */
  static of(input: TradingCalendarInput | TradingCalendar): TradingCalendar {
    return input instanceof TradingCalendar ? input : new TradingCalendar(input);
  }

  /** Whether the calendar knows the trading day of a time. */
  covers(at: number): boolean {
    return this.sessionAt(at) !== null;
  }

  /**
   * The session whose trading day contains a time: after its `startsAt`, up to and including its `endsAt`. Days follow each other without a gap. `null` outside of
   * the covered years.
   */
  sessionAt(at: number): TradingSession | null {
    // Asked for each symbol, mostly about now.
    const recent = this.#recent;
    if (recent !== null && at > recent.startsAt && at <= recent.endsAt) return recent;
    const found = this.#years.at(at);
    if (found) this.#recent = found;
    return found;
  }

  /** The session of a date, `YYYY-MM-DD`; `null` if there is none, or outside of the covered years. @throws TickmarkError `INVALID_ARGUMENT` for what is no date. */
  session(date: string): TradingSession | null {
    dayOf(`TradingCalendar ${quote(this.name)}: session`, date);
    return this.#years.on(date);
  }

  /** The session before another one; `null` outside of the covered years. @throws TickmarkError `INVALID_ARGUMENT` for a session of another calendar. */
  previousSession(session: TradingSession): TradingSession | null {
    return this.#years.beside(this.#own(session), -1);
  }

  /** The session after another one; `null` outside of the covered years. @throws TickmarkError `INVALID_ARGUMENT` for a session of another calendar. */
  nextSession(session: TradingSession): TradingSession | null {
    return this.#years.beside(this.#own(session), 1);
  }

  /** Whether the market is open for continuous trading: from `opensAt` until before `closesAt`, without breaks. `null` outside of the covered years. */
  isOpen(at: number): boolean | null {
    const session = this.sessionAt(at);
    if (!session) return null;
    // The moment at which a day ends may be that at which the next session opens.
    if (at === session.endsAt && at >= session.closesAt) return this.nextSession(session)?.opensAt === at;
    return (
      at >= session.opensAt &&
      at < session.closesAt &&
      !session.breaks.some(({ from, to }) => at >= from && at < to)
    );
  }

  /** When the market opens or closes next, after a time, breaks included. `null` if it does not within the covered years, as in a market that never closes; the last session that is covered closes. */
  nextChange(at: number): number | null {
    for (let session = this.sessionAt(at); session; session = this.nextSession(session)) {
      const edges = [
        session.opensAt,
        ...session.breaks.flatMap(({ from, to }) => [from, to]),
        session.closesAt,
      ];
      const change = edges.find((edge) => edge > at && this.isOpen(edge) !== this.#wasOpen(edge, session));
      if (change !== undefined) return change;
      if (this.#plan.isUnbroken && session.date > this.#plan.lastException) {
        const lastClose = this.lastYear === null ? -Infinity : this.#years.of(this.lastYear).at(-1)!.closesAt;
        return lastClose > at ? lastClose : null;
      }
    }
    return null;
  }

  /**
   * The session that a close dated `at` belongs to, by the first rule that applies:
   *
   * 1. A time at which a session closes means that session.
   * 2. A time that is exactly 00:00 UTC means the session of that date, if there is one: daily bars are dated so.
   * 3. A time from a close until before the next opening means the session that closed: closing auctions, local midnight after it, a weekend. Where the next
   *    session opens at once, as in FX, within 30 minutes.
   *
   * `null` for any other time, at which the market trades and nothing has closed, and outside of the covered years. Where local midnight is 00:00 UTC, as in London in
   * winter, rule 2 reads it as the date that begins.
   */
  sessionOfClose(at: number): TradingSession | null {
    const current = this.sessionAt(at);
    if (at === current?.closesAt) return current;
    const named = at % DAY_MS === 0 && Math.abs(at) <= LAST_TIME ? this.#years.on(dateOf(at / DAY_MS)) : null;
    if (named || !current) return named;
    if (at > current.closesAt) return current;
    const before = this.previousSession(current);
    const isAfterPrevious = before && (at < current.opensAt || at <= before.closesAt + CLOSE_GRACE_MS);
    return isAfterPrevious ? before : null;
  }

  #own(session: TradingSession): TradingSession {
    const where = `TradingCalendar ${quote(this.name)}`;
    if (session?.calendar !== this.name)
      throw invalidArgument(where, session?.calendar, 'a session of its own');
    return session;
  }

  /** Whether the market is open just before an edge of a session. */
  #wasOpen(edge: number, session: TradingSession): boolean {
    if (edge > session.opensAt) return !session.breaks.some(({ to }) => to === edge);
    return this.previousSession(session)?.closesAt === edge;
  }
}
