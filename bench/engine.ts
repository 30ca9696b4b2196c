import { PriceStreamProcessor } from '../src/core/market-data/price-stream-processor.js';
import type { PriceStreamProcessorOptions } from '../src/core/market-data/price-stream-processor-options.js';
import { SymbolTable } from '../src/core/market-data/symbol-table.js';
import type { PortfolioRepository } from '../src/core/portfolio/portfolio-repository.js';
import { MarkToMarketEngine } from '../src/core/valuation/mark-to-market-engine.js';
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
  /** Whether valuations and prices go into the store, or are taken for nothing. */
  readonly isSaving: boolean;
  /** Called with the parts before the engine hears the bus. */
  readonly prepare?: (bus: InMemoryEventBus) => void;
}

// Saves come when a case asks for them, so that each round has its share.
const NEVER_MS = 3_600_000;

/** Puts processor, bus, engine and store together and fills the book. */
export async function startMarking(world: World, options: MarkingOptions): Promise<Marking> {
  const stored = new InMemoryPortfolioRepository();
  for (let number = 0; number < world.portfolios; number++) await stored.save(world.portfolio(number));
  const bus = new InMemoryEventBus();
  const symbols = new SymbolTable();
  options.prepare?.(bus);
  const processor = new PriceStreamProcessor({ ...options, bus, symbols });
  const repository = options.isSaving ? stored : withoutSaves(stored);
  const engine = new MarkToMarketEngine({ bus, repository, symbols, persistMs: NEVER_MS });
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

function withoutSaves(repository: PortfolioRepository): PortfolioRepository {
  return Object.assign(Object.create(repository) as PortfolioRepository, {
    stream: () => repository.stream(),
    loadPrices: () => repository.loadPrices(),
    savePrices: () => Promise.resolve(),
    saveValuations: (valuations: readonly unknown[]) =>
      Promise.resolve(valuations.map(() => 'saved' as const)),
  });
}
