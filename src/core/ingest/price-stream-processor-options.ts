import type { CalendarSource, SymbolCalendars } from '../calendars/symbol-calendars.js';
import { checkDelay, type Clock } from '../clock.js';
import { invalidArgument, type TickmarkError } from '../errors.js';
import type { Logger } from '../logger.js';
import { EVENT_BUS, type EventBus } from '../messaging/event-bus.js';
import {
  checkNumber,
  withDefaults,
  ERROR_RECEIVERS,
  TIME_AND_CHANCE,
  checkOptions,
  needed,
  partShape,
  type OptionShapes,
} from '../options.js';
import type { RandomSource } from '../random.js';
import type { PriceRejection } from '../prices/price-update.js';
import type { PriceDetailName } from '../prices/usable-details.js';
import type { OverflowPolicy } from './fifo-backlog.js';
import type { SymbolTable } from '../prices/symbol-table.js';

/** Options of `PriceStreamProcessor`. */
export interface PriceStreamProcessorOptions {
  /** Where batches are published. It stays open after `close()`. */
  readonly bus: EventBus;
  /** Most prices in one batch. Default 100. */
  readonly batchSize?: number;
  /** Longest time in ms that a price waits for its batch while the bus keeps up. Default 100. */
  readonly batchTimeoutMs?: number;
  /**
   * Shortest time in ms from one round of batches to the next; a round publishes all waiting prices, `batchSize` at a time. `true` means
   * `batchTimeoutMs`. `false` means 0: a batch leaves as soon as the bus is free. The first price after a pause is never delayed. Default
   * `true`.
   */
  readonly throttle?: boolean | number;
  /** Keep only the newest price of each symbol. `false` keeps every update, for recorders. Default `true`. */
  readonly conflate?: boolean;
  /** With `conflate: false`: most updates that wait. Default 100,000. */
  readonly maxQueued?: number;
  /** With `conflate: false`: which update a full queue drops. It is counted as overflowed. Default `'drop-oldest'`. */
  readonly overflow?: OverflowPolicy;
  /** Accept prices of zero and below (oil traded at -37.63 in April 2020). Default `false`. */
  readonly allowNonPositive?: boolean;
  /**
   * Trading calendars of the symbols: they date previous closes that come without `previousCloseAt`. Give the book the same ones. Default: none.
   */
  readonly calendars?: CalendarSource | SymbolCalendars;
  /** Start of the day at a time, ms since 1970: dates previous closes of symbols without a calendar. Default: 00:00 UTC. */
  readonly dayStart?: (now: number) => number;
  /** Name of the stream in events. Default `'stream'`. */
  readonly source?: string;
  /** Symbol numbers shared with other parts. Default: a table of its own. */
  readonly symbols?: SymbolTable;
  readonly clock?: Clock;
  /** Random numbers for event ids and the jitter of retries. */
  readonly random?: RandomSource;
  /**
   * Called with rejected updates (`PRICE_REJECTED`), once a minute for each reason, with dropped details (`DETAIL_DROPPED`), once a minute for each
   * name, and with each failed publish (`BUS_FAILED`). What it throws is dropped. `stats()` counts all.
   */
  readonly onError?: (error: TickmarkError) => void;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
}

/** Counters. Always `received = delivered + conflated + rejected + outdated + overflowed + pending`. */
export interface PriceStreamProcessorStats {
  /** Updates pushed, and prices that were published again with a previous close. */
  readonly received: number;
  /** Updates in batches that the bus accepted. */
  readonly delivered: number;
  /** Updates that a newer one of their symbol replaced before they were published. */
  readonly conflated: number;
  /** Updates rejected; `rejections` has the reasons. */
  readonly rejected: number;
  /** Updates older than one already accepted. */
  readonly outdated: number;
  /** Updates dropped by a full queue, by `close()`, or because they are too large for any message. */
  readonly overflowed: number;
  /** Updates that wait or are in flight to the bus. */
  readonly pending: number;
  /** Batches that the bus accepted. */
  readonly batches: number;
  /** Publishes that failed and were retried. */
  readonly retries: number;
  /** Gaps that the bus accepted. */
  readonly gaps: number;
  /** Rejected updates by reason. */
  readonly rejections: Readonly<Partial<Record<PriceRejection, number>>>;
  /** Details that were dropped, by name; their prices were taken. */
  readonly droppedDetails: Readonly<Partial<Record<PriceDetailName, number>>>;
  /** Prices with more digits than tickmark holds, which were rounded to what a float64 carries. */
  readonly rounded: number;
}

/** What each option may be. */
export const PROCESSOR_OPTIONS: OptionShapes<PriceStreamProcessorOptions> = {
  ...TIME_AND_CHANCE,
  ...ERROR_RECEIVERS,
  bus: needed(EVENT_BUS),
  batchSize: true,
  batchTimeoutMs: true,
  throttle: true,
  conflate: 'boolean',
  maxQueued: true,
  overflow: true,
  allowNonPositive: 'boolean',
  calendars: true,
  dayStart: 'function',
  source: 'string',
  symbols: partShape<SymbolTable>('a SymbolTable', 'idOf', 'find'),
};

const DEFAULTS = {
  batchSize: 100,
  batchTimeoutMs: 100,
  throttle: true as boolean | number,
  conflate: true,
  maxQueued: 100_000,
  overflow: 'drop-oldest' as OverflowPolicy,
  allowNonPositive: false,
  source: 'stream',
};

/** Options of a processor, checked and complete. */
export type ProcessorSettings = Omit<typeof DEFAULTS, 'throttle' | 'batchTimeoutMs'> & {
  /** Shortest time in ms from one round of batches to the next. */
  readonly minIntervalMs: number;
};

/** Checks the options and fills in their defaults. @throws TickmarkError `INVALID_ARGUMENT` for an option out of range. */
export function resolveProcessorOptions(options: PriceStreamProcessorOptions): ProcessorSettings {
  checkOptions('PriceStreamProcessor', options, PROCESSOR_OPTIONS);
  const { batchTimeoutMs, throttle, ...settings } = withDefaults(options, DEFAULTS);
  const { batchSize, maxQueued, overflow } = settings;
  checkNumber('PriceStreamProcessor: batchSize', batchSize, { from: 1, isWhole: true });
  checkNumber('PriceStreamProcessor: maxQueued', maxQueued, { from: 1, isWhole: true });
  checkDelay(batchTimeoutMs, 'PriceStreamProcessor: batchTimeoutMs');
  const minIntervalMs = throttle === true ? batchTimeoutMs : throttle === false ? 0 : throttle;
  if (!(minIntervalMs >= 0 && minIntervalMs <= batchTimeoutMs)) {
    const accepted = `true, false, or ms from 0 to batchTimeoutMs (${batchTimeoutMs})`;
    throw invalidArgument('PriceStreamProcessor: throttle', throttle, accepted);
  }
  if (overflow !== 'drop-oldest' && overflow !== 'drop-newest') {
    throw invalidArgument('PriceStreamProcessor: overflow', overflow, '"drop-oldest" or "drop-newest"');
  }
  return { ...settings, minIntervalMs };
}
