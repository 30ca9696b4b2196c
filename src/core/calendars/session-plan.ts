import { TickmarkError, invalidArgument, quote } from '../errors.js';
import {
  DAY_MINUTES,
  WEEKDAYS,
  dateOf,
  dayOf,
  hoursOf,
  minutesOf,
  weekdayOf,
  type LocalHours,
  type SessionHours,
  type TradingWeek,
} from './local-hours.js';
import { checkNames } from '../option-names.js';

/** What of a calendar says when its sessions are. */
export interface SessionPlanInput {
  /** Hours of a week. */
  readonly trading: TradingWeek;
  /** Hours of the past, by the date before which they were in force. */
  readonly tradingBefore: Readonly<Record<string, TradingWeek>>;
  /** When the trading day of a session begins: a local time, or `previous-close`. */
  readonly dayStartsAt: string;
  /** Dates without a session, besides the weekdays without hours. */
  readonly holidays: readonly string[];
  /** Hours of single dates. */
  readonly specialDays: Readonly<Record<string, LocalHours>>;
}

/** `dayStartsAt` of markets whose day ends when the session does. */
export const AT_PREVIOUS_CLOSE = 'previous-close';

type Week = ReadonlyArray<SessionHours | undefined>;

/** How far a neighbouring session is searched for: no market is closed for longer. */
const LONGEST_PAUSE_DAYS = 60;

/** Which dates have a session, and its hours, in local time. Nothing here knows of zones: days are numbered since 1970, times are minutes since the date began. */
export class SessionPlan {
  /** When a day begins, in minutes since the session's date began; `null`: when the session before closes. */
  readonly dayStart: number | null;
  /** The last date that is not as every week; empty: all are. */
  readonly lastException: string;
  /** Whether the market is open all the time, apart from exceptions. */
  readonly isUnbroken: boolean;

  readonly #week: Week;
  /** Weeks of the past, latest first, each with the day before which it was in force. */
  readonly #pastWeeks: ReadonlyArray<readonly [before: number, week: Week]>;
  readonly #holidays: ReadonlySet<number>;
  readonly #special: ReadonlyMap<number, SessionHours>;

  /** @throws TickmarkError `INVALID_ARGUMENT`. */
  constructor(where: string, input: SessionPlanInput) {
    this.#week = weekOf(`${where}: trading`, input.trading);
    this.#pastWeeks = Object.entries(input.tradingBefore)
      .map(([date, week]) => {
        const at = `${where}: tradingBefore`;
        return [dayOf(at, date), weekOf(`${at}: ${quote(date)}`, week)] as const;
      })
      .sort(([one], [other]) => other - one);
    this.dayStart =
      input.dayStartsAt === AT_PREVIOUS_CLOSE ? null : minutesOf(`${where}: dayStartsAt`, input.dayStartsAt);
    this.#holidays = new Set(input.holidays.map((date) => dayOf(`${where}: holidays`, date)));
    this.#special = new Map(
      Object.entries(input.specialDays).map(([date, hours]) => [
        dayOf(`${where}: specialDays`, date),
        hoursOf(`${where}: specialDays: ${quote(date)}`, hours),
      ]),
    );
    const exceptions = [...this.#holidays, ...this.#special.keys(), ...this.#pastWeeks.map(([day]) => day)];
    this.lastException = exceptions.map(dateOf).sort().at(-1) ?? '';
    this.isUnbroken = this.#week.every((hours, weekday) => {
      const next = this.#week[(weekday + 1) % 7];
      return hours?.periods.length === 1 && next !== undefined && hours.closes === DAY_MINUTES + next.opens;
    });
    this.#checkOrder(where);
  }

  /** Hours of the session of a date; `undefined`: none. */
  hoursOn(day: number): SessionHours | undefined {
    return this.#special.get(day) ?? (this.#holidays.has(day) ? undefined : this.#usualHours(day));
  }

  isShortened(day: number): boolean {
    const [hours, usual] = [this.#special.get(day), this.#usualHours(day)];
    return (
      hours !== undefined && usual !== undefined && (hours.closes < usual.closes || hours.total < usual.total)
    );
  }

  #usualHours(day: number): SessionHours | undefined {
    let week = this.#week;
    for (const [before, past] of this.#pastWeeks) if (day < before) week = past;
    return week[weekdayOf(day)];
  }

  // Refuses sessions that overlap, and days that begin within a session. Comparing local times is enough: `ofWallClock()` keeps their order.
  #checkOrder(where: string): void {
    for (const week of [this.#week, ...this.#pastWeeks.map(([, past]) => past)]) {
      const days = Array.from({ length: 14 }, (_, day) => [day, week[day % 7]] as const);
      const sessions = days.filter((entry): entry is [number, SessionHours] => entry[1] !== undefined);
      for (let at = 1; at < sessions.length; at++)
        this.#checkPair(where, sessions[at - 1]!, sessions[at]!, (day) => WEEKDAYS[day % 7]!);
    }
    for (const day of [...this.#special.keys(), ...this.#pastWeeks.map(([before]) => before)]) {
      const [before, after] = [this.#near(day, -1), this.#near(day, 1)];
      const hours = this.hoursOn(day);
      if (hours && before) this.#checkPair(where, before, [day, hours], dateOf);
      if (hours && after) this.#checkPair(where, [day, hours], after, dateOf);
      if (!hours && before && after) this.#checkPair(where, before, after, dateOf);
    }
  }

  #near(day: number, step: 1 | -1): [number, SessionHours] | undefined {
    for (let at = 1; at <= LONGEST_PAUSE_DAYS; at++) {
      const hours = this.hoursOn(day + at * step);
      if (hours) return [day + at * step, hours];
    }
    return undefined;
  }

  #checkPair(
    where: string,
    [day, hours]: [number, SessionHours],
    [nextDay, next]: [number, SessionHours],
    nameOf: (day: number) => string,
  ): void {
    const closes = day * DAY_MINUTES + hours.closes;
    const opens = nextDay * DAY_MINUTES + next.opens;
    const starts = this.dayStart === null ? closes : nextDay * DAY_MINUTES + this.dayStart;
    if (closes <= starts && starts <= opens) return;
    const what =
      closes > opens
        ? 'opens before the session before it closes'
        : starts > opens
          ? 'opens before its day begins'
          : 'begins its day before the session before it closes';
    const message = `${where}: the session of ${nameOf(nextDay)} ${what} (${nameOf(day)}); change its hours or dayStartsAt.`;
    throw new TickmarkError('INVALID_ARGUMENT', message);
  }
}

function weekOf(where: string, given: TradingWeek): Week {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidArgument(where, given, 'hours by weekday, such as { monday: [["09:30", "16:00"]] }');
  checkNames(where, 'field', given, Object.fromEntries(WEEKDAYS.map((name) => [name, true])));
  const week = WEEKDAYS.map((name) =>
    given[name] === undefined ? undefined : hoursOf(`${where}: ${name}`, given[name]),
  );
  if (week.every((hours) => hours === undefined)) throw invalidArgument(where, given, 'at least one weekday');
  return week;
}
