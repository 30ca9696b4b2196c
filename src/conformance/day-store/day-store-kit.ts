import type { DayStore } from '../../core/calendars/day-store.js';
import type { Harness, Kit, KitOptions } from '../kit.js';

/** A fresh, empty store for one case. */
export interface DayStoreHarness extends Harness {
  /** The store under test. */
  readonly store: DayStore;
  /** Another store on the same data, as in another process; needed for `supports.peer`. */
  readonly peer?: DayStore;
  /** A store that cannot work, such as one whose connection is closed; needed for `supports.failure`. */
  readonly failing?: DayStore;
}

/** Optional abilities of a store of days. */
export interface DayStoreSupport {
  /** `createHarness` gives a `peer`. */
  readonly peer: boolean;
  /** `createHarness` gives a `failing` store. */
  readonly failure: boolean;
}

/** Options of `dayStoreConformance`. */
export interface DayStoreConformanceOptions extends KitOptions<DayStoreHarness, DayStoreSupport> {}

export type DayStoreKit = Kit<DayStoreHarness, DayStoreSupport>;
