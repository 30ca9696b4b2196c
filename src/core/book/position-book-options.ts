import type { CalendarSource, SymbolCalendars } from '../calendars/symbol-calendars.js';
import type { Clock } from '../clock.js';
import type { SymbolTable } from '../prices/symbol-table.js';
import type { InstrumentCatalog, InstrumentSource } from '../instruments/instrument-catalog.js';
import type { FxPair } from '../money/fx-rates.js';
import type { FxPolicy } from './conversion-table.js';
import { LATEST_PRICES_OPTIONS, type LatestPricesOptions } from './latest-prices.js';
import { TIME_AND_CHANCE, partShape, type OptionShapes } from '../options.js';

/** Options of `PositionBook`. */
export interface PositionBookOptions extends LatestPricesOptions {
  /** Currency pairs, by definition or by a name such as `'EUR/USD'`. Their prices come in as those of other symbols do. Default: none. */
  readonly fx?: ReadonlyArray<FxPair | string>;
  /** A rate that arrived longer ago than this many ms counts as unknown. Default: no limit. */
  readonly fxMaxAgeMs?: number;
  /** Whether amounts are converted at the last price of a pair, or at its bid and ask. Default `'last'`. */
  readonly fxPolicy?: FxPolicy;
  /**
   * How the prices of symbols become money: a record or list by symbol, or a function. Positions in symbols that are not listed are
   * valued as their portfolio knows them, else as plain equities.
   */
  readonly instruments?: InstrumentSource | InstrumentCatalog;
  /**
   * Trading calendars: one for all symbols; a list, of which `calendar` of an instrument names one; or a function of the symbol. A calendar says until when a
   * previous close counts, and when a quiet market is closed. Without one, a close counts for 96 hours, and no market is called closed. Default: none.
   */
  readonly calendars?: CalendarSource | SymbolCalendars;
  /**
   * Start of the day at a time, ms since 1970: for cash, and for prices of symbols without a calendar that come without `previousCloseAt`. Default: 00:00 UTC.
   */
  readonly dayStart?: (now: number) => number;
  /** Numbers of symbols, shared with the processor: that saves translating them. Default: a new table. */
  readonly symbols?: SymbolTable;
  /** Default: the clock of the machine. */
  readonly clock?: Clock;
}

/** What each option may be. */
export const BOOK_OPTIONS: OptionShapes<PositionBookOptions> = {
  ...LATEST_PRICES_OPTIONS,
  fx: true,
  fxMaxAgeMs: true,
  fxPolicy: true,
  instruments: true,
  calendars: true,
  dayStart: 'function',
  symbols: partShape<SymbolTable>('a SymbolTable', 'idOf', 'find'),
  clock: TIME_AND_CHANCE.clock,
};
