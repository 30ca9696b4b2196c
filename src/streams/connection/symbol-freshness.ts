import { timerDelay, type Clock, type Timer } from '../../core/clock.js';
import { callBack } from '../../core/error-reporter.js';
import { invalidArgument, type TickmarkError } from '../../core/errors.js';
import { checkOptions, TIME_AND_CHANCE, type OptionShapes } from '../../core/options.js';

/** Options of `SymbolFreshness`. */
export interface SymbolFreshnessOptions {
  /** Time. */
  readonly clock: Clock;
  /** Time without a price after which a symbol is stale, in ms: one limit for all, or a function of the symbol. */
  readonly limitMs: number | ((symbol: string) => number);
  /** Whether the symbol's market is open at a time (ms since 1970). Symbols become stale only in session. Default: always open. */
  readonly inSession?: (symbol: string, at: number) => boolean;
  /** Called once for each change of a symbol. What it throws is dropped. */
  readonly onChange?: (symbol: string, isStale: boolean) => void;
}

const NAMES: OptionShapes<SymbolFreshnessOptions> = {
  clock: TIME_AND_CHANCE.clock,
  limitMs: true,
  inSession: 'function',
  onChange: 'function',
};

interface Entry {
  seenAt: number;
  isStale: boolean;
  isOutOfSession: boolean;
}

/** Finds symbols without a price for too long. The link is not affected: a quiet symbol on a healthy link is stale, and nothing restarts. */
export class SymbolFreshness {
  readonly #options: SymbolFreshnessOptions;
  readonly #report: (error: TickmarkError) => void;
  readonly #limitOf: (symbol: string) => number;
  readonly #entries = new Map<string, Entry>();
  #timer: Timer | undefined;

  /** @param report Gets what `onChange` throws. @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: SymbolFreshnessOptions, report: (error: TickmarkError) => void) {
    checkOptions('freshness', options, NAMES);
    const { limitMs } = options;
    if (typeof limitMs !== 'function' && !(typeof limitMs === 'number' && limitMs >= 0))
      throw invalidArgument('freshness: limitMs', limitMs, 'ms from 0, or a function of the symbol');
    this.#options = options;
    this.#report = report;
    this.#limitOf = typeof limitMs === 'number' ? () => limitMs : limitMs;
  }

  /** Starts to watch symbols. Symbols that are already watched are left as they are. */
  watch(symbols: Iterable<string>): void {
    const seenAt = this.#options.clock.monotonic();
    for (const symbol of symbols) {
      if (!this.#entries.has(symbol))
        this.#entries.set(symbol, { seenAt, isStale: false, isOutOfSession: false });
    }
    this.#schedule();
  }

  /** Stops watching symbols. */
  unwatch(symbols: Iterable<string>): void {
    for (const symbol of symbols) this.#entries.delete(symbol);
    if (this.#entries.size === 0) this.stop();
  }

  /** A price of the symbol has come. */
  seen(symbol: string): void {
    const entry = this.#entries.get(symbol);
    if (!entry) return;
    entry.seenAt = this.#options.clock.monotonic();
    if (entry.isStale) this.#change(symbol, entry, false);
  }

  /** Symbols that are stale now. */
  stale(): readonly string[] {
    return [...this.#entries].filter(([, { isStale }]) => isStale).map(([symbol]) => symbol);
  }

  /** Removes all symbols and clears the timer. */
  stop(): void {
    this.#entries.clear();
    this.#timer?.clear();
    this.#timer = undefined;
  }

  // One timer for all symbols: to move a timer for each price would cost more than the price itself.
  #schedule(): void {
    if (this.#timer || this.#entries.size === 0) return;
    let wait = Infinity;
    const now = this.#options.clock.monotonic();
    for (const [symbol, { seenAt, isStale }] of this.#entries) {
      const limit = this.#limitOf(symbol);
      const left = isStale ? limit : seenAt + limit - now;
      wait = Math.min(wait, left > 0 ? left : limit);
    }
    if (wait === Infinity) return;
    this.#timer = this.#options.clock.setTimer(
      () => {
        this.#timer = undefined;
        this.#checkAll();
        this.#schedule();
      },
      timerDelay(Math.max(wait, 10)),
    );
  }

  #checkAll(): void {
    const { clock, inSession } = this.#options;
    const now = clock.monotonic();
    const wall = clock.now();
    for (const [symbol, entry] of [...this.#entries]) {
      const wasOut = entry.isOutOfSession;
      entry.isOutOfSession = inSession !== undefined && !inSession(symbol, wall);
      // The time counts from the opening, not from yesterday's close.
      if (wasOut || entry.isOutOfSession) entry.seenAt = now;
      else if (!entry.isStale && now - entry.seenAt >= this.#limitOf(symbol))
        this.#change(symbol, entry, true);
    }
  }

  #change(symbol: string, entry: Entry, isStale: boolean): void {
    entry.isStale = isStale;
    callBack('freshness.onChange', () => this.#options.onChange?.(symbol, isStale), this.#report);
  }
}
