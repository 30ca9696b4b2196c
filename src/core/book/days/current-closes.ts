import { closeCountsAfter, closeCountsUntil, sessionBefore } from '../../calendars/close-dates.js';
import type { DayClose } from '../../calendars/day-store.js';
import type { TradingCalendar } from '../../calendars/trading-calendar.js';
import type { TradingSession } from '../../calendars/trading-session.js';
import { TickmarkError, quote } from '../../errors.js';
import type { Decimal } from '../../money/decimal.js';
import { readScaled, type ScaledNumber, type ScaledNumberFault } from '../../money/scaled-number.js';
import type { PriceDetails } from '../../prices/price-update.js';
import { closeIn, type GivenClose, type LatestPrices } from '../latest-prices.js';
import type { DayEnd, DayEnds } from './day-ends.js';

/** A previous close, and since when trades are of today. */
export interface CurrentClose {
  /** `null`: unknown, or of an earlier session than the previous one. */
  readonly price: Decimal | null;
  /** ms since 1970. */
  readonly at: number;
  readonly accrued: Decimal | null;
  /** Currency of the price; `undefined`: that of the symbol's prices. */
  readonly currency: string | undefined;
  /** ms since 1970: splits until then are in the price. What was recorded is in units of its day. */
  readonly unitsAt: number;
  /** The end of the previous day, which has its rates; `undefined`: not recorded. */
  readonly end: DayEnd | undefined;
}

/** A day that has ended, and the symbols of its calendar. */
export interface EndedDay {
  readonly calendar: TradingCalendar;
  readonly session: TradingSession;
  /** Numbers of the symbols that were asked for. */
  readonly symbolIds: ReadonlySet<number>;
}

/** After when, and until when, a close counts as the previous one, ms since 1970. */
interface CloseSpan {
  readonly after: number;
  readonly until: number;
}

const NEVER: CloseSpan = { after: -Infinity, until: -Infinity };
const ALWAYS: CloseSpan = { after: -Infinity, until: Infinity };

/** A close that counts until the one that has replaced it does. */
interface KeptClose extends GivenClose {
  /** ms since 1970: splits until then are in the price. */
  readonly unitsAt: number;
  /** ms since 1970. */
  readonly until: number;
}

interface WatchedDay {
  session: TradingSession | null;
  readonly symbolIds: Set<number>;
}

/** Which previous closes count now: that of the session before a symbol's trading day, and no older one. */
export class CurrentCloses {
  readonly #prices: LatestPrices;
  readonly #symbolOf: (symbolId: number) => string;
  readonly #calendarOf: (symbolId: number) => TradingCalendar | null;
  readonly #ends: DayEnds;
  readonly #report: (error: TickmarkError) => void;
  /** When the close of a price counts, by symbol number; `undefined`: to be found. */
  readonly #spans: Array<CloseSpan | undefined> = [];
  /** The days of the calendars that were asked for. */
  readonly #days = new Map<TradingCalendar, WatchedDay>();
  /** Numbers of the symbols without a calendar whose close counts. */
  readonly #withoutCalendar = new Set<number>();
  /** By symbol number: venues may give the close of a session before its day is over. */
  readonly #kept = new Map<number, KeptClose>();
  /** Numbers of the symbols whose day, or whose close, is over since the last {@link takeExpired}. */
  readonly #expired = new Set<number>();
  #expireAt = Infinity;

  constructor(options: {
    readonly prices: LatestPrices;
    readonly symbolOf: (symbolId: number) => string;
    readonly calendarOf: (symbolId: number) => TradingCalendar | null;
    readonly ends: DayEnds;
    /** Called with `CALENDAR_ENDED`. */
    readonly report: (error: TickmarkError) => void;
  }) {
    this.#prices = options.prices;
    this.#symbolOf = options.symbolOf;
    this.#calendarOf = options.calendarOf;
    this.#ends = options.ends;
    this.#report = options.report;
  }

  /** Until when all that was asked for stays as it is, ms since 1970. */
  get expireAt(): number {
    return this.#expireAt;
  }

  /** The previous close of a symbol at a time. @param dayStart Start of the day of a symbol without a calendar. */
  of(symbolId: number, now: number, dayStart: number): CurrentClose {
    const counts = this.until(symbolId, now) >= now;
    const kept = this.#keptOf(symbolId, now);
    const { price, at, accrued } = kept ?? this.#prices.previousClose(symbolId);
    const before = this.#previousSession(symbolId, now);
    const end = before ? this.#ends.find(before.calendar, before.date) : undefined;
    const close = end?.closes.get(this.#symbolOf(symbolId));
    if (close) return closeOf(close, end);
    const start = this.#startOf(symbolId, dayStart, before, end);
    const unitsAt = kept?.unitsAt ?? Infinity;
    const given = { price, at: at ?? start, accrued, currency: undefined, unitsAt, end };
    return price && counts ? given : { ...given, price: null, at: start, accrued: null };
  }

  /**
   * The previous close as a number, as `LatestPrices.scaledClose`; `null`: unknown.
   * The currency of one that was recorded may differ from that of prices now: a fault, for which it has to be read as {@link of}.
   */
  scaledOf(symbolId: number, now: number): ScaledNumber | ScaledNumberFault | null {
    const counts = this.until(symbolId, now) >= now;
    const close = this.#recorded(symbolId, now);
    if (!close) {
      const kept = this.#keptOf(symbolId, now)?.price;
      if (kept) return readScaled(kept.toString());
      return counts ? this.#prices.scaledClose(symbolId) : null;
    }
    return close.currency === this.#prices.currency(symbolId)
      ? readScaled(close.price.toString())
      : 'too-long';
  }

  /** The previous close to show, where no symbol has corporate actions; `null`: unknown. */
  shownOf(symbolId: number, now: number): Decimal | null {
    return this.of(symbolId, now, now).price;
  }

  /** Until when the previous close that a symbol's price came with counts, ms since 1970; `-Infinity` without one. */
  until(symbolId: number, now: number): number {
    const { after, until } = this.#spans[symbolId] ?? this.#find(symbolId, now);
    return this.#keptOf(symbolId, now)?.until ?? (now > after ? until : -Infinity);
  }

  /**
   * The close of a symbol's price, or its calendar, has changed.
   * @param replaced What the price before it came with: its close counts on while that of the running day does not count yet.
   */
  changed(symbolId: number, now: number, replaced?: PriceDetails): void {
    this.#spans[symbolId] = undefined;
    const fresh = this.#prices.details(symbolId);
    // Mostly it is the same.
    if (
      fresh?.previousClose === replaced?.previousClose &&
      fresh?.previousCloseAt === replaced?.previousCloseAt
    )
      return;
    const calendar = this.#calendarOf(symbolId);
    const { after } = spanOf(calendar, closeIn(fresh));
    if (now > after) this.#kept.delete(symbolId);
    else if (replaced && replaced.currency === fresh?.currency) {
      const close = closeIn(replaced);
      const before = spanOf(calendar, close);
      const until = Math.min(after, before.until);
      if (now > before.after && now <= until) this.#kept.set(symbolId, { ...close, unitsAt: now, until });
    }
  }

  /** The official close of a session that a symbol's price came with; `undefined`: of another session. */
  officialOf(symbolId: number, calendar: TradingCalendar, session: TradingSession): DayClose | undefined {
    const isOf = ({ price, at }: GivenClose): boolean =>
      price !== null && at !== undefined && calendar.sessionOfClose(at)?.date === session.date;
    const kept = this.#kept.get(symbolId);
    const found = [this.#prices.previousClose(symbolId), ...(kept ? [kept] : [])].find(isOf);
    if (!found) return undefined;
    const { price, at, accrued } = found;
    const currency = this.#prices.currency(symbolId);
    return {
      calendar: calendar.name,
      date: session.date,
      symbol: this.#symbolOf(symbolId),
      price: price!,
      ...(currency !== undefined && { currency }),
      ...(accrued && { accrued }),
      closedAt: at!,
      source: 'official',
    };
  }

  /** Takes in that time has passed. @returns the days that have ended since the last call. */
  endDays(now: number): EndedDay[] {
    if (now <= this.#expireAt) return [];
    const ended: EndedDay[] = [];
    for (const [calendar, day] of this.#days) {
      if (!day.session || now <= day.session.endsAt) continue;
      ended.push({ calendar, session: day.session, symbolIds: day.symbolIds });
      for (const id of day.symbolIds) this.#expired.add(id);
      day.session = this.#sessionAt(calendar, now);
    }
    for (const id of this.#withoutCalendar) {
      if (now <= (this.#spans[id]?.until ?? -Infinity)) continue;
      this.#expired.add(id);
      this.#withoutCalendar.delete(id);
    }
    this.#expireAt = Infinity;
    for (const { session } of this.#days.values()) this.#expireBy(session?.endsAt ?? Infinity);
    for (const id of this.#withoutCalendar) this.#expireBy(this.#spans[id]!.until);
    return ended;
  }

  /** The symbols of a calendar start their day from something else. */
  expire(calendar: TradingCalendar): void {
    for (const id of this.#days.get(calendar)?.symbolIds ?? []) this.#expired.add(id);
  }

  /** Numbers of the symbols whose day, or whose close, is over since the last call; {@link endDays} comes first. */
  takeExpired(): number[] {
    const expired = [...this.#expired];
    this.#expired.clear();
    return expired;
  }

  /** The calendars that symbols were asked for of. */
  get calendars(): ReadonlyMap<TradingCalendar, unknown> {
    return this.#days;
  }

  /** Numbers of the symbols of calendars that were asked for. @param names Names of the calendars. */
  symbolsOf(names: readonly string[]): number[] {
    return [...this.#days].flatMap(([{ name }, { symbolIds }]) =>
      names.includes(name) ? [...symbolIds] : [],
    );
  }

  /** The calendar of a name, if one of its symbols was asked for. */
  calendarNamed(name: string): TradingCalendar | undefined {
    return [...this.#days.keys()].find((calendar) => calendar.name === name);
  }

  #recorded(symbolId: number, now: number): DayClose | undefined {
    const before = this.#previousSession(symbolId, now);
    if (!before) return undefined;
    return this.#ends.find(before.calendar, before.date)?.closes.get(this.#symbolOf(symbolId));
  }

  #previousSession(symbolId: number, now: number): TradingSession | null {
    const calendar = this.#calendarOf(symbolId);
    return calendar && sessionBefore(calendar, now);
  }

  #find(symbolId: number, now: number): CloseSpan {
    while (this.#spans.length <= symbolId) this.#spans.push(undefined);
    const calendar = this.#calendarOf(symbolId);
    const span = spanOf(calendar, this.#prices.previousClose(symbolId));
    this.#spans[symbolId] = span;
    const { until } = span;
    if (calendar) this.#watch(calendar, symbolId, now);
    else if (until !== Infinity && now <= until) {
      this.#withoutCalendar.add(symbolId);
      this.#expireBy(until);
    }
    return span;
  }

  /** The close that counts in place of that of the price. */
  #keptOf(symbolId: number, now: number): KeptClose | undefined {
    const kept = this.#kept.get(symbolId);
    return kept && now <= kept.until ? kept : undefined;
  }

  #watch(calendar: TradingCalendar, symbolId: number, now: number): void {
    let day = this.#days.get(calendar);
    if (!day) {
      this.#days.set(calendar, (day = { session: this.#sessionAt(calendar, now), symbolIds: new Set() }));
      this.#expireBy(day.session?.endsAt ?? Infinity);
    }
    day.symbolIds.add(symbolId);
  }

  #expireBy(time: number): void {
    this.#expireAt = Math.min(this.#expireAt, time);
  }

  #sessionAt(calendar: TradingCalendar, now: number): TradingSession | null {
    const session = calendar.sessionAt(now);
    if (session) return session;
    const { name, firstYear, lastYear } = calendar;
    const message =
      `The calendar ${quote(name)} covers the years from ${firstYear ?? 'the first'} to ${lastYear ?? 'the last'}: ` +
      'the day P&L of its symbols is unknown outside of them. Use a newer version, or extend the calendar.';
    this.#report(new TickmarkError('CALENDAR_ENDED', message));
    return null;
  }

  /** Since when trades of a symbol without a close are of today. */
  #startOf(
    symbolId: number,
    dayStart: number,
    before: TradingSession | null,
    end: DayEnd | undefined,
  ): number {
    if (!this.#calendarOf(symbolId)) return dayStart;
    // Nothing is known of the day: no position may count as opened in it.
    if (!before) return Infinity;
    return end ? before.endsAt : before.closesAt;
  }
}

function spanOf(calendar: TradingCalendar | null, { price, at }: GivenClose): CloseSpan {
  if (!price) return NEVER;
  if (at === undefined) return ALWAYS;
  return { after: closeCountsAfter(calendar, at), until: closeCountsUntil(calendar, at) };
}

function closeOf(close: DayClose, end: DayEnd | undefined): CurrentClose {
  const { price, closedAt, accrued = null, currency } = close;
  return { price, at: closedAt, accrued, currency, unitsAt: unitsOf(close), end };
}

/**
 * Until when splits are in the price of a close, ms since 1970. The venue gives its close on the day after it, in units of that day.
 * @param next When the day after it ends. Default: it has not ended.
 */
export function unitsOf({ source, closedAt }: DayClose, next = Infinity): number {
  return source === 'recorded' ? closedAt : next - 1;
}
