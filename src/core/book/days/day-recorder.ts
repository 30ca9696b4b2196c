import type { DayClose } from '../../calendars/day-store.js';
import type { FxPair } from '../../money/fx-rates.js';
import type { SymbolTable } from '../../prices/symbol-table.js';
import type { LatestPrices } from '../latest-prices.js';
import type { CurrentCloses, EndedDay } from './current-closes.js';
import type { DayEnds } from './day-ends.js';
import type { EndOfSession, PairCloses } from './pair-closes.js';

/** The calendar of cash: its days end when `dayStart` says that the next one begins. */
export const CASH = 'cash';

/** Which day has ended, and when. */
export interface EndedDate {
  readonly calendar: string;
  /** Short name of the calendar, to show. */
  readonly label: string;
  /** Date of the session, `YYYY-MM-DD`. */
  readonly date: string;
  /** ms since 1970. */
  readonly endedAt: number;
}

/** A day that has ended, with what was recorded of it. */
export interface RecordedDay extends EndedDate {
  /** Of its end; and of its start those that nobody has recorded. */
  readonly closes: readonly DayClose[];
}

/** What {@link DayRecorder} works on. */
export interface DayRecorderOptions {
  readonly prices: LatestPrices;
  readonly closes: CurrentCloses;
  readonly ends: DayEnds;
  readonly symbols: SymbolTable;
  readonly pairs: ReadonlyArray<FxPair>;
  readonly pairCloses: PairCloses;
}

/** Days that wait to be taken. */
const MOST_RECORDED = 100;

/** Records what days end with, and keeps it until somebody takes it. */
export class DayRecorder {
  readonly #prices: LatestPrices;
  readonly #closes: CurrentCloses;
  readonly #ends: DayEnds;
  readonly #symbols: SymbolTable;
  readonly #pairs: ReadonlyArray<FxPair>;
  readonly #pairCloses: PairCloses;
  #recorded: RecordedDay[] = [];
  /** By calendar and symbol. */
  readonly #late = new Map<string, DayClose>();

  constructor({ prices, closes, ends, symbols, pairs, pairCloses }: DayRecorderOptions) {
    this.#prices = prices;
    this.#closes = closes;
    this.#ends = ends;
    this.#symbols = symbols;
    this.#pairs = pairs;
    this.#pairCloses = pairCloses;
  }

  /** Takes the official close of a day that has ended, in place of the recorded one, or of none. */
  restate(official: DayClose): void {
    this.#ends.take([official]);
    this.#late.set(`${official.calendar} ${official.symbol}`, official);
  }

  /** Completes the rates at the end of a day, where pairs have official closes. */
  complete(ended: EndOfSession): void {
    const missing = this.#pairCloses.missingIn(this.#ends.find(ended.calendar, ended.date), ended);
    for (const close of missing) this.restate(close);
  }

  /** The days that were recorded since the last call, and the closes that came when their day had ended. */
  take(): { readonly days: readonly RecordedDay[]; readonly late: readonly DayClose[] } {
    const taken = { days: this.#recorded, late: [...this.#late.values()] };
    this.#recorded = [];
    this.#late.clear();
    return taken;
  }

  /** Records a day of a calendar: its official closes where they are there already, else the last prices. */
  record({ calendar, session, symbolIds }: EndedDay): void {
    const before = calendar.previousSession(session);
    const known = before ? this.#ends.find(before.calendar, before.date) : undefined;
    const closes: DayClose[] = [];
    for (const id of symbolIds) {
      const symbol = this.#symbols.symbolOf(id);
      // What the day that has ended started from is needed for its result, also after a restart.
      const start = before && !known?.closes.has(symbol) && this.#closes.officialOf(id, calendar, before);
      if (start) closes.push(start);
      const close = this.#closes.officialOf(id, calendar, session) ?? this.#lastOf(id, session);
      if (close) closes.push(close);
    }
    for (const { symbol } of this.#pairs) {
      const close = this.#lastOf(this.#symbols.idOf(symbol), session);
      if (close && !closes.some((each) => each.symbol === symbol)) closes.push(close);
    }
    if (before) closes.push(...this.#pairCloses.missingIn(known, before));
    this.#ends.take(closes);
    const { name, label } = calendar;
    this.#keep({ calendar: name, label, date: session.date, endedAt: session.endsAt, closes });
  }

  /** Records the rates at the end of a day of cash. @param startedAt When that day began, ms since 1970. */
  recordCash(endsAt: number, startedAt: number): void {
    const session = { calendar: CASH, date: dateBefore(endsAt), endsAt };
    const closes = this.#pairs.flatMap(
      ({ symbol }) => this.#lastOf(this.#symbols.idOf(symbol), session) ?? [],
    );
    const before = { calendar: CASH, date: dateBefore(startedAt), endsAt: startedAt };
    closes.push(...this.#pairCloses.missingIn(this.#ends.find(CASH, before.date), before));
    this.#ends.take(closes);
    this.#keep({ calendar: CASH, label: CASH, date: session.date, endedAt: endsAt, closes });
  }

  // A book without an engine may have nobody who takes them.
  #keep(day: RecordedDay): void {
    this.#recorded.push(day);
    if (this.#recorded.length > MOST_RECORDED) this.#recorded.shift();
  }

  /** The last price of a symbol as its close; `undefined` for one that newer ones may have been missed of. */
  #lastOf(id: number, { calendar, date, endsAt }: EndOfSession): DayClose | undefined {
    if (!this.#prices.isSound(id)) return undefined;
    const [currency, accrued] = [this.#prices.currency(id), this.#prices.accrued(id)];
    return {
      calendar,
      date,
      symbol: this.#symbols.symbolOf(id),
      price: this.#prices.priceOf(id),
      ...(currency !== undefined && { currency }),
      ...(accrued && { accrued }),
      closedAt: endsAt,
      source: 'recorded',
    };
  }
}

/** Date of the day that ends at a time, in UTC. */
export function dateBefore(endsAt: number): string {
  return new Date(endsAt - 1).toISOString().slice(0, 10);
}
