import type { PreviousClose } from '../../core/calendars/previous-closes.js';
import type { TradingCalendar } from '../../core/calendars/trading-calendar.js';
import { dateOf, dayOf } from '../../core/calendars/local-hours.js';
import { TickmarkError } from '../../core/errors.js';
import { checkOptions } from '../../core/options.js';
import { literalArray } from '../array-literal.js';
import type { Row } from '../drivers/postgres-client.js';
import { LONGEST_NAME, checkIdentifier } from '../table-names.js';

/** Names of the columns of a table of closes. One of `closedAt`, `closedAtMs` and `date` says which session a close is of. */
export interface PreviousCloseColumns {
  /** Text. Default `'symbol'`. */
  readonly symbol?: string;
  /** `numeric`, a float or text. A close without a price, or with `NaN` or an infinity, is passed over. Default `'price'`. */
  readonly price?: string;
  /** When the session closed, as `timestamptz`; a `timestamp` is read as UTC. Default `'closed_at'`, without the two below. */
  readonly closedAt?: string;
  /** When the session closed, as a number: ms since 1970. */
  readonly closedAtMs?: string;
  /** Date of the session, as `date`; needs the option `calendar`. */
  readonly date?: string;
  /** Text, or NULL. Default: none, so that a close is in the currency of the prices. */
  readonly currency?: string;
}

const COLUMNS = {
  symbol: 'string',
  price: 'string',
  closedAt: 'string',
  closedAtMs: 'string',
  date: 'string',
  currency: 'string',
} as const;
const TIMES = ['closedAt', 'closedAtMs', 'date'] as const;

/** How far back dates without a session are passed over: a close that is older counts nowhere. */
const SEARCHED_DAYS = 60;

/** The trading calendar of a symbol; `null`: it has none. */
export type CalendarOf = (symbol: string) => TradingCalendar | null | undefined;

/** What a call asks for: the parameters of the statement, or `null` if no row can answer it. */
type ParametersOf = (symbols: readonly string[], at: number) => string[] | null;

/** How a kind of column says when a session closed. */
interface TimeKind {
  /** What else is asked besides the symbol, and the condition on the column. */
  readonly asked: string;
  readonly isBefore: (column: string) => string;
  /** The time as text, and how it is read. */
  readonly shown: (column: string) => string;
  readonly closedAt: (text: string, symbol: string) => number | undefined;
  readonly parameters: ParametersOf;
}

/** The statement that loads the newest close of each symbol. */
export class PreviousCloseStatement {
  readonly text: string;
  readonly parameters: ParametersOf;
  readonly #closedAt: TimeKind['closedAt'];

  /**
   * @param table Schema-qualified and quoted.
   * @param where Name of the class in errors.
   * @throws TickmarkError `INVALID_ARGUMENT`.
   */
  constructor(
    table: string,
    columns: PreviousCloseColumns,
    calendarOf: CalendarOf | undefined,
    where: string,
  ) {
    const { symbol = 'symbol', price = 'price', currency } = columns;
    const time = timeOf(columns, calendarOf, where);
    const quoted = (name: string): string => `c."${name}"`;
    const { kind } = time;
    this.parameters = kind.parameters;
    this.#closedAt = kind.closedAt;
    const [priced, timed] = [quoted(price), quoted(time.column)];
    // For each symbol one look into an index on symbol and time, however many closes there are.
    this.text = `
SELECT asked.symbol, newest.* FROM ${kind.asked}, LATERAL (
  SELECT ${priced}::text, ${kind.shown(timed)}, ${currency === undefined ? 'NULL' : quoted(currency)}::text
  FROM ${table} c
  WHERE ${quoted(symbol)} = asked.symbol AND ${kind.isBefore(timed)}
    AND ${priced}::text NOT IN ('NaN', 'Infinity', '-Infinity')
  ORDER BY ${timed} DESC LIMIT 1
) newest`;
  }

  /** The closes of rows. A date without a session is of none. */
  closesOf(rows: readonly Row[]): PreviousClose[] {
    return rows.flatMap(([symbol, price, time, currency]) => {
      const closedAt = this.#closedAt(time!, symbol!);
      if (closedAt === undefined || !Number.isFinite(closedAt)) return [];
      return [{ symbol: symbol!, price: price!, closedAt, ...(currency != null && { currency }) }];
    });
  }
}

function timeOf(
  columns: PreviousCloseColumns,
  calendarOf: CalendarOf | undefined,
  where: string,
): { readonly column: string; readonly kind: TimeKind } {
  checkOptions(`${where}: columns`, columns, COLUMNS);
  for (const [name, column] of Object.entries(columns))
    if (column !== undefined) checkIdentifier(column, LONGEST_NAME, `${where}: columns.${name}`);
  const [given = 'closedAt', ...others] = TIMES.filter((name) => columns[name] !== undefined);
  const refuse = (message: string): never => {
    throw new TickmarkError('INVALID_ARGUMENT', `${where}: ${message}`);
  };
  if (others.length > 0) refuse(`columns: expected one of ${TIMES.join(', ')}, got ${others.length + 1}.`);
  if (given === 'date' && !calendarOf)
    refuse('columns.date needs a calendar, which says when the session of a date closed.');
  if (given !== 'date' && calendarOf) refuse('calendar is for columns.date only.');
  const column = columns[given] ?? 'closed_at';
  const kind = given === 'date' ? datesOf(calendarOf!) : given === 'closedAt' ? TIMESTAMPS : MILLISECONDS;
  return { column, kind };
}

const SYMBOLS = 'unnest($1::text[]) AS asked (symbol)';

const TIMESTAMPS: TimeKind = {
  asked: SYMBOLS,
  // Without a cast the parameter is of the type of the column, so that the zone of the session plays no part.
  isBefore: (column) => `${column} <= $2`,
  shown: (column) => `extract(epoch FROM ${column})::text`,
  closedAt: (seconds) => Math.round(Number(seconds) * 1000),
  parameters: (symbols, at) => [literalArray(symbols), new Date(at).toISOString()],
};

const MILLISECONDS: TimeKind = {
  asked: SYMBOLS,
  isBefore: (column) => `${column} <= $2::bigint`,
  shown: (column) => `${column}::text`,
  closedAt: Number,
  parameters: (symbols, at) => [literalArray(symbols), String(Math.floor(at))],
};

function datesOf(calendarOf: CalendarOf): TimeKind {
  return {
    asked: 'unnest($1::text[], $2::date[], $3::text[]) AS asked (symbol, date, without_session)',
    // A table may have a row for each day: that of a holiday must not hide the close before it.
    isBefore: (column) => `${column} <= asked.date AND ${column} <> ALL (asked.without_session::date[])`,
    shown: (column) => `to_char(${column}, 'YYYY-MM-DD')`,
    closedAt: (date, symbol) => calendarOf(symbol)?.session(date)?.closesAt,
    parameters: (symbols, at) => {
      // Most symbols share a few calendars.
      const datesByCalendar = new Map<TradingCalendar, AskedDates | null>();
      const asked = symbols.flatMap((symbol) => {
        const calendar = calendarOf(symbol);
        if (!calendar) return [];
        let dates = datesByCalendar.get(calendar);
        if (dates === undefined) datesByCalendar.set(calendar, (dates = askedDates(calendar, at)));
        return dates ? [{ symbol, ...dates }] : [];
      });
      if (asked.length === 0) return null;
      return [
        literalArray(asked.map(({ symbol }) => symbol)),
        literalArray(asked.map(({ date }) => date)),
        literalArray(asked.map(({ withoutSession }) => withoutSession)),
      ];
    },
  };
}

/** The dates of which a close may be. */
interface AskedDates {
  /** That of the last session that has closed. */
  readonly date: string;
  /** Dates before it that have no session, as an array literal. */
  readonly withoutSession: string;
}

function askedDates(calendar: TradingCalendar, at: number): AskedDates | null {
  const date = lastClosed(calendar, at);
  if (date === undefined) return null;
  const last = dayOf('date of a session', date);
  const before = Array.from({ length: SEARCHED_DAYS }, (_, days) => dateOf(last - 1 - days));
  return { date, withoutSession: literalArray(before.filter((each) => !calendar.session(each))) };
}

/** Date of the last session that has closed at a time; `undefined` where the calendar does not cover it. */
function lastClosed(calendar: TradingCalendar, at: number): string | undefined {
  const session = calendar.sessionAt(at);
  if (!session || session.closesAt <= at) return session?.date;
  return calendar.previousSession(session)?.date;
}
