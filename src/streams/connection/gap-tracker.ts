import type { Clock } from '../../core/clock.js';
import type { PriceStreamGap } from '../../core/prices/price-stream-gap.js';

/**
 * Makes one gap for each outage. It begins with the last frame before the outage and ends when prices flow again. Further breaks before
 * that belong to the same gap.
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

  /** A frame came at `at` (ms since 1970; default now): the stream is complete up to here. */
  seen(at = this.#clock.now()): void {
    if (!this.#open) this.#lastSeen = at;
  }

  /** Frames may be missing since `at` (ms since 1970), although others have come after it. */
  missingSince(at: number): void {
    if (!this.#open) this.#lastSeen = Math.min(this.#lastSeen, at);
  }

  /** The stream broke. Does nothing while a gap is open. */
  begin(reason: PriceStreamGap['reason']): void {
    this.#open ??= { from: this.#lastSeen, reason };
  }

  /** Prices flow again. Returns the gap to deliver before them, or `undefined` if none is open or there are no symbols. */
  end(symbols: readonly string[], recovered: boolean): PriceStreamGap | undefined {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return undefined;
    this.#lastSeen = this.#clock.now();
    if (symbols.length === 0) return undefined;
    this.#count++;
    // If the wall clock was set back, the gap must still not end before it began.
    const to = Math.max(open.from, this.#lastSeen);
    return { type: 'gap', from: open.from, to, symbols, reason: open.reason, recovered };
  }

  /** A gap without an outage: frames are missing between the last one seen and now. `undefined` while an outage lasts. */
  instant(
    symbols: readonly string[],
    reason: PriceStreamGap['reason'],
    recovered: boolean,
  ): PriceStreamGap | undefined {
    if (this.#open) return undefined;
    this.begin(reason);
    return this.end(symbols, recovered);
  }
}
