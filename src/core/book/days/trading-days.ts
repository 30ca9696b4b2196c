import { sessionBefore } from '../../calendars/close-dates.js';
import type { DayClose } from '../../calendars/day-store.js';
import { symbolCalendars, type SymbolCalendars } from '../../calendars/symbol-calendars.js';
import type { TradingCalendar } from '../../calendars/trading-calendar.js';
import type { TradingSession } from '../../calendars/trading-session.js';
import type { TickmarkError } from '../../errors.js';
import type { InstrumentCatalog } from '../../instruments/instrument-catalog.js';
import type { Instrument } from '../../instruments/instrument.js';
import type { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import type { FxPair } from '../../money/fx-rates.js';
import type { DayContext, PositionHistory, PreviousClose } from '../../portfolio/ledger/day-history.js';
import type { SessionName } from '../../portfolio/figures/portfolio-valuation.js';
import type { SymbolTable } from '../../prices/symbol-table.js';
import type { PriceDetails } from '../../prices/price-update.js';
import { LatestPrices } from '../latest-prices.js';
import type { PositionBookOptions } from '../position-book-options.js';
import { fractionOf, quotationOf } from '../valuation/valuation-input.js';
import { CurrentCloses, unitsOf, type CurrentClose } from './current-closes.js';
import { DayEnds, type DayEnd } from './day-ends.js';
import { CASH, DayRecorder, dateBefore, type EndedDate } from './day-recorder.js';
import { PairCloses, type EndOfSession } from './pair-closes.js';
import type { DaySpan } from './day-results.js';
import { sessionName } from './session-name.js';

const DAY_MS = 86_400_000;

/** The trading days of a book: which previous closes and rates count, and what is recorded when a day ends. */
export class TradingDays {
  readonly prices: LatestPrices;
  readonly closes: CurrentCloses;
  readonly ends: DayEnds;
  readonly recorder: DayRecorder;
  readonly #calendars: SymbolCalendars;
  readonly #symbols: SymbolTable;
  readonly #instruments: InstrumentCatalog;
  readonly #pairs: ReadonlyArray<FxPair>;
  readonly #pairCloses: PairCloses;
  readonly #dayStart: (now: number) => number;
  /** By symbol number; `undefined`: not looked up. */
  readonly #bySymbol: Array<TradingCalendar | null | undefined> = [];
  /** Calendars that instruments of portfolios name, by symbol. */
  readonly #names = new Map<string, string>();
  #cashDay: number | undefined;
  #cashDayUntil = Infinity;

  constructor(
    options: PositionBookOptions,
    parts: {
      readonly symbols: SymbolTable;
      readonly instruments: InstrumentCatalog;
      readonly pairs: ReadonlyArray<FxPair>;
      readonly dayStart: (now: number) => number;
      readonly report: (error: TickmarkError) => void;
    },
  ) {
    const { symbols, report } = parts;
    this.#symbols = symbols;
    this.#instruments = parts.instruments;
    this.#pairs = parts.pairs;
    this.#dayStart = parts.dayStart;
    this.#calendars = symbolCalendars(options.calendars, report);
    const calendarOf = (symbolId: number) => this.calendarOf(symbolId);
    this.prices = new LatestPrices(options, this.#calendars.isEmpty ? undefined : calendarOf);
    this.ends = new DayEnds(parts.pairs);
    const symbolOf = (symbolId: number) => symbols.symbolOf(symbolId);
    this.closes = new CurrentCloses({ prices: this.prices, symbolOf, calendarOf, ends: this.ends, report });
    const { prices, closes, ends } = this;
    const { pairs } = parts;
    const pairCloses = (this.#pairCloses = new PairCloses({ prices, symbols, pairs, calendarOf }));
    this.recorder = new DayRecorder({ prices, closes, ends, symbols, pairs, pairCloses });
  }

  /** The calendar of a symbol number; `null`: none. */
  calendarOf(symbolId: number): TradingCalendar | null {
    let calendar = this.#bySymbol[symbolId];
    if (calendar !== undefined) return calendar;
    while (this.#bySymbol.length <= symbolId) this.#bySymbol.push(undefined);
    const symbol = this.#symbols.symbolOf(symbolId);
    const name = this.#instruments.find(symbol)?.calendar ?? this.#names.get(symbol);
    calendar = this.#calendars.of(symbol, name);
    return (this.#bySymbol[symbolId] = calendar);
  }

  /** Takes in that an instrument of the catalog has changed: its calendar may be another one. */
  instrumentChanged(symbolId: number): void {
    this.#bySymbol[symbolId] = undefined;
    this.closes.changed(symbolId, Infinity);
  }

  /** How many calendars its symbols have, with that of cash. */
  get calendarCount(): number {
    return this.closes.calendars.size + 1;
  }

  /** Names of the calendars that its symbols have, and of that of cash. */
  calendarNames(): string[] {
    return [CASH, ...[...this.closes.calendars.keys()].map(({ name }) => name)];
  }

  /** Takes in the instrument of a position, and of those that it was made from. @param isOpen Whether it is held: what others hold goes before what is flat. */
  hold({ instrument, events }: Pick<PositionHistory, 'instrument' | 'events'>, isOpen: boolean): void {
    for (const { source } of events) if (source) this.hold(source.history, false);
    const { symbol, calendar } = instrument;
    const known = this.#names.get(symbol);
    if (calendar === undefined || known === calendar || (known !== undefined && !isOpen)) return;
    this.#names.set(symbol, calendar);
    this.instrumentChanged(this.#symbols.idOf(symbol));
  }

  /** The previous close of an instrument at a time. @param home Currency of the portfolio. */
  previousClose(instrument: Instrument, home: string, now: number): PreviousClose {
    const id = this.#symbols.idOf(instrument.symbol);
    return this.#quoted(instrument, home, this.closes.of(id, now, this.#dayStart(now)));
  }

  /** The trading day that a symbol is in at a time, to show; `null` without a calendar, and outside of the years that it covers. */
  sessionOf(symbol: string, now: number): SessionName | null {
    return sessionName(this.calendarOf(this.#symbols.idOf(symbol)), now);
  }

  /** Rate of cash at the start of the day; `undefined`: it was not recorded. */
  cashRate(from: string, home: string, now: number): Fraction | null | undefined {
    const end = this.ends.find(CASH, dateBefore(this.#dayStart(now)));
    return end && this.#rateAt(end, from, home);
  }

  /** Until when the days stay as they are, ms since 1970. */
  get expireAt(): number {
    return Math.min(this.closes.expireAt, this.#cashDayUntil);
  }

  /** Records the days that are over. Before prices of the next day are applied. */
  endDays(now: number): void {
    // Without rates, cash earns nothing by itself.
    if (this.#pairs.length > 0) this.#endCashDay(now);
    for (const day of this.closes.endDays(now)) this.recorder.record(day);
  }

  // What is known of the day that was seen last says nothing of days that nobody saw; a clock that was set back ends no day twice.
  #endCashDay(now: number): void {
    const [cashDay, known] = [this.#dayStart(now), this.#cashDay];
    if (known !== undefined) {
      if (cashDay <= known) return;
      this.recorder.recordCash(Math.min(cashDay, this.#cashDayUntil + 1), known);
    }
    this.#cashDay = cashDay;
    this.#cashDayUntil = lastMsOfDay(this.#dayStart, now);
  }

  /**
   * Takes in that the close that a symbol's price came with is another one: it may be the official one of the day that has ended.
   * @param replaced What the price before it came with.
   */
  closeChanged(symbolId: number, now: number, replaced?: PriceDetails): void {
    this.closes.changed(symbolId, now, this.#pairCloses.isPair(symbolId) ? undefined : replaced);
    const calendar = this.calendarOf(symbolId);
    const before = calendar && sessionBefore(calendar, now);
    const official =
      before &&
      this.#isKnown(before, calendar.previousSession(before)?.date) &&
      this.closes.officialOf(symbolId, calendar, before);
    if (official && !isSame(this.#closeOf(official), official)) {
      // Of a day that no process has recorded: all its symbols start from its end now.
      if (!this.ends.find(calendar.name, before.date)) this.closes.expire(calendar);
      this.recorder.restate(official);
      this.recorder.complete(before);
    }
    if (this.#pairCloses.changed(symbolId)) this.completeRates(now);
  }

  /** Takes the official closes of currency pairs as the rates at the ends of the last days, where none were recorded. */
  completeRates(now: number): void {
    for (const calendar of this.closes.calendars.keys()) {
      const before = sessionBefore(calendar, now);
      if (before && this.ends.find(calendar.name, before.date)) this.recorder.complete(before);
    }
    const endsAt = this.#dayStart(now);
    const cash = { calendar: CASH, date: dateBefore(endsAt), endsAt };
    if (this.#isKnown(cash, dateBefore(this.#dayStart(endsAt - 1)))) this.recorder.complete(cash);
  }

  // Whether something is known of an ended day, or of the one before it: then its result can be computed.
  #isKnown({ calendar, date }: EndOfSession, dateBefore: string | undefined): boolean {
    if (this.ends.find(calendar, date)) return true;
    return dateBefore !== undefined && this.ends.find(calendar, dateBefore) !== undefined;
  }

  #closeOf({ calendar, date, symbol }: DayClose): DayClose | undefined {
    return this.ends.find(calendar, date)?.closes.get(symbol);
  }

  /** A day that has ended, of one of its closes; `undefined` for a calendar that no symbol has. */
  endedDay({ calendar, date }: Pick<DayClose, 'calendar' | 'date'>): EndedDate | undefined {
    if (calendar === CASH) {
      // The day that begins last until that date is over.
      return { calendar, label: CASH, date, endedAt: this.#dayStart(Date.parse(date) + DAY_MS) };
    }
    const found = this.closes.calendarNamed(calendar);
    const session = found?.session(date);
    return session ? { calendar, label: found!.label, date, endedAt: session.endsAt } : undefined;
  }

  /** The days that have ended whose results can be computed. */
  endedDays(): EndedDate[] {
    return [...this.ends.kept()].flatMap((end) => this.endedDay(end) ?? []);
  }

  /** Whether something is known of the day before one that has ended. */
  hasStart({ calendar, date, endedAt }: EndedDate): boolean {
    if (calendar === CASH) return this.ends.find(CASH, dateBefore(this.#dayStart(endedAt - 1))) !== undefined;
    const found = this.closes.calendarNamed(calendar);
    const session = found?.session(date);
    const before = session && found!.previousSession(session);
    return before ? this.ends.find(calendar, before.date) !== undefined : false;
  }

  /** Takes closes from a store. @returns the numbers of the symbols of those that are news. */
  take(closes: readonly DayClose[]): number[] {
    const fresh = closes.filter((close) => !isSame(this.#closeOf(close), close));
    this.ends.take(fresh);
    return [...new Set(fresh.map(({ symbol }) => this.#symbols.idOf(symbol)))];
  }

  /** The close of a session as the previous close of the day after it. @param next The session of that day. */
  closeAsOf(
    instrument: Instrument,
    home: string,
    { calendar, date, endsAt, closesAt }: TradingSession,
    next: TradingSession | null,
  ): PreviousClose {
    const end = this.ends.find(calendar, date);
    const close = end?.closes.get(instrument.symbol);
    return this.#quoted(instrument, home, {
      price: close?.price ?? null,
      at: close?.closedAt ?? (end ? endsAt : closesAt),
      accrued: close?.accrued ?? null,
      currency: close?.currency,
      unitsAt: close ? unitsOf(close, next?.endsAt) : Infinity,
      end,
    });
  }

  /** Whether an instrument has a calendar of a name. */
  isOf({ symbol }: Instrument, calendar: string): boolean {
    return this.calendarOf(this.#symbols.idOf(symbol))?.name === calendar;
  }

  /** A day that has ended, seen from its start and its end; `undefined` for one of which nothing is known. @param home Currency of the portfolio. */
  spanOf({ calendar, date, endedAt }: EndedDate, home: string): DaySpan | undefined {
    if (calendar === CASH) return this.#cashSpan(date, endedAt, home);
    const found = this.closes.calendarNamed(calendar);
    const session = found?.session(date);
    const before = session && found!.previousSession(session);
    if (!before) return undefined;
    const context = (of: TradingSession, next: TradingSession | null): DayContext => ({
      previousClose: (instrument) => this.closeAsOf(instrument, home, of, next),
      previousRate: () => null,
      previousCashRate: () => null,
    });
    const official = [...(this.ends.find(calendar, date)?.closes.values() ?? [])].filter(
      ({ source, symbol }) =>
        source === 'official' && !this.#pairCloses.isRate(this.#symbols.idOf(symbol), calendar),
    );
    return {
      calendar,
      date,
      endedAt,
      officialCloses: official.length,
      start: context(before, session),
      end: context(session, found!.nextSession(session)),
      startedAt: before.endsAt,
    };
  }

  #cashSpan(date: string, endedAt: number, home: string): DaySpan | undefined {
    const startedAt = this.#dayStart(endedAt - 1);
    const context = (day: string): DayContext => {
      const end = this.ends.find(CASH, day);
      const rate = (from: string) =>
        from === home ? Fraction.ONE : end ? this.#rateAt(end, from, home) : null;
      return {
        previousClose: () => {
          throw new Error('Cash has no closes.');
        },
        previousRate: rate,
        previousCashRate: rate,
      };
    };
    const [start, end] = [context(dateBefore(startedAt)), context(date)];
    return { calendar: CASH, date, endedAt, officialCloses: 0, start, end, startedAt };
  }

  #quoted(instrument: Instrument, home: string, close: CurrentClose): PreviousClose {
    const id = this.#symbols.idOf(instrument.symbol);
    const quoted = quotationOf(instrument, close.currency ?? this.prices.currency(id));
    const inQuotation = (amount: Decimal | null) =>
      amount && quoted && Fraction.from(amount).times(quoted.ratio);
    const { end } = close;
    return {
      price: inQuotation(close.price),
      at: close.at,
      accrued: inQuotation(close.accrued),
      currency: quoted?.currency ?? instrument.settlementCurrency,
      unitsAt: close.unitsAt,
      rate: end && ((from) => this.#rateAt(end, from, home)),
    };
  }

  #rateAt(end: DayEnd, from: string, home: string): Fraction | null {
    if (from === home) return Fraction.ONE;
    const rate = this.ends.rate(end, from, home);
    return rate && fractionOf(rate);
  }
}

/** The last ms of the day of a time; Infinity if no other day begins within two days. */
function lastMsOfDay(dayStart: (now: number) => number, now: number): number {
  const today = dayStart(now);
  let next = dayStart(now + 2 * DAY_MS);
  if (!(next > today)) return Infinity;
  for (let before = dayStart(next - 1); before > today; before = dayStart(next - 1)) next = before;
  return next - 1;
}

function isSame(known: DayClose | undefined, close: DayClose): boolean {
  return (
    known?.source === close.source &&
    known.closedAt === close.closedAt &&
    known.price.equals(close.price) &&
    known.currency === close.currency &&
    known.accrued?.toString() === close.accrued?.toString()
  );
}
