import type { PreviousClose, PreviousClosesSource } from '../../core/calendars/previous-closes.js';
import type { Harness, Kit, KitOptions } from '../kit.js';

/** A fresh source for one case, which knows no close yet. */
export interface PreviousClosesHarness extends Harness {
  /** The source under test. */
  readonly closes: PreviousClosesSource;
  /**
   * Makes closes known to the source, besides those that it knows. All are of sessions of `usEquities` and dated by when these closed; each price is a string
   * of a decimal.
   */
  readonly put: (closes: readonly PreviousClose[]) => Promise<void> | void;
  /** Makes calls of the source wait until the case is over, such as by a lock on the table; needed for `supports.stall`. */
  readonly stall?: () => Promise<void> | void;
  /** A source that cannot work, such as one whose connection is closed; needed for `supports.failure`. */
  readonly failing?: PreviousClosesSource;
}

/** Optional abilities of a source of previous closes. */
export interface PreviousClosesSupport {
  /** `createHarness` gives `stall()`. */
  readonly stall: boolean;
  /** `createHarness` gives a `failing` source. */
  readonly failure: boolean;
}

/** Options of `previousClosesConformance`. */
export interface PreviousClosesConformanceOptions extends KitOptions<
  PreviousClosesHarness,
  PreviousClosesSupport
> {}

export type PreviousClosesKit = Kit<PreviousClosesHarness, PreviousClosesSupport>;
