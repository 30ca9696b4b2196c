import type { DayClose } from '../../calendars/day-store.js';
import { FxRates, type FxPair, type FxRate } from '../../money/fx-rates.js';

/** How many ends of days of a calendar are kept: those of a week, whose results may be restated, and the one that the first of them started from. */
export const KEPT_DAYS = 6;

/** The end of a trading day of one calendar: what symbols and currency pairs cost then. */
export interface DayEnd {
  readonly calendar: string;
  /** Date of the session, `YYYY-MM-DD`. */
  readonly date: string;
  /** By symbol. */
  readonly closes: ReadonlyMap<string, DayClose>;
}

/** The ends of the last trading days, by calendar. */
export class DayEnds {
  readonly #pairs: ReadonlyArray<FxPair>;
  /** Oldest first. */
  readonly #ends = new Map<string, Array<DayEnd & { readonly closes: Map<string, DayClose> }>>();
  readonly #rates = new WeakMap<DayEnd, FxRates>();

  /** @param pairs Currency pairs, as the book has them. */
  constructor(pairs: ReadonlyArray<FxPair>) {
    this.#pairs = pairs;
  }

  /** The end of a day; `undefined` where nothing is known of it. */
  find(calendar: string, date: string): DayEnd | undefined {
    return this.#ends.get(calendar)?.find((end) => end.date === date);
  }

  /** The days whose start is not forgotten. */
  *kept(): IterableIterator<DayEnd> {
    for (const ends of this.#ends.values()) yield* ends.length < KEPT_DAYS ? ends : ends.slice(1);
  }

  /** Takes closes, each in place of the one that is known of its symbol and day. */
  take(closes: Iterable<DayClose>): void {
    for (const close of closes) {
      const { calendar, date, symbol } = close;
      const end = this.#open(calendar, date);
      end?.closes.set(symbol, close);
      if (end) this.#rates.delete(end);
    }
  }

  /**
   * The rate between two currencies when a day ended; `null` if a pair that it needs was unknown then.
   * @throws TickmarkError `UNKNOWN_CURRENCY`.
   */
  rate(end: DayEnd, from: string, to: string): FxRate | null {
    let rates = this.#rates.get(end);
    if (!rates) {
      rates = new FxRates(this.#pairs);
      for (const { symbol } of this.#pairs) {
        const close = end.closes.get(symbol);
        if (!close || close.price.sign <= 0) continue;
        const { price: last, closedAt: asOf } = close;
        rates.update(symbol, { last, bid: null, ask: null, asOf, receivedAt: asOf });
      }
      this.#rates.set(end, rates);
    }
    return rates.rate(from, to, 0);
  }

  /** The end to add closes to; `undefined` for a day that is older than those kept. */
  #open(calendar: string, date: string): (DayEnd & { readonly closes: Map<string, DayClose> }) | undefined {
    let ends = this.#ends.get(calendar);
    if (!ends) this.#ends.set(calendar, (ends = []));
    const known = ends.find((end) => end.date === date);
    if (known) return known;
    if (ends.length === KEPT_DAYS && date < ends[0]!.date) return undefined;
    const fresh = { calendar, date, closes: new Map<string, DayClose>() };
    ends.push(fresh);
    ends.sort((one, other) => (one.date < other.date ? -1 : 1));
    if (ends.length > KEPT_DAYS) ends.shift();
    return fresh;
  }
}
