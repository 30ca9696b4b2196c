import type { PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import { PositionBook } from '../../src/core/book/position-book.js';
import { seededRandom } from '../../src/core/random.js';
import { bytesInUse, compare, mapSpread, timesFaster, type Bench } from '../harness.js';
import { priceBatch, sample, type Tick } from '../market.js';
import { ObjectPortfolios } from '../peers/object-portfolios.js';
import type { OwnWork } from '../processor-time.js';
import type { CaseReport, Figure, Ratio } from '../report.js';
import { World } from '../world.js';

const SYMBOLS = 10_000;
const CHANGED = [1, 100, 1_000, 10_000];
const BOOK = 'PositionBook.applyPrices + computeTotals';
const INCREMENTAL = 'object graph, changes added to totals';
const RECALCULATED = 'object graph, marked and added up';

/** How long one batch of prices takes to become totals. */
export async function valuation(bench: Bench): Promise<CaseReport> {
  const world = new World(bench.quick ? 5_000 : 100_000, SYMBOLS);
  const figures: Figure[] = [];
  const ratios: Ratio[] = [];

  const { made: book, bytes: bookBytes } = sized(bench, 'book', world, () => bookOf(world));
  const { made: incremental, bytes: objectBytes } = sized(bench, 'object graph', world, () => {
    return new ObjectPortfolios(world);
  });
  const recalculated = new ObjectPortfolios(world);
  const opening = batches(book, SYMBOLS, 1);
  book.applyPrices(opening[0]!.batch);
  book.computeTotals();
  incremental.applyChanges(opening[0]!.ticks);
  recalculated.markAndRecalculate(opening[0]!.ticks);

  for (const changed of CHANGED) {
    const group = `${changed.toLocaleString('en')} of ${SYMBOLS.toLocaleString('en')} symbols changed`;
    bench.progress(group);
    const turns = Math.max(2, Math.round((bench.quick ? 200 : 2_000) / changed));
    const given = batches(book, changed, Math.min(turns, 64));
    const timings = await compare(bench, [
      {
        name: BOOK,
        round: each(given, turns, ({ batch }) => (book.applyPrices(batch), book.computeTotals())),
      },
      { name: INCREMENTAL, round: each(given, turns, ({ ticks }) => incremental.applyChanges(ticks)) },
      {
        name: RECALCULATED,
        round: each(given, turns, ({ ticks }) => recalculated.markAndRecalculate(ticks)),
      },
    ]);
    for (const [name, time] of timings) {
      figures.push({ group, name, unit: 'ms', ...mapSpread(time, (nanoseconds) => nanoseconds / 1e6) });
    }
    for (const peer of [INCREMENTAL, RECALCULATED]) {
      ratios.push({ name: `${group}: ${peer} / book`, value: timesFaster(timings, BOOK, peer), unit: 'x' });
    }
  }
  checkAgreement(world, book, recalculated);
  const memory = { group: 'memory', unit: 'B a position' };
  figures.push({ ...memory, name: 'PositionBook', ...single(bookBytes) });
  figures.push({ ...memory, name: 'object graph', ...single(objectBytes) });
  ratios.push({ name: 'memory: object graph / book', value: objectBytes / bookBytes, unit: 'x' });
  const measured = `a batch of new prices turned into the totals of every portfolio that holds one of them; ${world.portfolios.toLocaleString('en')} portfolios of 10 positions`;
  return { measured, figures, ratios };
}

/** The work of tickmark alone. */
export function valuationWork(bench: Bench): Promise<OwnWork> {
  const world = new World(bench.quick ? 5_000 : 100_000, SYMBOLS);
  bench.progress('building the book');
  const book = bookOf(world);
  book.applyPrices(batches(book, SYMBOLS, 1)[0]!.batch);
  book.computeTotals();
  const parts = CHANGED.map((changed) => {
    const turns = Math.max(10, Math.round((bench.quick ? 1_000 : 10_000) / changed));
    const given = batches(book, changed, Math.min(turns, 64));
    const round = each(given, turns, ({ batch }) => (book.applyPrices(batch), book.computeTotals()));
    return { name: `prices a batch: ${changed}`, operation: 'batch', round };
  });
  const measured = `batches of new prices of ${SYMBOLS} symbols into ${world.portfolios} portfolios of 10 positions`;
  return Promise.resolve({ measured, parts, close: () => Promise.resolve() });
}

interface Given {
  readonly batch: PriceChangedBatch;
  readonly ticks: readonly Tick[];
}

// The same prices in the form each contender takes.
function batches(book: PositionBook, changed: number, count: number): Given[] {
  const random = seededRandom(changed);
  return Array.from({ length: count }, () => {
    const batch = priceBatch(book.symbols, sample(changed, SYMBOLS, random), random);
    const ticks = Array.from(batch.symbolIds, (id, row): Tick => {
      const { prices } = batch;
      return {
        symbol: book.symbols.symbolOf(id),
        price: prices.price(row).toNumber(),
        timestamp: prices.timestamps[row]!,
      };
    });
    return { batch, ticks };
  });
}

function each(given: readonly Given[], turns: number, apply: (given: Given) => { length: number }) {
  let next = 0;
  return () => {
    for (let turn = 0; turn < turns; turn++) apply(given[next++ % given.length]!);
    return turns;
  };
}

function bookOf(world: World): PositionBook {
  const book = new PositionBook();
  for (const symbol of world.symbols) book.symbols.idOf(symbol);
  for (let number = 0; number < world.portfolios; number++) book.setPortfolio(world.portfolio(number));
  book.computeTotals();
  return book;
}

function sized<Made>(bench: Bench, what: string, world: World, make: () => Made) {
  bench.progress(`building the ${what}`);
  const before = bytesInUse();
  const made = make();
  return { made, bytes: (bytesInUse() - before) / world.positions };
}

function single(value: number) {
  return { median: value, min: value, max: value };
}

// A faster answer that is another answer would be worth nothing.
function checkAgreement(world: World, book: PositionBook, objects: ObjectPortfolios): void {
  for (let number = 0; number < world.portfolios; number += 97) {
    const ours = book.value(world.id(number))!.marketValue!.toNumber();
    const theirs = objects.all[number]!.marketValue;
    if (Math.abs(ours - theirs) > 0.011) throw new Error(`${world.id(number)}: ${ours} is not ${theirs}`);
  }
}
