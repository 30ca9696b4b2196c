import { retryDelay } from '../backoff.js';
import { CLOSE_LIFE_MS, sessionBefore, startOfUtcDay } from '../calendars/close-dates.js';
import type { PreviousClose, PreviousClosesSource } from '../calendars/previous-closes.js';
import type { TradingCalendar } from '../calendars/trading-calendar.js';
import { BoundedCalls, LONGEST_DELAY_MS, type Clock, type Timer } from '../clock.js';
import { ReportLimit } from '../error-reporter.js';
import { TickmarkError } from '../errors.js';
import type { RandomSource } from '../random.js';

/** Most symbols in a call. */
const SYMBOLS = 100;
/** Longest time of a call: venues that give one close per request are asked slowly. */
const TIMEOUT_MS = 180_000;
const DAY_MS = 86_400_000;
/** How long after a day has begun its close is asked for. */
const SETTLE_MS = 5000;
/** How long after a market has opened those that are missing are asked for: some venues show a new close at the first trade. */
const OPENING_MS = 60_000;
const FAILED = { firstMs: 2000, capMs: 300_000 };
const MISSING = { firstMs: 30_000, capMs: 900_000 };
/** How often a close that is missing is asked for again: for about an hour and a half. */
const TRIES = 10;

/** Options of {@link PreviousCloseLoader}. */
export interface PreviousCloseLoaderOptions {
  readonly source: PreviousClosesSource;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly calendarOf: (symbol: string) => TradingCalendar | null;
  readonly onClose: (close: PreviousClose) => void;
  /** Called with each failure, once a minute for each message. */
  readonly report: (error: TickmarkError) => void;
}

interface Asked {
  /** When it is asked for next, ms since 1970. */
  dueAt: number;
  /** How often the close of its day was missing. */
  missed: number;
}

/**
 * Asks for the previous close of each symbol: when it is added, when a trading day of its calendar begins (without a calendar: at 00:00 UTC), and while the
 * close of the last session is missing. One call at a time; nothing waits for it.
 */
export class PreviousCloseLoader {
  readonly #options: PreviousCloseLoaderOptions;
  readonly #asked = new Map<string, Asked>();
  readonly #limit: ReportLimit;
  #timer: Timer | undefined;
  #call: AbortController | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(options: PreviousCloseLoaderOptions) {
    this.#options = options;
    this.#limit = new ReportLimit(options.clock);
  }

  /** Asks for symbols from now on; those that are known already are not asked for twice. */
  add(symbols: Iterable<string>): void {
    const dueAt = this.#options.clock.now();
    for (const symbol of symbols) if (!this.#asked.has(symbol)) this.#asked.set(symbol, { dueAt, missed: 0 });
    this.#schedule();
  }

  /** Aborts a call that is under way, and makes no other one. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.clear();
    this.#call?.abort();
  }

  #schedule(): void {
    if (this.#isClosed || this.#call) return;
    this.#timer?.clear();
    this.#timer = undefined;
    let next = Infinity;
    for (const { dueAt } of this.#asked.values()) next = Math.min(next, dueAt);
    if (next === Infinity) return;
    const { clock } = this.#options;
    const delay = Math.min(Math.max(0, next - clock.now()), LONGEST_DELAY_MS);
    this.#timer = clock.setTimer(() => void this.#load(), delay);
  }

  async #load(): Promise<void> {
    const { clock } = this.#options;
    const now = clock.now();
    const due = [...this.#asked].filter(([, { dueAt }]) => dueAt <= now).map(([symbol]) => symbol);
    if (due.length === 0) return this.#schedule();
    const at = this.#askedAt(due[0]!, now);
    const symbols = due.filter((symbol) => this.#askedAt(symbol, now) === at).slice(0, SYMBOLS);
    const call = new AbortController();
    this.#call = call;
    const calls = new BoundedCalls(clock, TIMEOUT_MS);
    const abandon = (): void =>
      calls.abandon(new TickmarkError('ABORTED', 'Previous closes are no longer wanted.'));
    call.signal.addEventListener('abort', abandon, { once: true });
    try {
      const request = { at, signal: call.signal };
      const closes = await calls.run('Loading previous closes', () => this.#ask([...symbols], request));
      if (this.#isClosed) return;
      this.#failures = 0;
      this.#take(symbols, closes);
    } catch (cause) {
      if (this.#isClosed) return;
      this.#failed(symbols, cause);
    } finally {
      // A call that has exceeded its time.
      call.abort();
      this.#call = undefined;
      this.#schedule();
    }
  }

  async #ask(
    symbols: readonly string[],
    request: { at: number; signal: AbortSignal },
  ): Promise<PreviousClose[]> {
    const { source } = this.#options;
    const answer: unknown = await (typeof source === 'function'
      ? source(symbols, request)
      : source.load(symbols, request));
    if (Array.isArray(answer)) return answer as PreviousClose[];
    throw new TickmarkError('INVALID_ARGUMENT', 'previousCloses: expected a list of closes.');
  }

  #take(symbols: readonly string[], closes: readonly PreviousClose[]): void {
    const now = this.#options.clock.now();
    const isWanted = new Set(symbols);
    const current = new Set<string>();
    for (const close of closes) {
      // Also one that is too old is taken: it counts where it is the last known one.
      if (!isWanted.has(close?.symbol)) continue;
      this.#options.onClose(close);
      if (this.#isCurrent(close, now)) current.add(close.symbol);
    }
    for (const symbol of symbols) {
      const asked = this.#asked.get(symbol)!;
      const dayEnd = this.#dayEnd(symbol, now) + SETTLE_MS;
      if (current.has(symbol)) Object.assign(asked, { missed: 0, dueAt: dayEnd });
      else this.#askAgain(symbol, asked, now, dayEnd);
    }
  }

  #askAgain(symbol: string, asked: Asked, now: number, dayEnd: number): void {
    const { random, calendarOf } = this.#options;
    asked.missed++;
    // At least half of the bound: what a venue has not published yet takes it minutes.
    const wait = Math.min(MISSING.capMs, MISSING.firstMs * 2 ** (asked.missed - 1)) * (0.5 + random() / 2);
    const opening = (calendarOf(symbol)?.sessionAt(now)?.opensAt ?? -Infinity) + OPENING_MS;
    if (asked.missed <= TRIES) asked.dueAt = now + wait;
    else asked.dueAt = opening > now ? opening : dayEnd;
    if (asked.dueAt >= dayEnd) asked.dueAt = dayEnd;
    if (asked.missed > TRIES) asked.missed = 0;
  }

  #failed(symbols: readonly string[], cause: unknown): void {
    const { clock, random, report } = this.#options;
    const delay = retryDelay(++this.#failures, FAILED, random);
    for (const symbol of symbols) this.#asked.get(symbol)!.dueAt = clock.now() + delay;
    const error =
      cause instanceof TickmarkError
        ? cause
        : new TickmarkError('HANDLER_FAILED', 'previousCloses threw or rejected; it is called again.', {
            cause,
          });
    if (this.#limit.isDue(error.message)) report(error);
  }

  /** The time that a source is asked about: once the session has closed the newest close is that of the running day, and the one before it is wanted. */
  #askedAt(symbol: string, now: number): number {
    const session = this.#options.calendarOf(symbol)?.sessionAt(now);
    return session && session.closesAt <= now ? session.startsAt + 1 : now;
  }

  #isCurrent({ symbol, closedAt }: PreviousClose, now: number): boolean {
    const calendar = this.#options.calendarOf(symbol);
    if (!calendar) return closedAt + CLOSE_LIFE_MS > now;
    const before = sessionBefore(calendar, now);
    const date = calendar.sessionOfClose(closedAt)?.date;
    return before !== null && date !== undefined && date >= before.date;
  }

  #dayEnd(symbol: string, now: number): number {
    const calendar = this.#options.calendarOf(symbol);
    if (!calendar) return startOfUtcDay(now) + DAY_MS;
    return calendar.sessionAt(now)?.endsAt ?? now + DAY_MS;
  }
}
