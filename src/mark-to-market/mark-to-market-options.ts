import {
  ENGINE_OPTIONS,
  type MarkToMarketEngineOptions,
  type MarkToMarketEngineStats,
} from '../core/engine/mark-to-market-engine-options.js';
import type {
  PriceStreamProcessorOptions,
  PriceStreamProcessorStats,
} from '../core/ingest/price-stream-processor-options.js';
import type { PreviousClosesSource } from '../core/calendars/previous-closes.js';
import type { Lock } from '../core/locking/lock.js';
import { EVENT_BUS, type EventBus, type EventBusStats } from '../core/messaging/event-bus.js';
import { SIGNAL, type OptionShapes } from '../core/options.js';
import type { CombinedStream } from '../core/streams/combined/combined-stream.js';
import type { StreamPartStats } from '../core/streams/combined/stream-part.js';
import type { SymbolNames } from '../core/streams/combined/symbol-names.js';
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
  /**
   * Where previous closes come from, if not with the prices: a `PreviousCloses`, or its `load()`. It is asked at the start, for symbols that are added, and when a trading
   * day of a symbol's calendar begins; again while it fails, and while the close of the last session is missing. Prices and the start never wait for it. Default: the
   * stream's own, if it has `previousCloses`. `null`: none.
   */
  readonly previousCloses?: PreviousClosesSource | null;
  /** Whether it subscribes to the symbols that the portfolios hold and to the currency pairs. Default `true`; with `false` you subscribe. */
  readonly autoSubscribe?: boolean;
}

/** Counters of all parts. */
export interface MarkToMarketStats {
  readonly processor: PriceStreamProcessorStats;
  readonly engine: MarkToMarketEngineStats;
  readonly bus: EventBusStats;
  readonly stream: StreamStatus;
  /** Status and counters of each stream, by name, if it was given several or names of symbols; else empty. */
  readonly streams: Readonly<Record<string, StreamPartStats>>;
  /** Changes of holdings that were retried because someone else had changed the portfolio first. */
  readonly editConflicts: number;
}

/** Options of `markToMarket()`. */
export interface MarkToMarketOptions extends Omit<MarkToMarketParts, 'bus' | 'lock' | 'stream'> {
  /**
   * Where prices come from: a stream, or a list of streams with the symbols that each one carries, as `combineStreams()` takes it. The start connects
   * it and subscribes to the symbols that the portfolios need. `close()` undoes that: a stream that was connected before, or that another marking
   * uses, stays connected.
   */
  readonly stream: PriceStreamAdapter | readonly (PriceStreamAdapter | CombinedStream)[];
  /** What the streams call the symbols of the portfolios. Default: the same. A single stream without a name is called `stream1`. */
  readonly symbols?: SymbolNames;
  /** Default: an `InMemoryEventBus`, which `close()` closes. A bus that you pass in stays open. */
  readonly bus?: MarkToMarketParts['bus'];
  /** Default: an `InMemoryLock`, which `close()` closes. A lock that you pass in stays open. `null`: none. */
  readonly lock?: MarkToMarketParts['lock'];
  /** Aborts the start, which then throws `ABORTED`. */
  readonly signal?: AbortSignal;
}

const { symbols: _symbols, onNewSymbols: _onNewSymbols, name: _name, ...OF_ENGINE } = ENGINE_OPTIONS;

/** What each option of `markToMarket()` may be. */
export const MARK_TO_MARKET_OPTIONS: OptionShapes<MarkToMarketOptions> = {
  ...OF_ENGINE,
  bus: EVENT_BUS,
  stream: true,
  symbols: true,
  ...SIGNAL,
  autoSubscribe: 'boolean',
  previousCloses: true,
  batchSize: true,
  batchTimeoutMs: true,
  throttle: true,
  conflate: 'boolean',
  maxQueued: true,
  overflow: true,
  allowNonPositive: 'boolean',
  source: 'string',
};
