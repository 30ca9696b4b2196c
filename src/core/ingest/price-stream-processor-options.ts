import type { Clock } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { EventBus } from '../messaging/event-bus.js';
import type { RandomSource } from '../random.js';
import type { PriceRejection } from '../prices/price-update.js';
import type { OverflowPolicy } from './fifo-backlog.js';
import type { SymbolTable } from '../prices/symbol-table.js';

/** Options of `PriceStreamProcessor`. */
export interface PriceStreamProcessorOptions {
  /** Batches are published to it. It stays open after `close()`. */
  readonly bus: EventBus;
  /** Most changes in one batch. Default 100. */
  readonly batchSize?: number;
  /** Longest time in ms that a price waits for its batch while the bus keeps up. Default 100. */
  readonly batchTimeoutMs?: number;
  /**
   * Least time in ms from one round of batches to the next; a round publishes all that waits, `batchSize` at a time. `true`
   * means `batchTimeoutMs`; `false` means none: a batch leaves as soon as the bus is free. The first price after a pause is never
   * delayed. Default `true`.
   */
  readonly throttle?: boolean | number;
  /** Keep only the newest price of each symbol. `false` keeps every update, for recorders. Default `true`. */
  readonly conflate?: boolean;
  /** With `conflate: false`: most updates that wait. Default 100,000. */
  readonly maxQueued?: number;
  /** With `conflate: false`: what a full queue does. Default `'drop-oldest'`. Either way it counts as overflowed. */
  readonly overflow?: OverflowPolicy;
  /** Accept prices of zero and below (oil traded at -37.63 in April 2020). Default `false`. */
  readonly allowNonPositive?: boolean;
  /** Name of the stream in events. Default `'stream'`. */
  readonly source?: string;
  /** Symbol numbers shared with other parts. Default: a table of its own. */
  readonly symbols?: SymbolTable;
  readonly clock?: Clock;
  /** Random numbers for event ids and the jitter of retries. */
  readonly random?: RandomSource;
  /** Called with each rejected update (`PRICE_REJECTED`) and failed publish (`BUS_FAILED`). What it throws is dropped. */
  readonly onError?: (error: TickmarkError) => void;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
}

/** Counters. Always `received = delivered + conflated + rejected + outdated + overflowed + pending`. */
export interface PriceStreamProcessorStats {
  /** Updates pushed. */
  readonly received: number;
  /** Updates in batches that the bus accepted. */
  readonly delivered: number;
  /** Updates that a newer one of the symbol replaced before they left. */
  readonly conflated: number;
  /** Updates rejected; `rejections` has the reasons. */
  readonly rejected: number;
  /** Updates strictly older than one already accepted. */
  readonly outdated: number;
  /** Updates lost to the bound of the queue, or to `close()` with a bus that failed. */
  readonly overflowed: number;
  /** Updates that wait or are on their way to the bus. */
  readonly pending: number;
  /** Batches that the bus accepted. */
  readonly batches: number;
  /** Publishes that failed and were retried. */
  readonly retries: number;
  /** Gaps forwarded. */
  readonly gaps: number;
  readonly rejections: Readonly<Partial<Record<PriceRejection, number>>>;
}
