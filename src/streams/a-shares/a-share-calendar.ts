import { invalidArgument } from '../../core/errors.js';
import { checkOptions } from '../../core/options.js';
import { keepRaw } from '../../core/keep-raw.js';

/** Options of {@link AShareCalendar}. */
export interface AShareCalendarOptions {
  /** Days without trading other than weekends, as dates in China: `['2026-10-01', '2026-10-02']`. Default: none. */
  readonly holidays?: readonly string[];
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** China keeps one time all year: UTC+8. */
const OFFSET_MINUTES = 8 * 60;
const SESSIONS = [
  [9 * 60 + 30, 11 * 60 + 30],
  [13 * 60, 15 * 60],
] as const;

/**
 * Trading hours of the mainland exchanges: 09:30 to 11:30 and 13:00 to 15:00 in Shanghai, Monday to Friday, without holidays. These are
 * announced each year and must be passed. The call auction before 09:30 counts as closed.
 *
 * @example
 * ```ts
 * import { AShareCalendar, SsePriceStreamAdapter, eastmoneyPush2 } from 'tickmark/sse';
 *
 * const calendar = new AShareCalendar({ holidays: ['2026-10-01', '2026-10-02'] });
 * const stream = new SsePriceStreamAdapter({
 *   feed: eastmoneyPush2(),
 *   freshness: { limitMs: 60_000, inSession: (_symbol, at) => calendar.isOpen(at) },
 * });
 * ```
 */
export class AShareCalendar {
  static {
    keepRaw(this);
  }

  readonly #holidays: ReadonlySet<number>;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an invalid date. */
  constructor(options: AShareCalendarOptions = {}) {
    checkOptions('AShareCalendar', options, { holidays: 'list' });
    this.#holidays = new Set((options.holidays ?? []).map(dayOf));
  }

  /** Whether continuous trading is open at a time, ms since 1970. */
  isOpen(at: number): boolean {
    const minutes = Math.floor(at / MINUTE_MS) + OFFSET_MINUTES;
    const day = Math.floor(minutes / DAY_MINUTES);
    // 1 January 1970 was a Thursday.
    const weekday = (((day + 4) % 7) + 7) % 7;
    if (weekday === 0 || weekday === 6 || this.#holidays.has(day)) return false;
    const minute = minutes - day * DAY_MINUTES;
    return SESSIONS.some(([from, to]) => minute >= from && minute < to);
  }

  /** State of a share that is not suspended, at a time in ms since 1970. */
  stateAt(at: number): 'open' | 'closed' {
    return this.isOpen(at) ? 'open' : 'closed';
  }
}

function dayOf(date: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(date) : NaN;
  // Date.parse reads 30 February as 2 March.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date) {
    throw invalidArgument('AShareCalendar: holidays', date, 'a date such as 2026-10-01');
  }
  return ms / (DAY_MINUTES * MINUTE_MS);
}
