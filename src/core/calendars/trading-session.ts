/** A time within a session at which nothing is traded, such as lunch. */
export interface TradingBreak {
  /** When trading stops, ms since 1970. */
  readonly from: number;
  /** When trading resumes, ms since 1970. */
  readonly to: number;
}

/**
 * One session of a market, and its trading day. The day is longer than the session: days follow each other without a gap, so that a
 * Saturday in New York is part of Friday's. All times are ms since 1970.
 */
export interface TradingSession {
  /** Name of the calendar, such as `us-equities`. */
  readonly calendar: string;
  /** The date that the market gives the session, `YYYY-MM-DD`. It is the trade date: a session may open on the day before. */
  readonly date: string;
  /** When the day begins. The moment itself is still part of the day before. */
  readonly startsAt: number;
  /** When trading begins. */
  readonly opensAt: number;
  /** When continuous trading ends; a closing auction follows within minutes. */
  readonly closesAt: number;
  /** When the day ends: `startsAt` of the next session. The moment itself is part of this day. In the last session that a calendar covers: where its years end. */
  readonly endsAt: number;
  /** In their order. */
  readonly breaks: readonly TradingBreak[];
  /** Whether it closes earlier, or is traded for less time, than other sessions of its weekday: a half day, a late opening. */
  readonly isShortened: boolean;
}
