import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { isTimeZone } from '../iso-time.js';
import { checkNumber, checkOptions, type OptionShapes } from '../options.js';
import { dayOf, type LocalHours, type TradingWeek } from './local-hours.js';
import type { SessionPlanInput } from './session-plan.js';

/** A trading calendar, as it is written down. */
export interface TradingCalendarInput {
  /** Name, such as `us-equities`; 1 to 64 characters. It is the `calendar` of each session. */
  readonly name: string;
  /** Short name to show, such as `US`; 1 to 32 characters. Default: that of `extends`, or `name`. */
  readonly label?: string;
  /** IANA time zone of all times, such as `America/New_York`. Needed without `extends`. */
  readonly timeZone?: string;
  /** Trading hours of a week. A weekday that is left out has no session. Needed without `extends`. */
  readonly trading?: TradingWeek;
  /**
   * Trading hours of the past: `{ '2024-11-05': week }` for those that were in force before 5 November 2024. Default: that of `extends`, unless
   * `trading` is given; else none.
   */
  readonly tradingBefore?: Readonly<Record<string, TradingWeek>>;
  /**
   * When the trading day of a session begins: a local time, `'00:00'` for midnight as its date begins, or `'previous-close'` for the moment when the
   * session before closes, as in FX. Trading on the day before needs a time such as `'-1 17:00'`, or `'previous-close'`. Default: that of `extends`, or `'00:00'`.
   */
  readonly dayStartsAt?: string;
  /** Dates without a session, besides the weekdays without hours, in addition to those of `extends`. Default: none. */
  readonly holidays?: readonly string[];
  /**
   * Hours of single dates: half days, late openings, a session on a Saturday. They replace those of `extends`, and open one of its holidays. Default: none.
   */
  readonly specialDays?: Readonly<Record<string, LocalHours>>;
  /** First year of which all dates are known, from 1900; `null`: no first one. Needed with `holidays` or `specialDays`, unless `extends` has it. Default: that of `extends`, or `null`. */
  readonly firstYear?: number | null;
  /** Last year of which all dates are known; `null`: for good. Needed with `holidays` or `specialDays`, unless `extends` has it. Default: that of `extends`, or `null`. */
  readonly lastYear?: number | null;
  /** Where the dates come from. Default: that of `extends`, or `null`. */
  readonly source?: string;
  /** A calendar that this one is made from. */
  readonly extends?: TradingCalendarData;
}

/** What is known of a calendar, with nothing left out: each `TradingCalendar` has it. */
export interface TradingCalendarData extends SessionPlanInput {
  /** Name, such as `us-equities`. */
  readonly name: string;
  /** Short name to show. */
  readonly label: string;
  /** IANA name. */
  readonly timeZone: string;
  /** First year that is covered; `null`: no first one. */
  readonly firstYear: number | null;
  /** Last year that is covered; `null`: for good. */
  readonly lastYear: number | null;
  /** Where the dates come from; `null`: not said. */
  readonly source: string | null;
}

export const FIRST_YEAR = 1900;
export const LAST_YEAR = 9999;

const SHAPES: OptionShapes<TradingCalendarInput> = {
  name: true,
  label: true,
  timeZone: true,
  trading: true,
  tradingBefore: true,
  dayStartsAt: 'string',
  holidays: true,
  specialDays: true,
  firstYear: true,
  lastYear: true,
  source: 'string',
  extends: { what: 'a TradingCalendar', methods: [] },
};

/** Fills in what is left out, and freezes it. Hours and times are checked by the plan that is made of it. @throws TickmarkError `INVALID_ARGUMENT`. */
export function completeCalendar(input: TradingCalendarInput): TradingCalendarData {
  checkOptions('TradingCalendar', input, SHAPES);
  const name = textOf('TradingCalendar: name', input.name, 64);
  const where = `TradingCalendar ${quote(name)}`;
  const { extends: base, timeZone = base?.timeZone, trading = base?.trading } = input;
  if (!isTimeZone(timeZone))
    throw invalidArgument(`${where}: timeZone`, timeZone, 'a time zone such as America/New_York');
  if (trading === undefined)
    throw invalidArgument(
      `${where}: trading`,
      trading,
      'hours by weekday, such as { monday: [["09:30", "16:00"]] }',
    );
  const own = {
    holidays: datesOf(`${where}: holidays`, input.holidays),
    specialDays: recordOf(`${where}: specialDays`, input.specialDays),
  };
  const years = yearsOf(where, input, own);
  const inherited =
    base?.holidays.filter((date) => isCovered(date, years) && !(date in own.specialDays)) ?? [];
  const special = Object.entries(base?.specialDays ?? {}).filter(
    ([date]) => isCovered(date, years) && !own.holidays.includes(date),
  );
  const past = input.trading === undefined ? base?.tradingBefore : undefined;
  return frozen({
    name,
    label: textOf(`${where}: label`, input.label ?? base?.label ?? name.slice(0, 32), 32),
    timeZone,
    trading,
    tradingBefore: recordOf(`${where}: tradingBefore`, input.tradingBefore ?? past),
    dayStartsAt: input.dayStartsAt ?? base?.dayStartsAt ?? '00:00',
    holidays: [...new Set([...inherited, ...own.holidays])].sort(),
    specialDays: { ...Object.fromEntries(special), ...own.specialDays },
    ...years,
    source: input.source ?? base?.source ?? null,
  });
}

type Years = Pick<TradingCalendarData, 'firstYear' | 'lastYear'>;

const isCovered = (date: string, { firstYear, lastYear }: Years): boolean => {
  const year = Number(date.slice(0, 4));
  return year >= (firstYear ?? FIRST_YEAR) && year <= (lastYear ?? LAST_YEAR);
};

function yearsOf(
  where: string,
  input: TradingCalendarInput,
  own: Pick<SessionPlanInput, 'holidays' | 'specialDays'>,
): Years {
  const dates = [...own.holidays, ...Object.keys(own.specialDays)];
  const { extends: base, firstYear = base?.firstYear, lastYear = base?.lastYear } = input;
  for (const [name, year] of Object.entries({ firstYear, lastYear })) {
    if (year === undefined && dates.length > 0)
      throw invalidArgument(
        `${where}: ${name}`,
        year,
        'a year, or null, as there are holidays or special days',
      );
    if (year !== undefined && year !== null)
      checkNumber(`${where}: ${name}`, year, { from: FIRST_YEAR, to: LAST_YEAR, isWhole: true });
  }
  const years = { firstYear: firstYear ?? null, lastYear: lastYear ?? null };
  if (years.firstYear !== null && years.lastYear !== null && years.firstYear > years.lastYear)
    throw invalidArgument(`${where}: lastYear`, lastYear, `a year from ${firstYear}`);
  for (const date of dates) {
    dayOf(where, date);
    if (!isCovered(date, years))
      throw invalidArgument(`${where}: holidays and specialDays`, date, 'a date from firstYear to lastYear');
    if (own.holidays.includes(date) && date in own.specialDays)
      throw new TickmarkError('INVALID_ARGUMENT', `${where}: ${date} is a holiday and a special day.`);
  }
  return years;
}

function datesOf(where: string, given: readonly string[] | undefined): readonly string[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw invalidArgument(where, given, 'a list of dates, such as ["2026-12-25"]');
  const dates = given as readonly string[];
  const twice = dates.find((date, at) => dates.indexOf(date) !== at);
  if (twice !== undefined)
    throw new TickmarkError('INVALID_ARGUMENT', `${where}: ${quote(twice)} is listed twice.`);
  return dates;
}

function recordOf<Value>(
  where: string,
  given: Readonly<Record<string, Value>> | undefined,
): Readonly<Record<string, Value>> {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidArgument(where, given, 'an object by date');
  return given;
}

function textOf(where: string, given: unknown, longest: number): string {
  if (typeof given === 'string' && given.trim() !== '' && given.length <= longest) return given;
  throw invalidArgument(where, given, `a string of 1 to ${longest} characters`);
}

/** A frozen copy, all the way down. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  const copy = Array.isArray(value)
    ? (value as unknown[]).map(frozen)
    : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, frozen<unknown>(each)]));
  return Object.freeze(copy) as Value;
}
