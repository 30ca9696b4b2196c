import type { Clock } from '../../core/clock.js';
import type { PriceStreamGap } from '../../core/prices/price-stream-gap.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { GapTracker } from './gap-tracker.js';

/** Options of {@link LinkOutages}. */
export interface LinkOutagesOptions {
  readonly clock: Clock;
  readonly link: Pick<PriceStreamLink, 'deliver' | 'reconnecting' | 'restored'>;
  /** Whether a reconnect brings the current prices, so that gaps are recovered. */
  readonly recovers: boolean;
  /** The symbols that an outage affects. */
  readonly symbols: () => readonly string[];
}

/** The outages of a link: each sets the status of the stream, and ends with one gap before the next prices. */
export class LinkOutages {
  readonly #options: LinkOutagesOptions;
  readonly #gaps: GapTracker;
  #isDown = false;

  constructor(options: LinkOutagesOptions) {
    this.#options = options;
    this.#gaps = new GapTracker(options.clock);
  }

  /** Whether the link is being restored. */
  get isDown(): boolean {
    return this.#isDown;
  }

  /** A frame came at `at` (ms since 1970; default now). */
  seen(at?: number): void {
    this.#gaps.seen(at);
  }

  /** The connection that carried the stream has ended. */
  lost({ wasSilent }: { readonly wasSilent: boolean }): void {
    this.#gaps.begin(wasSilent ? 'silence' : 'disconnect');
  }

  /** The next attempt to connect begins in `delayMs`. */
  retrying(attempt: number, delayMs: number): void {
    // Prices may have come over a connection that failed before all its symbols were answered.
    this.#gaps.begin('disconnect');
    this.#isDown = true;
    const { clock, link } = this.#options;
    link.reconnecting(attempt, clock.now() + delayMs);
  }

  /** The link is up again: restores the status, and delivers the gap. @returns the gap, if there is one. */
  restored(): PriceStreamGap | undefined {
    const { link, symbols, recovers } = this.#options;
    this.#isDown = false;
    link.restored();
    const gap = this.#gaps.end(symbols(), recovers);
    if (gap) link.deliver(gap);
    return gap;
  }

  /** Symbols that the source had not answered when the link was restored are answered now: delivers the rest of their gap. */
  answered(symbols: readonly string[], gap: PriceStreamGap): void {
    const { clock, link } = this.#options;
    if (symbols.length > 0)
      link.deliver({ ...gap, from: gap.to, to: Math.max(gap.to, clock.now()), symbols });
  }

  /** Frames may be missing since `at` (ms since 1970), although others have come after it. */
  missingSince(at: number): void {
    this.#gaps.missingSince(at);
  }

  /** No symbol is left to restore: ends the outage, if there is one, without a gap. */
  dropped(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#gaps.end([], false);
    this.#options.link.restored();
  }

  /** Frames of these symbols are missing, although the link is up: delivers a gap. */
  missed(symbols: readonly string[]): void {
    const gap = this.#gaps.instant(symbols, 'sequence', false);
    if (gap) this.#options.link.deliver(gap);
  }
}
