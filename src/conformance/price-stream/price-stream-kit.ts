import type { PriceStreamAdapter } from '../../core/streams/price-stream-adapter.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { Harness, Kit, KitOptions } from '../kit.js';

/** The other side of the stream, as a test drives it. */
export interface PriceStreamVenue {
  /** Has the venue send a price, whether or not anyone asked for its symbol. The kit looks at symbol and price of what arrives. */
  readonly send: (update: PriceUpdate) => Promise<void> | void;
  /** Breaks the link from outside; needed for `supports.breakLink`. */
  readonly breakLink?: () => Promise<void> | void;
  /** Lets the link be mended; the adapter may take its time to reconnect. */
  readonly restoreLink?: () => Promise<void> | void;
  /** Has the venue refuse connections from now on; needed for `supports.refuse`. */
  readonly refuse?: () => Promise<void> | void;
  /** Has it accept them again. */
  readonly accept?: () => Promise<void> | void;
}

/** A fresh, disconnected adapter for one case. */
export interface PriceStreamAdapterHarness extends Harness {
  /** The adapter under test; it must not deliver prices that `venue.send` was not asked for. */
  readonly adapter: PriceStreamAdapter;
  /** Its venue. */
  readonly venue: PriceStreamVenue;
}

/** What an adapter can do beyond what the port demands, and what the harness can do to it. */
export interface PriceStreamAdapterSupport {
  /** The venue can break the link, and the adapter mends it by itself. */
  readonly breakLink: boolean;
  /** The venue can refuse connections, which makes `connect()` fail. */
  readonly refuse: boolean;
  /** Most symbols at once, where the factory makes adapters with a limit small enough to reach: 2 to 3. */
  readonly maxSymbols: number;
}

/** Options of `priceStreamAdapterConformance`. */
export interface PriceStreamAdapterConformanceOptions extends KitOptions<
  PriceStreamAdapterHarness,
  PriceStreamAdapterSupport
> {
  /** Four symbols that the venue knows. Default `AAA`, `BBB`, `CCC`, `DDD`. */
  readonly symbols?: readonly [string, string, string, string];
}

/** The kit, and the symbols it works with. */
export interface PriceStreamKit {
  readonly kit: Kit<PriceStreamAdapterHarness, PriceStreamAdapterSupport>;
  readonly symbols: readonly [string, string, string, string];
}
