import { timerDelay, type Clock, type Timer } from '../../core/clock.js';

/** Options of `SymbolFreshness`. */
export interface SymbolFreshnessOptions {
  /** Time. */
  readonly clock: Clock;
  /** How long a symbol may be without a price before it is stale, in ms: one limit, or one per symbol. */
  readonly limitMs: number | ((symbol: string) => number);
  /** Whether the symbol's market is open at a time (ms since 1970); out of session nothing turns stale. Default: always. */
  readonly inSession?: (symbol: string, at: number) => boolean;
  /** Hears each change of a symbol, once. */
  readonly onChange?: (symbol: string, isStale: boolean) => void;
}

interface Entry {
  seenAt: number;
  isStale: boolean;
  isOut: boolean;
}

/**
 * Which symbols have had no price for too long. This says nothing about the link: a quiet symbol on a healthy link is stale
 * and nothing is restarted for it.
 */
export class SymbolFreshness {
  readonly #options: SymbolFreshnessOptions;
  readonly #limitOf: (symbol: string) => number;
  readonly #entries = new Map<string, Entry>();
  #timer: Timer | undefined;

  constructor(options: SymbolFreshnessOptions) {
    this.#options = options;
    const { limitMs } = options;
    this.#limitOf = typeof limitMs === 'number' ? () => limitMs : limitMs;
  }

  /** Watches symbols from now on; ones that are watched already stay as they are. */
  watch(symbols: Iterable<string>): void {
    const seenAt = this.#options.clock.monotonic();
    for (const symbol of symbols) {
      if (!this.#entries.has(symbol)) this.#entries.set(symbol, { seenAt, isStale: false, isOut: false });
    }
    this.#arm();
  }

  /** Watches symbols no longer. */
  unwatch(symbols: Iterable<string>): void {
    for (const symbol of symbols) this.#entries.delete(symbol);
    if (this.#entries.size === 0) this.stop();
  }

  /** A price of the symbol has come. */
  seen(symbol: string): void {
    const entry = this.#entries.get(symbol);
    if (!entry) return;
    entry.seenAt = this.#options.clock.monotonic();
    if (entry.isStale) this.#turn(symbol, entry, false);
  }

  /** Symbols that are stale now. */
  stale(): readonly string[] {
    return [...this.#entries].filter(([, { isStale }]) => isStale).map(([symbol]) => symbol);
  }

  /** Forgets all symbols and stops its timer. */
  stop(): void {
    this.#entries.clear();
    this.#timer?.clear();
    this.#timer = undefined;
  }

  // One timer for all symbols: a symbol that is seen moves no timer, which would cost more than the price itself.
  #arm(): void {
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
        this.#sweep();
        this.#arm();
      },
      timerDelay(Math.max(wait, 10)),
    );
  }

  #sweep(): void {
    const { clock, inSession } = this.#options;
    const now = clock.monotonic();
    const wall = clock.now();
    for (const [symbol, entry] of [...this.#entries]) {
      const wasOut = entry.isOut;
      entry.isOut = inSession !== undefined && !inSession(symbol, wall);
      // Silence counts from the opening, not from yesterday's close.
      if (wasOut || entry.isOut) entry.seenAt = now;
      else if (!entry.isStale && now - entry.seenAt >= this.#limitOf(symbol)) this.#turn(symbol, entry, true);
    }
  }

  #turn(symbol: string, entry: Entry, isStale: boolean): void {
    entry.isStale = isStale;
    this.#options.onChange?.(symbol, isStale);
  }
}
