import { closeCountsUntil } from '../calendars/close-dates.js';
import type { TradingCalendar } from '../calendars/trading-calendar.js';
import { TickmarkError, quote } from '../errors.js';
import type { Decimal } from '../money/decimal.js';
import type { ScaledNumber, ScaledNumberFault } from '../money/scaled-number.js';
import type { LatestPrices } from './latest-prices.js';

/** A previous close, and since when trades are of today. */
export interface CurrentClose {
  /** `null`: unknown, or of an earlier session than the previous one. */
  readonly price: Decimal | null;
  /** ms since 1970. */
  readonly at: number;
  readonly accrued: Decimal | null;
}

/** Which previous closes count now: that of the session before a symbol's trading day, and no older one. */
export class CurrentCloses {
  readonly #prices: LatestPrices;
  readonly #calendarOf: (symbolId: number) => TradingCalendar | null;
  readonly #report: (error: TickmarkError) => void;
  /** Until when the close of a symbol counts, ms since 1970, by symbol number; `undefined`: to be found. */
  readonly #until: Array<number | undefined> = [];
  /** Numbers of the symbols that were asked for, by calendar, with the time at which its day ends. */
  readonly #days = new Map<TradingCalendar, { endsAt: number; readonly symbols: Set<number> }>();
  /** Numbers of the symbols without a calendar whose close counts. */
  readonly #undated = new Set<number>();
  #expireAt = Infinity;

  constructor(
    prices: LatestPrices,
    calendarOf: (symbolId: number) => TradingCalendar | null,
    report: (error: TickmarkError) => void,
  ) {
    this.#prices = prices;
    this.#calendarOf = calendarOf;
    this.#report = report;
  }

  /** Until when all that was asked for stays as it is, ms since 1970. */
  get expireAt(): number {
    return this.#expireAt;
  }

  /** The previous close of a symbol at a time. @param dayStart Start of the day of a symbol without a calendar. */
  of(symbolId: number, now: number, dayStart: number): CurrentClose {
    const { price, at, accrued } = this.#prices.previousClose(symbolId);
    const counts = this.counts(symbolId, now);
    if (price && counts) return { price, at: at ?? this.#dayStart(symbolId, now, dayStart), accrued };
    return { price: null, at: this.#dayStart(symbolId, now, dayStart), accrued: null };
  }

  /** The previous close as a number, as `LatestPrices.scaledClose`; `null` for one that does not count. */
  scaledOf(symbolId: number, now: number): ScaledNumber | ScaledNumberFault | null {
    return this.counts(symbolId, now) ? this.#prices.scaledClose(symbolId) : null;
  }

  /** Whether the previous close that a symbol's price came with is that of the session before the day of `now`. */
  counts(symbolId: number, now: number): boolean {
    return now <= this.until(symbolId, now);
  }

  /** Until when the previous close of a symbol counts, ms since 1970; `-Infinity` without one. */
  until(symbolId: number, now: number): number {
    return this.#until[symbolId] ?? this.#find(symbolId, now);
  }

  /** The close of a symbol, or its calendar, has changed. */
  changed(symbolId: number): void {
    this.#until[symbolId] = undefined;
  }

  /** Takes in that time has passed. @returns the numbers of the symbols whose day, or whose close, is over. */
  expire(now: number): number[] {
    if (now <= this.#expireAt) return [];
    const over: number[] = [];
    for (const [calendar, day] of this.#days) {
      if (now <= day.endsAt) continue;
      over.push(...day.symbols);
      day.endsAt = this.#endOf(calendar, now);
    }
    for (const id of this.#undated) {
      if (now <= (this.#until[id] ?? -Infinity)) continue;
      over.push(id);
      this.#undated.delete(id);
    }
    this.#expireAt = Infinity;
    for (const { endsAt } of this.#days.values()) this.#expireAt = Math.min(this.#expireAt, endsAt);
    for (const id of this.#undated) this.#expireAt = Math.min(this.#expireAt, this.#until[id]!);
    return over;
  }

  #find(symbolId: number, now: number): number {
    while (this.#until.length <= symbolId) this.#until.push(undefined);
    const calendar = this.#calendarOf(symbolId);
    const { price, at } = this.#prices.previousClose(symbolId);
    const until = !price ? -Infinity : at === undefined ? Infinity : closeCountsUntil(calendar, at);
    this.#until[symbolId] = until;
    if (calendar) this.#watch(calendar, symbolId, now);
    else if (until !== Infinity && now <= until) {
      this.#undated.add(symbolId);
      this.#expireAt = Math.min(this.#expireAt, until);
    }
    return until;
  }

  #watch(calendar: TradingCalendar, symbolId: number, now: number): void {
    let day = this.#days.get(calendar);
    if (!day) {
      this.#days.set(calendar, (day = { endsAt: this.#endOf(calendar, now), symbols: new Set() }));
      this.#expireAt = Math.min(this.#expireAt, day.endsAt);
    }
    day.symbols.add(symbolId);
  }

  #endOf(calendar: TradingCalendar, now: number): number {
    const session = calendar.sessionAt(now);
    if (session) return session.endsAt;
    const { name, firstYear, lastYear } = calendar;
    const message =
      `The calendar ${quote(name)} covers the years from ${firstYear ?? 'the first'} to ${lastYear ?? 'the last'}: ` +
      'the day P&L of its symbols is unknown outside of them. Use a newer version, or extend the calendar.';
    this.#report(new TickmarkError('CALENDAR_ENDED', message));
    return Infinity;
  }

  // Trades since the previous session closed are of today.
  #dayStart(symbolId: number, now: number, dayStart: number): number {
    const calendar = this.#calendarOf(symbolId);
    if (!calendar) return dayStart;
    const session = calendar.sessionAt(now);
    // Nothing is known of the day: no position may count as opened in it.
    if (!session) return Infinity;
    return calendar.previousSession(session)?.closesAt ?? session.startsAt;
  }
}
