import type { InstrumentStore } from '../../core/instruments/instrument-store.js';
import type { Harness, Kit, KitOptions } from '../kit.js';

/** A fresh, empty store for one case. */
export interface InstrumentStoreHarness extends Harness {
  /** The store under test. */
  readonly store: InstrumentStore;
  /** Another store on the same data, as in another process; needed for `supports.peer`. */
  readonly peer?: InstrumentStore;
}

/** Optional abilities of a store of instruments. */
export interface InstrumentStoreSupport {
  /** `createHarness` gives a `peer`. */
  readonly peer: boolean;
}

/** Options of `instrumentStoreConformance`. */
export interface InstrumentStoreConformanceOptions extends KitOptions<
  InstrumentStoreHarness,
  InstrumentStoreSupport
> {}

export type InstrumentStoreKit = Kit<InstrumentStoreHarness, InstrumentStoreSupport>;
