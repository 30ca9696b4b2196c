// Prints how many bytes each step of a tick allocates, as JSON. A process of its own, so that nothing else allocates; its new space is large enough
// that no collection runs while it counts.
import { GCProfiler } from 'node:v8';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { PositionBook } from '../../src/core/book/position-book.js';
import { PriceStreamProcessor } from '../../src/core/ingest/price-stream-processor.js';
import { PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import { SymbolTable } from '../../src/core/prices/symbol-table.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';

const SYMBOLS = 1000;
const PORTFOLIOS = 1000;
const HELD = 10;
const TICKS = 200_000;
const NOW = 1_700_000_000_000;

declare const gc: () => void;

const WARM_UP = 30;
const ROUNDS = 8;

/**
 * Bytes allocated for each operation, after rounds that warm up: the least of some rounds, because a table that doubles in one of them is no cost of
 * each. A round during which a collection ran does not count.
 */
function bytesEach(operations: number, round: () => void): number {
  for (let warmUp = 0; warmUp < WARM_UP; warmUp++) round();
  let least = Infinity;
  for (let counted = 0; counted < ROUNDS; counted++) {
    gc();
    const profiler = new GCProfiler();
    profiler.start();
    const before = process.memoryUsage().heapUsed;
    round();
    const after = process.memoryUsage().heapUsed;
    if (profiler.stop().statistics.length === 0) least = Math.min(least, (after - before) / operations);
  }
  if (least === Infinity) throw new Error('A collection ran during each round.');
  return least;
}

const names = Array.from({ length: SYMBOLS }, (_, number) => `S${number}`);

function ingest(): { byName: number; byNumber: number } {
  const processor = new PriceStreamProcessor({ bus: new InMemoryEventBus() });
  const ids = names.map((name) => processor.symbolId(name));
  const updates = names.map((symbol) => ({ symbol, price: 100, timestamp: NOW }));
  let tick = 0;
  const byName = bytesEach(TICKS, () => {
    for (let n = 0; n < TICKS; n++) {
      const update = updates[++tick % SYMBOLS]!;
      update.price = 100 + (tick % 977) / 100;
      update.timestamp = NOW + tick;
      processor.push(update);
    }
  });
  const byNumber = bytesEach(TICKS, () => {
    for (let n = 0; n < TICKS; n++) {
      tick++;
      processor.pushId(ids[tick % SYMBOLS]!, 100 + (tick % 977) / 100, NOW + tick, tick);
    }
  });
  return { byName, byNumber };
}

function valuation(): number {
  const symbols = new SymbolTable();
  const book = new PositionBook({ symbols });
  for (let number = 0; number < PORTFOLIOS; number++) {
    const positions = Array.from({ length: HELD }, (_, at) => ({
      symbol: names[(number * 7 + at * 31) % SYMBOLS]!,
      quantity: 10,
      averageCost: 100,
    }));
    book.setPortfolio(Portfolio.create({ id: `p${number}`, currency: 'USD', positions }).asStored(1));
  }
  let round = 0;
  // Batches in advance: that a bus brings new ones is no cost of the book.
  const batches = Array.from({ length: WARM_UP + ROUNDS }, () => {
    round++;
    const updates = names.map((symbol, at) => ({
      symbol,
      price: 100 + ((at + round) % 977) / 100,
      timestamp: NOW + round,
    }));
    return PriceChangedBatch.ofUpdates(updates, NOW + round);
  });
  let at = 0;
  return bytesEach(SYMBOLS * HELD, () => void book.applyPrices(batches[at++]!));
}

const { byName, byNumber } = ingest();
process.stdout.write(JSON.stringify({ byName, byNumber, position: valuation() }));
process.exit(0);
