import type { Clock } from '../../core/clock.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { GapTracker } from '../connection/gap-tracker.js';
import type { ConsumerOutages } from '../../kafka-client/consumer-group-session-options.js';

/** Delivers one gap for each outage, and one where records are lost without an outage. */
export class PriceOutages implements ConsumerOutages {
  readonly #link: PriceStreamLink;
  readonly #gaps: GapTracker;
  readonly #symbols: () => readonly string[];
  #isOpen = false;
  #hasLost = false;

  /** @param symbols The symbols that are subscribed. */
  constructor(clock: Clock, link: PriceStreamLink, symbols: () => readonly string[]) {
    this.#gaps = new GapTracker(clock);
    this.#link = link;
    this.#symbols = symbols;
  }

  seen(): void {
    this.#gaps.seen();
  }

  /** Records may be missing since `at`, ms since 1970: the next gap begins there. */
  missingSince(at: number): void {
    this.#gaps.missingSince(at);
  }

  begin(reason: 'disconnect' | 'silence'): void {
    this.#isOpen = true;
    this.#gaps.begin(reason);
  }

  end(isWhole: boolean): void {
    this.#isOpen = false;
    const gap = this.#gaps.end(this.#symbols(), isWhole && !this.#hasLost);
    this.#hasLost = false;
    if (gap) this.#link.deliver(gap);
  }

  /** Records are lost: at once a gap, or as part of that of the outage. */
  lost(): void {
    if (this.#isOpen) {
      this.#hasLost = true;
      return;
    }
    const gap = this.#gaps.instant(this.#symbols(), 'sequence', false);
    if (gap) this.#link.deliver(gap);
  }
}
