import { ofWallClock } from '../iso-time.js';
import { DAY_MINUTES, dateOf } from './local-hours.js';
import type { SessionPlan } from './session-plan.js';
import type { TradingBreak, TradingSession } from './trading-session.js';

/** A session without its day, which depends on its neighbours. */
interface Draft {
  /** Days since 1970. */
  readonly day: number;
  readonly session: Omit<TradingSession, 'startsAt' | 'endsAt'>;
}

export interface CoveredYears {
  readonly first: number;
  readonly last: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A process asks for a few years; a sweep over all of time must not keep them. */
const MOST_YEARS = 200;

const firstDay = (year: number): number => Date.UTC(year, 0, 1) / DAY_MS;

/** The sessions of a calendar, made year by year when they are asked for. */
export class SessionYears {
  readonly #calendar: string;
  readonly #zone: string;
  readonly #plan: SessionPlan;
  readonly #covered: CoveredYears;
  readonly #drafts = new Map<number, readonly Draft[]>();
  readonly #years = new Map<number, readonly TradingSession[]>();

  constructor(calendar: string, zone: string, plan: SessionPlan, covered: CoveredYears) {
    this.#calendar = calendar;
    this.#zone = zone;
    this.#plan = plan;
    this.#covered = covered;
  }

  /** The session in whose day a time lies; `null` outside of the covered years. */
  at(time: number): TradingSession | null {
    let year = new Date(time).getUTCFullYear();
    // Not a time, or beyond what a date can be.
    if (Number.isNaN(year)) return null;
    const { first, last } = this.#covered;
    year = Math.min(Math.max(year, first), last);
    // A day may begin in the year before its session's date.
    const latest = this.of(year).at(-1);
    if (year < last && (!latest || time > latest.endsAt)) year++;
    for (; year >= first; year--) {
      const sessions = this.of(year);
      if (sessions.length > 0 && time > sessions[0]!.startsAt) return lastStarted(sessions, time);
    }
    return null;
  }

  /** The session of a date; `null` if there is none. */
  on(date: string): TradingSession | null {
    const year = Number(date.slice(0, 4));
    if (year < this.#covered.first || year > this.#covered.last) return null;
    const sessions = this.of(year);
    const found = sessions[indexOf(sessions, date)];
    return found?.date === date ? found : null;
  }

  /** The session before or after another one; `null` outside of the covered years. */
  beside({ date }: TradingSession, step: 1 | -1): TradingSession | null {
    let year = Number(date.slice(0, 4));
    let sessions = this.of(year);
    const neighbour = sessions[indexOf(sessions, date) + step];
    if (neighbour) return neighbour;
    const { first, last } = this.#covered;
    for (year += step; year >= first && year <= last; year += step) {
      sessions = this.of(year);
      const found = step === 1 ? sessions[0] : sessions.at(-1);
      if (found) return found;
    }
    return null;
  }

  /** The sessions whose dates are in a covered year, in their order. */
  of(year: number): readonly TradingSession[] {
    let sessions = this.#years.get(year);
    if (!sessions) {
      if (this.#years.size >= MOST_YEARS) this.#years.clear();
      this.#years.set(year, (sessions = this.#make(year)));
    }
    return sessions;
  }

  #make(year: number): readonly TradingSession[] {
    const drafts = this.#draftsOf(year);
    return drafts.map((draft, at) => {
      const after = drafts[at + 1] ?? this.#nearest(year, 1);
      const startsAt = this.#startOf(draft, drafts[at - 1] ?? this.#nearest(year, -1));
      const endsAt = after ? this.#startOf(after, draft) : this.#end(draft.session.closesAt);
      return Object.freeze({ ...draft.session, startsAt, endsAt });
    });
  }

  #nearest(year: number, step: 1 | -1): Draft | undefined {
    const { first, last } = this.#covered;
    for (let at = year + step; at >= first && at <= last; at += step) {
      const drafts = this.#draftsOf(at);
      if (drafts.length > 0) return step === 1 ? drafts[0] : drafts.at(-1);
    }
    return undefined;
  }

  #startOf({ day, session }: Draft, before: Draft | undefined): number {
    const { dayStart } = this.#plan;
    if (dayStart !== null) return this.#instant(day, dayStart);
    // What the first session follows is not known: its day begins with the year.
    if (before) return before.session.closesAt;
    return Math.min(session.opensAt, this.#instant(firstDay(this.#covered.first), 0));
  }

  /** Where the covered years end. */
  #end(closesAt: number): number {
    const { dayStart } = this.#plan;
    if (dayStart === null) return closesAt;
    return Math.max(closesAt, this.#instant(firstDay(this.#covered.last + 1), dayStart));
  }

  #draftsOf(year: number): readonly Draft[] {
    let drafts = this.#drafts.get(year);
    if (!drafts) {
      if (this.#drafts.size >= MOST_YEARS) this.#drafts.clear();
      const days = Array.from(
        { length: firstDay(year + 1) - firstDay(year) },
        (_, at) => firstDay(year) + at,
      );
      this.#drafts.set(year, (drafts = days.flatMap((day) => this.#draft(day) ?? [])));
    }
    return drafts;
  }

  #draft(day: number): Draft | undefined {
    const hours = this.#plan.hoursOn(day);
    if (!hours) return undefined;
    const breaks: TradingBreak[] = [];
    for (let at = 1; at < hours.periods.length; at++) {
      const from = this.#instant(day, hours.periods[at - 1]![1]);
      const to = this.#instant(day, hours.periods[at]![0]);
      // Clocks may skip all of a break.
      if (from < to) breaks.push(Object.freeze({ from, to }));
    }
    const session = {
      calendar: this.#calendar,
      date: dateOf(day),
      opensAt: this.#instant(day, hours.opens),
      closesAt: this.#instant(day, hours.closes),
      breaks: Object.freeze(breaks),
      isShortened: this.#plan.isShortened(day),
    };
    return { day, session };
  }

  #instant(day: number, minutes: number): number {
    return ofWallClock((day * DAY_MINUTES + minutes) * MINUTE_MS, this.#zone);
  }
}

/** The last session whose day begins before a time, if the time is in that day. */
function lastStarted(sessions: readonly TradingSession[], time: number): TradingSession | null {
  let [low, high] = [0, sessions.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sessions[middle]!.startsAt < time) low = middle;
    else high = middle;
  }
  const found = sessions[low]!;
  return time <= found.endsAt ? found : null;
}

/** The place of a date in a year's sessions, or of the last one before it. */
function indexOf(sessions: readonly TradingSession[], date: string): number {
  let [low, high] = [0, sessions.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sessions[middle]!.date <= date) low = middle;
    else high = middle;
  }
  return low;
}
