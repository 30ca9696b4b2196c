import type { Clock } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import type { Lock } from '../locking/lock.js';
import type { Logger } from '../logger.js';
import type { EventBus } from '../messaging/event-bus.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { RandomSource } from '../random.js';
import type { LoadProgress } from './initial-loader.js';
import type { EmissionPolicy } from './emission-policy.js';
import type { PositionBookOptions } from '../book/position-book-options.js';
import type { ValuationWriterStats } from './writer/valuation-writer.js';

/** Options of `MarkToMarketEngine`; those of its book are among them. */
export interface MarkToMarketEngineOptions extends PositionBookOptions {
  /** Brings prices and news of holdings, and takes values. */
  readonly bus: EventBus;
  /** Holds the portfolios, and takes valuations and last prices. */
  readonly repository: PortfolioRepository;
  /** With a lock, only its holder stores valuations: for several engines on the same portfolios. Default: none. */
  readonly lock?: Lock | null;
  /** Key of that lock. Default `'tickmark/valuations'`. */
  readonly lockKey?: string;
  /**
   * How long the lock is held unless extended, in ms from 100 to 3,600,000. When its holder has died or hears no prices,
   * another engine stores after this time and 250 ms at most. Default 10,000.
   */
  readonly leaseMs?: number;
  /** When values are published. Default: on every change. */
  readonly emission?: EmissionPolicy;
  /** `'positions'`: published values carry their rows, at the cost of computing them each time. Default `'totals'`. */
  readonly detail?: 'totals' | 'positions';
  /** Time in ms from one round of saves to the next, of valuations and of prices. Default 200. */
  readonly persistMs?: number;
  /** Valuations in one `saveValuations`. Default 500. */
  readonly saveBatchSize?: number;
  /**
   * Time in ms from one look for holdings that have changed in the store to the next: what the bus says of them comes sooner,
   * and may be lost. Default 2000.
   */
  readonly holdingsPollMs?: number;
  /** Calls of `saveValuations` under way at once; one of `savePrices` comes on top. Default 2. */
  readonly saveConcurrency?: number;
  /** Name in events. Default `'engine'`. */
  readonly name?: string;
  readonly clock?: Clock;
  /** Chance for event ids and the jitter of retries. */
  readonly random?: RandomSource;
  readonly logger?: Logger;
  /** Told of what failed and is tried again. What it throws itself is dropped. */
  readonly onError?: (error: TickmarkError) => void;
  /** Told while the book is filled, after each 1,000 portfolios and at the end. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Told when the set of symbols that the portfolios need has grown. */
  readonly onNewSymbols?: (symbols: readonly string[]) => void;
}

/** How long `close()` waits for values to be stored and published. */
export interface CloseOptions {
  /** Longest time in ms without progress, such as with a store that is down. Default 1000. */
  readonly timeoutMs?: number;
  /** Longest time in ms altogether, however much is still stored meanwhile. Default 30,000. */
  readonly ceilingMs?: number;
}

/** What a `flush()` has settled, and what not. */
export interface FlushOutcome {
  /** Valuations that the store took during the call. */
  readonly stored: number;
  /** Portfolios whose newest valuation is not stored by this engine; what another one has stored of them it does not know. */
  readonly unstored: number;
  /** Values that the bus took during the call. */
  readonly published: number;
  /** Values that still wait for the bus. */
  readonly unpublished: number;
  /** Whether another engine holds the lock, so that this one stores nothing: what is unstored is the other's. */
  readonly lockedOut: boolean;
}

/** Counters of a `MarkToMarketEngine`. */
export interface MarkToMarketEngineStats extends ValuationWriterStats {
  readonly portfolios: number;
  readonly positions: number;
  /** Batches of prices applied. */
  readonly batches: number;
  /** Prices taken. */
  readonly prices: number;
  /** Prices left out because a newer one was known. */
  readonly outdatedPrices: number;
  /** Totals computed. */
  readonly valuations: number;
  /** Values that the bus has taken. */
  readonly published: number;
  /** Values that wait for the bus. */
  readonly unpublished: number;
  /** Portfolios left out of what is published, since their value is too large for a message of its own. */
  readonly unsendable: number;
  /** Publishes that failed and were tried again. */
  readonly publishRetries: number;
  /** Holdings loaded again after a change or a conflict. */
  readonly reloads: number;
  /** Gaps heard of, in the stream of prices or on the bus. */
  readonly gaps: number;
  /** How often prices were found to be missing, by their numbers, and asked for. */
  readonly missedPrices: number;
  /** Changes of holdings that no event had told of, found in the store. */
  readonly discoveredHoldings: number;
}
