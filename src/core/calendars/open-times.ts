import type { TradingCalendar } from './trading-calendar.js';

/** How many times a quiet market may close while one price ages: a limit for calendars that close every minute. */
const MOST_CHANGES = 10_000;

/** Ages of prices that count only while their market is open. */
export class OpenTimes {
  /** A time in which each market is open without a break, the last one that was asked about. */
  readonly #open = new Map<TradingCalendar, { from: number; to: number }>();

  /**
   * Until when a price is fresh, ms since 1970.
   * @param receivedAt When it arrived.
   * @param staleAfter Age in ms from which it is stale, time in which the market is closed not counted.
   */
  freshUntil(calendar: TradingCalendar, receivedAt: number, staleAfter: number): number {
    // Asked for each price that is stored or shown, mostly within one session.
    const known = this.#open.get(calendar);
    if (known && receivedAt >= known.from && receivedAt + staleAfter <= known.to)
      return receivedAt + staleAfter;
    let [at, left] = [receivedAt, staleAfter];
    for (let changes = 0; changes < MOST_CHANGES; changes++) {
      const isOpen = calendar.isOpen(at);
      // Outside of the covered years nothing is known of closing times.
      if (isOpen === null) return at + left;
      const change = calendar.nextChange(at) ?? Infinity;
      if (isOpen) this.#open.set(calendar, { from: at, to: change });
      if (isOpen && at + left <= change) return at + left;
      if (change === Infinity) return Infinity;
      if (isOpen) left -= change - at;
      at = change;
    }
    return at + left;
  }
}
