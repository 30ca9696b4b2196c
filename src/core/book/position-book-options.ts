import type { Clock } from '../clock.js';
import type { SymbolTable } from '../prices/symbol-table.js';
import type { FxPair } from '../money/fx-rates.js';
import type { FxPolicy } from './conversion-table.js';
import type { LatestPricesOptions } from './latest-prices.js';

/** Options of `PositionBook`. */
export interface PositionBookOptions extends LatestPricesOptions {
  /** Currency pairs, by definition or by a name such as `'EUR/USD'`. Their prices come with all others. */
  readonly fx?: ReadonlyArray<FxPair | string>;
  /** A rate that arrived longer ago than this many ms counts as unknown. Default: no limit. */
  readonly fxMaxAgeMs?: number;
  /** Default `'last'`. */
  readonly fxPolicy?: FxPolicy;
  /** Symbol numbers shared with the processor, which saves translating them. */
  readonly symbols?: SymbolTable;
  readonly clock?: Clock;
}
