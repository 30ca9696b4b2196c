import type { Decimal } from '../money/decimal.js';
import { partShape } from '../options.js';

/** The last price of a symbol or currency pair on a trading day: what the next day starts from. */
export interface DayClose {
  /** Name of the calendar whose day it is. A currency pair has one for each calendar, since days end at different times. */
  readonly calendar: string;
  /** Date of the session, `YYYY-MM-DD`. */
  readonly date: string;
  readonly symbol: string;
  /** `recorded`: in units of that day, which a later split does not change. `official`: as the venue gives it, in units of the day after. */
  readonly price: Decimal;
  /** Currency of the price, where the stream gave one. */
  readonly currency?: string;
  /** Accrued interest then, as the price is quoted, where the stream gave it. */
  readonly accrued?: Decimal;
  /** ms since 1970: trades after it are of the next day. */
  readonly closedAt: number;
  /** `recorded`: the last price that an engine had when the day ended. `official`: the close that the venue gave afterwards. */
  readonly source: 'recorded' | 'official';
}

/** What a portfolio earned on a trading day of one calendar. */
export interface DayResult {
  readonly portfolioId: string;
  /** Name of the calendar, or `cash` for what exchange rates made of cash. */
  readonly calendar: string;
  /** Date of the session, `YYYY-MM-DD`. */
  readonly date: string;
  /** Currency of the portfolio, and of `pnl`. */
  readonly currency: string;
  /** `null`: something that it needs was unknown. */
  readonly pnl: Decimal | null;
  /** When the day ended, ms since 1970. */
  readonly endedAt: number;
  /** How many official closes it was computed with: a result with more of them replaces one with fewer. */
  readonly officialCloses: number;
}

/** Dates of results, `YYYY-MM-DD`, both inclusive. */
export interface DayRange {
  /** Default: the first. */
  readonly from?: string;
  /** Default: the last. */
  readonly to?: string;
}

/**
 * Port: keeps what trading days ended with, so that the next day continues from it after a restart, and in every engine.
 *
 * Known implementations: `InMemoryDayStore`; `PostgresDayStore` of `tickmark/postgres`; `SqliteDayStore` of `tickmark/sqlite`.
 *
 * An implementation must
 * - make each call atomic: all of a list is stored or nothing;
 * - decide in the store which of two closes or results stays, not by reading and then writing: several engines write at once;
 * - store decimals with all their digits, and return values, never references that a later change by the caller could reach.
 *
 * The kit `dayStoreConformance` of `tickmark/conformance` tests this.
 */
export interface DayStore {
  /**
   * Stores closes, one for each calendar, date and symbol, and returns what is stored then, in the order given.
   * - A recorded close stays once it is stored: of two engines the first decides.
   * - An official close replaces a recorded one, and an earlier official one.
   *
   * A list may have several closes of one symbol: they are stored one after the other.
   * @throws TickmarkError `INVALID_ARGUMENT` for a close with a bad date, time or source; `REPOSITORY_FAILED` when the store fails.
   */
  saveCloses(closes: readonly DayClose[]): Promise<DayClose[]>;
  /**
   * The closes of the newest dates of each of these calendars, in any order.
   * @param dates How many dates of each calendar; a whole number from 1.
   * @throws TickmarkError `INVALID_ARGUMENT`; `REPOSITORY_FAILED` when the store fails.
   */
  loadCloses(calendars: readonly string[], dates: number): Promise<DayClose[]>;
  /**
   * Stores results, one for each portfolio, calendar and date. One with at least as many official closes replaces the stored one; another is ignored.
   * A list may have several of one day: they are stored one after the other.
   * @throws TickmarkError `INVALID_ARGUMENT` for a result with a bad date, time or number of closes; `REPOSITORY_FAILED` when the store fails.
   */
  saveResults(results: readonly DayResult[]): Promise<void>;
  /**
   * The results of a portfolio, by date, then by calendar, character by character; of several portfolios one after the other, as they are listed, each once.
   * @throws TickmarkError `INVALID_ARGUMENT` for what is no date; `REPOSITORY_FAILED` when the store fails.
   */
  loadResults(portfolioIds: string | readonly string[], range?: DayRange): Promise<DayResult[]>;
}

/** Methods of a day store. */
export const DAY_STORE = partShape<DayStore>(
  'a DayStore',
  'saveCloses',
  'loadCloses',
  'saveResults',
  'loadResults',
);
