import type { Decimal } from '../money/decimal.js';
import type { PriceGrade, PriceKind, SessionName } from '../portfolio/figures/portfolio-valuation.js';
import type { MarketState } from '../prices/price-update.js';

/** The newest price of one symbol, as a book knows it; `null` is unknown. Times are ms since 1970. */
export interface SymbolPrice {
  readonly symbol: string;
  /** Last trade or mark, per unit. */
  readonly price: Decimal;
  /** `close` outside the session; `stored` where it comes from a store and no newer one has come; else `last`. */
  readonly kind: Extract<PriceKind, 'last' | 'close' | 'stored'>;
  /** Currency of all prices here; `null` where the stream gives none: it is then that of the position. */
  readonly currency: string | null;
  readonly bid: Decimal | null;
  readonly ask: Decimal | null;
  /** Close of the previous session. */
  readonly previousClose: Decimal | null;
  /** The trading day of which `previousClose` is the start; `null` for a symbol without a trading calendar. */
  readonly session: SessionName | null;
  /** Trading state; `open` where the stream gives none. */
  readonly state: MarketState;
  /** Venue time, or time of receipt where `timeSource` is `'received'`. */
  readonly asOf: number;
  readonly timeSource: 'venue' | 'received';
  /** When it arrived here. */
  readonly receivedAt: number;
  /** Name of the stream or store that it came from. */
  readonly source: string;
  readonly grade: Exclude<PriceGrade, 'missing'>;
}
