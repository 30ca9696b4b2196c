import { PositionBook } from '../../src/core/book/position-book.js';
import type { InstrumentInput } from '../../src/core/instruments/instrument.js';
import type { PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import { seededRandom } from '../../src/core/random.js';
import { compare, mapSpread, timesFaster, type Bench, type Contender } from '../harness.js';
import { priceBatch, sample } from '../market.js';
import type { OwnWork } from '../processor-time.js';
import type { CaseReport, Figure, Ratio } from '../report.js';
import { World } from '../world.js';

const SYMBOLS = 10_000;
const CHANGED = 1_000;

type Kind = 'equities' | 'a quarter futures, options and bonds' | 'linear futures' | 'inverse futures';
const KINDS: readonly Kind[] = [
  'equities',
  'a quarter futures, options and bonds',
  'linear futures',
  'inverse futures',
];

const FUTURE = { currency: 'USD', valuationMethod: 'futures', multiplier: 50 } as const;
const OTHERS: ReadonlyArray<Omit<InstrumentInput, 'symbol'>> = [
  FUTURE,
  { currency: 'USD', multiplier: 100 },
  { currency: 'USD', quotation: 'percent' },
];

function instrumentOf(kind: Kind, symbol: string, at: number): InstrumentInput[] {
  switch (kind) {
    case 'equities':
      return [];
    case 'linear futures':
      return [{ symbol, ...FUTURE }];
    case 'inverse futures':
      return [{ symbol, ...FUTURE, settlementCurrency: 'USD', inverse: true }];
    default:
      return at % 4 === 0 ? [{ symbol, ...OTHERS[(at / 4) % OTHERS.length]! }] : [];
  }
}

/** What other instruments than shares cost: the same prices into the same portfolios. */
export async function instruments(bench: Bench): Promise<CaseReport> {
  const world = new World(bench.quick ? 2_000 : 20_000, SYMBOLS);
  const contenders = KINDS.map((kind) => contenderOf(bench, world, kind));
  const timings = await compare(bench, contenders);
  const group = `${CHANGED.toLocaleString('en')} of ${SYMBOLS.toLocaleString('en')} symbols changed`;
  const figures: Figure[] = [...timings].map(([name, time]) => {
    return { group, name, unit: 'ms', ...mapSpread(time, (nanoseconds) => nanoseconds / 1e6) };
  });
  const readers = await compare(bench, [
    readerOf(bench, world, KINDS[0]!),
    readerOf(bench, world, KINDS[1]!),
  ]);
  for (const [name, time] of readers) {
    const micros = mapSpread(time, (nanoseconds) => nanoseconds / 1e3);
    figures.push({ group: 'all totals of a portfolio read', name, unit: 'µs', ...micros });
  }
  const [equities, mixed, linear, inverse] = KINDS as [Kind, Kind, Kind, Kind];
  const ratios: Ratio[] = [
    {
      name: 'time with a quarter of them / with equities only',
      value: timesFaster(timings, equities, mixed),
      unit: 'x',
      floor: 1.1,
      isCeiling: true,
    },
    {
      name: 'speed of inverse / linear',
      value: timesFaster(timings, inverse, linear),
      unit: 'x',
      floor: 0.3,
    },
  ];
  const measured = `a batch of new prices until every portfolio has its new exact value; ${world.portfolios.toLocaleString('en')} portfolios of 10 positions`;
  return { measured, figures, ratios };
}

/** The work of each kind alone. */
export function instrumentsWork(bench: Bench): Promise<OwnWork> {
  const world = new World(bench.quick ? 2_000 : 20_000, SYMBOLS);
  const parts = KINDS.map((kind) => {
    const { name, round } = contenderOf(bench, world, kind);
    return { name, operation: 'batch', round };
  });
  const measured = `batches of new prices of ${CHANGED} of ${SYMBOLS} symbols into ${world.portfolios} portfolios of 10 positions`;
  return Promise.resolve({ measured, parts, close: () => Promise.resolve() });
}

function contenderOf(bench: Bench, world: World, kind: Kind): Contender & { round: () => number } {
  const book = bookOf(bench, world, kind);
  const batches = batchesOf(book);
  const turns = bench.quick ? 4 : 20;
  let next = 0;
  const round = () => {
    for (let turn = 0; turn < turns; turn++) {
      book.applyPrices(batches[next++ % batches.length]!);
      book.computeTotals();
    }
    return turns;
  };
  return { name: kind, round };
}

function readerOf(bench: Bench, world: World, kind: Kind): Contender {
  const book = bookOf(bench, world, kind);
  const numbers = Array.from({ length: world.portfolios }, (_, at) => book.numberOf(world.id(at))!);
  const round = () => {
    let known = 0;
    for (const number of numbers) if (book.totalsOf(number).equity) known++;
    return known;
  };
  return { name: kind, round };
}

function bookOf(bench: Bench, world: World, kind: Kind): PositionBook {
  bench.progress(`building a book of ${kind}`);
  const listed = world.symbols.flatMap((symbol, at) => instrumentOf(kind, symbol, at));
  const book = new PositionBook({ instruments: listed });
  for (const symbol of world.symbols) book.symbols.idOf(symbol);
  for (let number = 0; number < world.portfolios; number++) book.setPortfolio(world.portfolio(number));
  const random = seededRandom(2);
  book.applyPrices(priceBatch(book.symbols, sample(SYMBOLS, SYMBOLS, random), random));
  book.computeTotals();
  return book;
}

function batchesOf(book: PositionBook): PriceChangedBatch[] {
  const random = seededRandom(CHANGED);
  return Array.from({ length: 16 }, () => priceBatch(book.symbols, sample(CHANGED, SYMBOLS, random), random));
}
