import { PriceStreamProcessor } from '../src/core/ingest/price-stream-processor.js';
import type { PriceStreamProcessorOptions } from '../src/core/ingest/price-stream-processor-options.js';
import { SymbolTable } from '../src/core/prices/symbol-table.js';
import type { Portfolio } from '../src/core/portfolio/portfolio.js';
import type {
  PortfolioRepository,
  ValuationOutcome,
  ValuationRecord,
} from '../src/core/portfolio/portfolio-repository.js';
import type { ShardAssignment } from '../src/core/shards/shard-assignment.js';
import { shardFilter, type ShardOptions } from '../src/core/shards/shard-selection.js';
import { MarkToMarketEngine } from '../src/core/engine/mark-to-market-engine.js';
import { InMemoryEventBus } from '../src/memory/in-memory-event-bus.js';
import { InMemoryPortfolioRepository } from '../src/memory/in-memory-portfolio-repository.js';
import type { World } from './world.js';

/** The parts of tickmark in one process, over the portfolios of a world. */
export interface Marking {
  readonly bus: InMemoryEventBus;
  readonly processor: PriceStreamProcessor;
  readonly engine: MarkToMarketEngine;
  close(): Promise<void>;
}

/** How {@link startMarking} puts the parts together. */
export interface MarkingOptions extends Pick<PriceStreamProcessorOptions, 'batchSize' | 'throttle'> {
  /** Whether portfolios, valuations and prices are in a store in this process, or in one that is taken to be elsewhere. */
  readonly hasStore: boolean;
  /** Its part of the shards. Default: all portfolios, without shards. */
  readonly shards?: ShardAssignment;
  /** Called with the parts before the engine hears the bus. */
  readonly prepare?: (bus: InMemoryEventBus) => void;
}

// Saves come when a case asks for them, so that each round has its share.
const NEVER_MS = 3_600_000;

/** Puts processor, bus, engine and store together and fills the book. */
export async function startMarking(world: World, options: MarkingOptions): Promise<Marking> {
  const { hasStore, shards, prepare, ...ofProcessor } = options;
  const repository = hasStore ? await storeOf(world) : new StoreElsewhere(world);
  const bus = new InMemoryEventBus();
  const symbols = new SymbolTable();
  prepare?.(bus);
  const processor = new PriceStreamProcessor({ ...ofProcessor, bus, symbols });
  const engine = new MarkToMarketEngine({
    bus,
    repository,
    symbols,
    persistMs: NEVER_MS,
    ...(shards && { shards }),
  });
  await engine.start();
  return {
    bus,
    processor,
    engine,
    async close() {
      await processor.close();
      await engine.close();
      await bus.close();
    },
  };
}

async function storeOf(world: World): Promise<PortfolioRepository> {
  const store = new InMemoryPortfolioRepository();
  for (let number = 0; number < world.portfolios; number++) await store.save(world.portfolio(number));
  return store;
}

/** Gives the portfolios of a world and takes what is saved for nothing: a store that is no part of what is measured. */
export class StoreElsewhere extends InMemoryPortfolioRepository {
  readonly #world: World;

  constructor(world: World) {
    super();
    this.#world = world;
  }

  override async *stream({ shards }: ShardOptions = {}): AsyncIterable<Portfolio> {
    const isSelected = shardFilter(shards, 'StoreElsewhere.stream()');
    for (let number = 0; number < this.#world.portfolios; number++)
      if (isSelected(this.#world.id(number))) yield this.#world.portfolio(number);
  }

  override savePrices(): Promise<void> {
    return Promise.resolve();
  }

  override saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    return Promise.resolve(valuations.map(() => 'saved'));
  }
}
