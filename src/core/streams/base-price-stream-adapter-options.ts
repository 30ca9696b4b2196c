import type { TradingCalendar } from '../calendars/trading-calendar.js';
import type { Clock } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import type { Logger } from '../logger.js';
import { ERROR_RECEIVERS, TIME_AND_CHANCE, type OptionShapes } from '../options.js';

/** The trading calendar of the symbols of a stream, one for all or by symbol. */
export type StreamCalendar = TradingCalendar | ((symbol: string) => TradingCalendar | null | undefined);

/** Options that every adapter built on `BasePriceStreamAdapter` takes. */
export interface BasePriceStreamAdapterOptions {
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Trading calendar of its symbols, or a function of the symbol. Default: that of the venue, where the adapter knows one; else none. */
  readonly calendar?: StreamCalendar;
  /** Most symbols that can be subscribed at once. Default: no limit. */
  readonly maxSymbols?: number;
  /** Longest time that `disconnect()` waits for the link to close, in ms. Default 5,000. */
  readonly closeTimeoutMs?: number;
  /**
   * Called with errors that do not stop the stream: `HANDLER_FAILED` if a listener threw, `STREAM_FAILED` or `TIMEOUT` if the link did
   * not close. What it throws is dropped. Default: none; `stats()` counts the errors of listeners.
   */
  readonly onError?: (error: TickmarkError) => void;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
}

/** What each of these options may be. */
export const STREAM_OPTIONS: OptionShapes<BasePriceStreamAdapterOptions> = {
  clock: TIME_AND_CHANCE.clock,
  calendar: true,
  maxSymbols: true,
  closeTimeoutMs: true,
  ...ERROR_RECEIVERS,
};
