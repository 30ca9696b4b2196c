import type { Clock } from '../../core/clock.js';
import type { PriceStreamGap } from '../../core/prices/price-stream-gap.js';

/**
 * One gap for each break: it begins with the last frame that came before it, and ends when prices flow again. Breaks of a
 * link that is being mended belong to the gap that is open.
 */
export class GapTracker {
  readonly #clock: Clock;
  #lastSeen: number;
  #open: { readonly from: number; readonly reason: PriceStreamGap['reason'] } | undefined;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastSeen = clock.now();
  }

  /** Gaps closed so far. */
  get count(): number {
    return this.#count;
  }

  /** A frame has come, at `at` (ms since 1970; default now): until here the stream is whole. */
  seen(at = this.#clock.now()): void {
    if (!this.#open) this.#lastSeen = at;
  }

  /** The stream broke. Does nothing while a gap is open. */
  begin(reason: PriceStreamGap['reason']): void {
    this.#open ??= { from: this.#lastSeen, reason };
  }

  /** Prices flow again: the gap to deliver before them, or `undefined` when none is open or no symbol was concerned. */
  end(symbols: readonly string[], recovered: boolean): PriceStreamGap | undefined {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return undefined;
    this.#lastSeen = this.#clock.now();
    if (symbols.length === 0) return undefined;
    this.#count++;
    // A wall clock that was set back must not make a gap end before it began.
    const to = Math.max(open.from, this.#lastSeen);
    return { type: 'gap', from: open.from, to, symbols, reason: open.reason, recovered };
  }

  /** A gap without a break of the link: frames are missing between the last one seen and now. */
  at(
    symbols: readonly string[],
    reason: PriceStreamGap['reason'],
    recovered: boolean,
  ): PriceStreamGap | undefined {
    if (this.#open) return undefined;
    this.begin(reason);
    return this.end(symbols, recovered);
  }
}
