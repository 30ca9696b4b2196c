import { closeCountsUntil } from '../../calendars/close-dates.js';
import type { DayClose } from '../../calendars/day-store.js';
import type { TradingCalendar } from '../../calendars/trading-calendar.js';
import type { TradingSession } from '../../calendars/trading-session.js';
import type { FxPair } from '../../money/fx-rates.js';
import type { SymbolTable } from '../../prices/symbol-table.js';
import type { LatestPrices } from '../latest-prices.js';
import { KEPT_DAYS, type DayEnd } from './day-ends.js';

/** The end of a day: of a session, or of a day of cash. */
export type EndOfSession = Pick<TradingSession, 'calendar' | 'date' | 'endsAt'>;

/** The official closes that currency pairs came with lately: the rates at the end of a day for which none was recorded. */
export class PairCloses {
  readonly #prices: LatestPrices;
  readonly #calendarOf: (symbolId: number) => TradingCalendar | null;
  readonly #pairs: ReadonlyMap<number, string>;
  /** By symbol number, oldest first. A pair may have its next close before the day of another calendar is over. */
  readonly #closes = new Map<number, Array<Pick<DayClose, 'price' | 'currency' | 'closedAt'>>>();

  constructor(options: {
    readonly prices: LatestPrices;
    readonly symbols: SymbolTable;
    readonly pairs: ReadonlyArray<FxPair>;
    readonly calendarOf: (symbolId: number) => TradingCalendar | null;
  }) {
    this.#prices = options.prices;
    this.#calendarOf = options.calendarOf;
    this.#pairs = new Map(options.pairs.map(({ symbol }) => [options.symbols.idOf(symbol), symbol]));
  }

  /** Whether a symbol is a currency pair. */
  isPair(symbolId: number): boolean {
    return this.#pairs.has(symbolId);
  }

  /** Takes in that the close of a symbol may be another one. @returns whether it is a pair with a dated close. */
  changed(symbolId: number): boolean {
    if (!this.#pairs.has(symbolId)) return false;
    const { price, at } = this.#prices.previousClose(symbolId);
    if (!price || price.sign <= 0 || at === undefined) return false;
    const currency = this.#prices.currency(symbolId);
    const others = (this.#closes.get(symbolId) ?? []).filter(({ closedAt }) => closedAt !== at);
    const all = [...others, { price, closedAt: at, ...(currency !== undefined && { currency }) }];
    this.#closes.set(symbolId, all.sort((one, other) => one.closedAt - other.closedAt).slice(-KEPT_DAYS));
    return true;
  }

  /** Whether a symbol is a currency pair that days of this calendar only convert with. In its own calendar, a pair has a close like any symbol. */
  isRate(symbolId: number, calendar: string): boolean {
    return this.#pairs.has(symbolId) && this.#calendarOf(symbolId)?.name !== calendar;
  }

  /** The closes that counted when a day ended, of pairs whose rate was not recorded then, and of which no newer one is known. */
  missingIn(end: DayEnd | undefined, { calendar, date, endsAt }: EndOfSession): DayClose[] {
    const found: DayClose[] = [];
    for (const [id, symbol] of this.#pairs) {
      if (!this.isRate(id, calendar)) continue;
      const own = this.#calendarOf(id);
      const close = this.#closes
        .get(id)
        ?.findLast(({ closedAt }) => closedAt <= endsAt && endsAt < closeCountsUntil(own, closedAt));
      const known = end?.closes.get(symbol);
      if (!close || known?.source === 'recorded' || (known && known.closedAt >= close.closedAt)) continue;
      found.push({ ...close, calendar, date, symbol, source: 'official' });
    }
    return found;
  }
}
