import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { lastMsBefore } from '../portfolio/newer-price.js';
import type { PriceGrade } from '../portfolio/figures/portfolio-valuation.js';
import type { MarketState } from '../prices/price-update.js';
import type { PriceTable } from './columns/price-table.js';
import { OpenTimes } from '../calendars/open-times.js';
import type { TradingCalendar } from '../calendars/trading-calendar.js';

/** How old a price may be before it is graded stale: ms since it arrived, for all symbols or by symbol. */
export type StaleAfter = number | ((symbol: string) => number);

/** How good the newest price of each symbol is: what its age, gaps of the stream and the store say about it. */
export class PriceFreshness {
  readonly #table: PriceTable;
  readonly #staleAfter: StaleAfter;
  readonly #onError: (error: TickmarkError) => void;
  readonly #calendarOf: ((id: number) => TradingCalendar | null) | undefined;
  readonly #openTimes = new OpenTimes();
  /** Arrival of the last gap, by symbol number. */
  readonly #gaps = new Map<number, number>();
  /** Until when a gap, or what the store said, lets a price be live; by symbol number. */
  readonly #limits = new Map<number, number>();
  /** Prices from the store that no stream has confirmed. */
  readonly #stored = new Set<number>();
  /** Prices of which this process may have missed newer ones. */
  readonly #unconfirmed = new Set<number>();
  /** Whether any price has had a state, which may keep it from ageing. */
  #hasStates = false;
  /** Whether there has been any gap, or any price that was stored or unconfirmed. */
  #hasDoubts = false;

  constructor(
    table: PriceTable,
    staleAfter: StaleAfter,
    onError: (error: TickmarkError) => void,
    calendarOf?: (id: number) => TradingCalendar | null,
  ) {
    if (typeof staleAfter !== 'function' && !(typeof staleAfter === 'number' && staleAfter >= 0)) {
      throw invalidArgument('staleAfter', staleAfter, 'ms from 0, or a function of the symbol');
    }
    this.#table = table;
    this.#staleAfter = staleAfter;
    this.#onError = onError;
    this.#calendarOf = calendarOf;
  }

  /** A newer price of the symbol has been taken. */
  taken(id: number, state: MarketState | undefined): void {
    if (state !== undefined) this.#hasStates = true;
    // Most books have nothing to look up most of the time.
    if (this.#hasDoubts) this.#clear(id);
  }

  /** The price that was taken comes from the store. `gap`: arrival of the last gap there; `liveUntil`: `null` for no limit. */
  restored(id: number, gap: number, liveUntil: number | null): void {
    this.#hasDoubts = true;
    this.#stored.add(id);
    if (gap > this.gapOf(id)) this.#gaps.set(id, gap);
    this.#limit(id);
    if (liveUntil !== null) this.#limitTo(id, liveUntil);
  }

  /** Takes a gap. @returns whether it is news of the symbol. */
  takeGap(id: number, arrival: number): boolean {
    if (arrival <= this.gapOf(id)) return false;
    this.#hasDoubts = true;
    this.#gaps.set(id, arrival);
    if (this.#table.has(id)) this.#table.setGap(id, arrival);
    if (this.#isFromBeforeGap(id)) this.#limitTo(id, lastMsBefore(arrival));
    return true;
  }

  /** This process may have missed newer prices of the symbol. */
  markStale(id: number): void {
    this.#hasDoubts = true;
    this.#unconfirmed.add(id);
  }

  /** Whether the price comes from the store, and no stream has confirmed it. */
  isStored(id: number): boolean {
    return this.#stored.has(id);
  }

  /** Whether a stream has brought the price, and nothing has put it in doubt since. */
  isConfirmed(id: number): boolean {
    return this.#table.has(id) && !this.#stored.has(id) && !this.#unconfirmed.has(id);
  }

  /** Whether a stream has brought the price, and no gap has come since. */
  isSound(id: number): boolean {
    return this.isConfirmed(id) && !this.#isFromBeforeGap(id);
  }

  /** Arrival of the symbol's last gap; 0 without one. */
  gapOf(id: number): number {
    return this.#gaps.get(id) ?? 0;
  }

  /** How long after its arrival a price is live, in ms, where that is the same for all prices; else `null`. */
  get commonLifeMs(): number | null {
    const isCommon =
      typeof this.#staleAfter === 'number' &&
      this.#limits.size === 0 &&
      !this.#hasStates &&
      this.#calendarOf === undefined;
    return isCommon ? (this.#staleAfter as number) : null;
  }

  /** Until when a known price counts as live, ms since 1970. */
  liveUntil(id: number, symbol: string, state: MarketState | undefined): number {
    // A quiet symbol outside its session is not stale: nothing newer can be expected.
    if (state === 'closed' || state === 'halted') return Infinity;
    const staleAfter = typeof this.#staleAfter === 'number' ? this.#staleAfter : this.#staleAfterOf(symbol);
    const aged = this.#freshUntil(id, staleAfter);
    const limit = this.#limits.get(id) ?? Infinity;
    return aged < limit ? aged : limit;
  }

  /** Grade of a known price at a time. */
  gradeOf(
    id: number,
    symbol: string,
    state: MarketState | undefined,
    now: number,
  ): Exclude<PriceGrade, 'missing'> {
    if (state === 'halted') return 'halted';
    if (state === 'closed') return 'delayed';
    if (!this.isConfirmed(id) || !(now <= this.liveUntil(id, symbol, state))) return 'stale';
    if (state === undefined && this.#calendarOf?.(id)?.isOpen(now) === false) return 'delayed';
    return state === 'delayed' ? 'delayed' : 'live';
  }

  #freshUntil(id: number, staleAfter: number): number {
    const receivedAt = this.#table.receivedAtOf(id);
    const calendar = this.#calendarOf?.(id);
    return calendar ? this.#openTimes.freshUntil(calendar, receivedAt, staleAfter) : receivedAt + staleAfter;
  }

  #staleAfterOf(symbol: string): number {
    try {
      const ms = (this.#staleAfter as (symbol: string) => number)(symbol);
      return ms >= 0 ? ms : -1;
    } catch (cause) {
      const message = `staleAfter threw: prices of ${quote(symbol)} are graded stale.`;
      this.#onError(new TickmarkError('HANDLER_FAILED', message, { cause }));
      return -1;
    }
  }

  #clear(id: number): void {
    if (this.#gaps.size > 0 || this.#limits.size > 0) this.#limit(id);
    this.#stored.delete(id);
    this.#unconfirmed.delete(id);
  }

  // What limits the life of the price that was taken just now.
  #limit(id: number): void {
    this.#table.setGap(id, this.gapOf(id));
    if (this.#isFromBeforeGap(id)) this.#limits.set(id, lastMsBefore(this.gapOf(id)));
    else this.#limits.delete(id);
  }

  #limitTo(id: number, time: number): void {
    this.#limits.set(id, Math.min(this.#limits.get(id) ?? Infinity, time));
  }

  #isFromBeforeGap(id: number): boolean {
    return this.#table.has(id) && this.#table.arrivalOf(id) < this.gapOf(id);
  }
}
