import { DAY_STORE, type DayStore } from '../calendars/day-store.js';
import type { Clock } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import { LOCK, type Lock } from '../locking/lock.js';
import type { Logger } from '../logger.js';
import { EVENT_BUS, type EventBus } from '../messaging/event-bus.js';
import { REPOSITORY, type PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { RandomSource } from '../random.js';
import { SHARD_ASSIGNMENT, type ShardAssignment } from '../shards/shard-assignment.js';
import type { LoadProgress } from './initial-loader.js';
import type { EmissionPolicy } from './emission-policy.js';
import { BOOK_OPTIONS, type PositionBookOptions } from '../book/position-book-options.js';
import type { ValuationWriterStats } from './writer/valuation-writer.js';
import { ERROR_RECEIVERS, TIME_AND_CHANCE, needed, orNull, type OptionShapes } from '../options.js';

/** Options of `MarkToMarketEngine`, including those of its book. */
export interface MarkToMarketEngineOptions extends PositionBookOptions {
  /** Prices and changes of holdings come from it, and values are published to it. It stays open after `close()`. */
  readonly bus: EventBus;
  /** Portfolios are loaded from it; valuations and last prices are stored in it. */
  readonly repository: PortfolioRepository;
  /**
   * Which portfolios this engine values and stores, when several processes share the work: `fixedShards()`, `LeaseShardAssignment`, or
   * `KafkaShardAssignment` of `tickmark/kafka`. It is started and stopped with the engine. `lock` is not used then. Default: all portfolios.
   */
  readonly shards?: ShardAssignment;
  /**
   * `'standby'`: loads and values the portfolios of its `shards`, and stores and publishes those of a shard only while no owner does. The `shards`
   * of standbys are assigned in a group of their own: a `LeaseShardAssignment` with another name, a `KafkaShardAssignment` with another group.
   * Default `'owner'`.
   */
  readonly role?: 'owner' | 'standby';
  /**
   * A standby acts for a shard whose owner has been silent for this time, in ms from 100 to 600,000, the same in owners and standbys. It acts at
   * once when the owner gives the shard up, and when a new owner has yet to load it. Default 1,000.
   */
  readonly standbyAfterMs?: number;
  /**
   * Keeps what trading days ended with: prices and rates, which the next day starts from, also after a restart, and what each portfolio earned. Default:
   * none; days then end in memory only, and their results are published.
   */
  readonly dayStore?: DayStore;
  /** With a lock, only its holder stores valuations: for several engines on the same portfolios. Default: none. */
  readonly lock?: Lock | null;
  /** Key of that lock. Default `'tickmark/valuations'`. */
  readonly lockKey?: string;
  /**
   * How long the lock is held unless it is extended, in ms from 100 to 3,600,000. If the holder dies or receives no prices, another engine
   * takes over within this time plus 250 ms. Default 10,000.
   */
  readonly leaseMs?: number;
  /**
   * Which portfolios' values are published: `'all'` (default), or only those that somebody follows: a `Gateway`, or a `PortfolioFollower`. All
   * are valued and stored in any case.
   */
  readonly publish?: 'all' | 'followed';
  /** When values are published. Default: on every change. */
  readonly emission?: EmissionPolicy;
  /** `'positions'`: published values contain their positions, which are computed for each message. Default `'totals'`. */
  readonly detail?: 'totals' | 'positions';
  /** Time in ms from one round of saves to the next, for valuations and for prices. Default 200. */
  readonly persistMs?: number;
  /** Most valuations in one call of `saveValuations`. Default 500. */
  readonly saveBatchSize?: number;
  /**
   * Time in ms from one poll of the store for changed holdings to the next. Events of the bus come sooner, but may be lost.
   * Default 2,000.
   */
  readonly holdingsPollMs?: number;
  /** Most calls of `saveValuations` at the same time, in addition to one of `savePrices`. Default 2. */
  readonly saveConcurrency?: number;
  /** Name in events. Default `'engine'`. */
  readonly name?: string;
  readonly clock?: Clock;
  /** Random numbers for event ids and the jitter of retries. */
  readonly random?: RandomSource;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
  /** Called with each failure; the work is retried. What it throws is dropped. */
  readonly onError?: (error: TickmarkError) => void;
  /** Called while all portfolios are loaded: after each 1,000, sooner if the store is slow, and at the end. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Called with symbols that portfolios need and that none needed before. */
  readonly onNewSymbols?: (symbols: readonly string[]) => void;
}

/** Defaults of {@link MarkToMarketEngineOptions}. */
export const ENGINE_DEFAULTS = {
  role: 'owner' as 'owner' | 'standby',
  standbyAfterMs: 1_000,
  lockKey: 'tickmark/valuations',
  leaseMs: 10_000,
  publish: 'all' as 'all' | 'followed',
  detail: 'totals' as 'totals' | 'positions',
  persistMs: 200,
  saveBatchSize: 500,
  holdingsPollMs: 2000,
  saveConcurrency: 2,
  name: 'engine',
};

/** How long `close()` waits for values to be stored and published. */
export interface CloseOptions {
  /** Longest time in ms without progress, for example while a store is down. Default 1,000. */
  readonly timeoutMs?: number;
  /** Longest time in ms in total, even while values are still being stored. Default 30,000. */
  readonly ceilingMs?: number;
}

/** Defaults of {@link CloseOptions}. */
export const CLOSE_DEFAULTS: Required<CloseOptions> = { timeoutMs: 1000, ceilingMs: 30_000 };

/** What a `flush()` has stored and published, and what it has not. */
export interface FlushOutcome {
  /** Valuations that the store has taken during the call. */
  readonly stored: number;
  /** Portfolios whose newest valuation this engine has not stored; another engine may have. */
  readonly unstored: number;
  /** Values that the bus has taken during the call. */
  readonly published: number;
  /** Values that still wait for the bus. */
  readonly unpublished: number;
  /** Whether this engine stores nothing: another one holds the lock, or it is a standby that acts for no shard. */
  readonly lockedOut: boolean;
}

/** Counters of a `MarkToMarketEngine`. */
export interface MarkToMarketEngineStats extends ValuationWriterStats {
  readonly portfolios: number;
  readonly positions: number;
  /** Shards whose portfolios are valued here; `null` without `shards`. */
  readonly shards: number | null;
  /** Those of them that this standby stores and publishes because no owner does; 0 for an owner. */
  readonly takenOver: number;
  /** Portfolios, also of other engines, that somebody follows; `null` without `publish: 'followed'`. */
  readonly followed: number | null;
  /** Batches of prices applied. */
  readonly batches: number;
  /** Prices taken. */
  readonly prices: number;
  /** Prices ignored because a newer one was known. */
  readonly outdatedPrices: number;
  /** Totals computed. */
  readonly valuations: number;
  /** Values that the bus has taken. */
  readonly published: number;
  /** Values that wait for the bus. */
  readonly unpublished: number;
  /** Portfolios that are not published because their value is too large for any message. */
  readonly unsendable: number;
  /** Publishes that failed and were retried. */
  readonly publishRetries: number;
  /** Holdings loaded again after a change or a conflict. */
  readonly reloads: number;
  /** Gaps received, of price streams or of the bus. */
  readonly gaps: number;
  /** How often messages of prices were missing, by their numbers, and requested. */
  readonly missedPrices: number;
  /** Changes of holdings that no event had announced, found by polling the store. */
  readonly discoveredHoldings: number;
}

/** What each option may be. */
export const ENGINE_OPTIONS: OptionShapes<MarkToMarketEngineOptions> = {
  ...BOOK_OPTIONS,
  ...TIME_AND_CHANCE,
  ...ERROR_RECEIVERS,
  bus: needed(EVENT_BUS),
  repository: needed(REPOSITORY),
  shards: SHARD_ASSIGNMENT,
  role: true,
  standbyAfterMs: true,
  dayStore: DAY_STORE,
  lock: orNull(LOCK),
  lockKey: 'string',
  leaseMs: true,
  publish: true,
  emission: true,
  detail: ['totals', 'positions'],
  persistMs: true,
  saveBatchSize: true,
  holdingsPollMs: true,
  saveConcurrency: true,
  name: 'string',
  onProgress: 'function',
  onNewSymbols: 'function',
};

/** What each option of `close()` may be. */
export const CLOSE_OPTIONS: OptionShapes<CloseOptions> = { timeoutMs: true, ceilingMs: true };
