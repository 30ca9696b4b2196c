import type { PositionRow } from 'tickmark/client';
import type { Messages } from './messages-en.js';

/** A trading day of a calendar. */
export type Session = NonNullable<PositionRow['session']>;

type Row = Pick<PositionRow, 'session'>;

/** Which days have to be named beside figures of the day. */
export interface NamedDays {
  /** Each once, in the order of their dates; none where all are the reader's today. */
  readonly sessions: readonly Session[];
  /** Whether rows are of several days, or some of none, so that each names its own. */
  readonly differ: boolean;
}

/** The days that the figures of rows are about, unless a reader takes them for today anyway. @param today The reader's date, `YYYY-MM-DD`. */
export function namedDays(rows: readonly Row[], today: string): NamedDays {
  const days = new Map<string, Session>();
  for (const { session } of rows) if (session) days.set(`${session.date} ${session.label}`, session);
  const sessions = [...days.keys()].sort().map((key) => days.get(key)!);
  if (sessions.every(({ date }) => date === today)) return { sessions: [], differ: false };
  return { sessions, differ: sessions.length > 1 || rows.some(({ session }) => !session) };
}

/** A day in words: 27 Nov, US. */
export function dayText({ label, date }: Session, say: Pick<Messages, 'day'>, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  return say.day(label, format.format(new Date(`${date}T00:00:00Z`)));
}

/** Which days figures are about, in words; `undefined` without one. */
export function sessionsText(
  sessions: readonly Session[],
  say: Pick<Messages, 'day' | 'sessions'>,
  locale: string,
): string | undefined {
  if (sessions.length === 0) return undefined;
  return say.sessions(sessions.map((session) => dayText(session, say, locale)));
}

/** The date of a time where the reader is, `YYYY-MM-DD`. */
export function localDate(time: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}
