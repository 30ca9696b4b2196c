import type {
  MarkToMarketEngineOptions,
  MarkToMarketEngineStats,
} from '../core/engine/mark-to-market-engine-options.js';
import type {
  PriceStreamProcessorOptions,
  PriceStreamProcessorStats,
} from '../core/ingest/price-stream-processor-options.js';
import type { Lock } from '../core/locking/lock.js';
import type { EventBus, EventBusStats } from '../core/messaging/event-bus.js';
import type { PriceStreamAdapter, StreamStatus } from '../core/streams/price-stream-adapter.js';

/** Options of `MarkToMarket`: its parts, and the options of its processor and engine. */
export interface MarkToMarketParts
  extends
    Omit<MarkToMarketEngineOptions, 'symbols' | 'onNewSymbols' | 'name'>,
    Pick<
      PriceStreamProcessorOptions,
      | 'batchSize'
      | 'batchTimeoutMs'
      | 'throttle'
      | 'conflate'
      | 'maxQueued'
      | 'overflow'
      | 'allowNonPositive'
      | 'source'
    > {
  /**
   * Where prices come from. `start()` connects it and subscribes to the symbols that the portfolios need. `close()` undoes that: a stream
   * that was connected before stays connected.
   */
  readonly stream: PriceStreamAdapter;
  /** Carries prices, values and changes of holdings. */
  readonly bus: EventBus;
  /** Lets only one of several engines store valuations; `null`: none. */
  readonly lock: Lock | null;
  /** Whether it subscribes to the symbols that the portfolios hold and to the currency pairs. Default `true`; with `false` you subscribe. */
  readonly autoSubscribe?: boolean;
}

/** Counters of all parts. */
export interface MarkToMarketStats {
  readonly processor: PriceStreamProcessorStats;
  readonly engine: MarkToMarketEngineStats;
  readonly bus: EventBusStats;
  readonly stream: StreamStatus;
  /** Changes of holdings that were retried because someone else had changed the portfolio first. */
  readonly editConflicts: number;
}

/** Options of `markToMarket()`. */
export interface MarkToMarketOptions extends Omit<MarkToMarketParts, 'bus' | 'lock'> {
  /** Default: an `InMemoryEventBus`, which `close()` closes. A bus that you pass in stays open. */
  readonly bus?: MarkToMarketParts['bus'];
  /** Default: an `InMemoryLock`, which `close()` closes. A lock that you pass in stays open. `null`: none. */
  readonly lock?: MarkToMarketParts['lock'];
  /** Aborts the start, which then throws `ABORTED`. */
  readonly signal?: AbortSignal;
}
