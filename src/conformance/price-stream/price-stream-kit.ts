import type { PriceStreamAdapter } from '../../core/streams/price-stream-adapter.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { Harness, Kit, KitOptions } from '../kit.js';

/** The venue of the adapter, controlled by the tests. */
export interface PriceStreamVenue {
  /** Makes the venue send a price, whether or not its symbol is subscribed. The kit checks symbol and price of what arrives. */
  readonly send: (update: PriceUpdate) => Promise<void> | void;
  /** Breaks the link; needed for `supports.breakLink`. */
  readonly breakLink?: () => Promise<void> | void;
  /** Allows the adapter to reconnect, which it may do later. */
  readonly restoreLink?: () => Promise<void> | void;
  /** Makes the venue refuse connections from now on; needed for `supports.refuse`. */
  readonly refuse?: () => Promise<void> | void;
  /** Makes the venue accept connections again. */
  readonly accept?: () => Promise<void> | void;
}

/** A new, disconnected adapter for one test, with its venue. */
export interface PriceStreamAdapterHarness extends Harness {
  /** The adapter that is tested. It must deliver only prices of `venue.send`. */
  readonly adapter: PriceStreamAdapter;
  /** Its venue. */
  readonly venue: PriceStreamVenue;
}

/** Optional abilities of the adapter and of the harness. Default: none. */
export interface PriceStreamAdapterSupport {
  /** The harness can break the link, and the adapter reconnects by itself. */
  readonly breakLink: boolean;
  /** The harness can refuse connections, so that `connect()` rejects. */
  readonly refuse: boolean;
  /** Limit of symbols of the adapters, if they have one that is small enough to test: 2 or 3. */
  readonly maxSymbols: number;
}

/** Options of `priceStreamAdapterConformance`. */
export interface PriceStreamAdapterConformanceOptions extends KitOptions<
  PriceStreamAdapterHarness,
  PriceStreamAdapterSupport
> {
  /** Four symbols of the venue. Default `AAA`, `BBB`, `CCC`, `DDD`. */
  readonly symbols?: readonly [string, string, string, string];
}

/** The kit, and its symbols. */
export interface PriceStreamKit {
  readonly kit: Kit<PriceStreamAdapterHarness, PriceStreamAdapterSupport>;
  readonly symbols: readonly [string, string, string, string];
}
