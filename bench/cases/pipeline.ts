import { bufferCount, map, Subject } from 'rxjs';
import { PORTFOLIOS_VALUED } from '../../src/core/engine/portfolio-valued-event.js';
import { startMarking } from '../engine.js';
import { compare, eventLoopTurn, mapSpread, timesFaster, type Bench } from '../harness.js';
import { EPOCH, randomTicks, TICK_CYCLE, type Tick } from '../market.js';
import { ObjectPortfolios, type ObjectPortfolio } from '../peers/object-portfolios.js';
import type { OwnWork } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';
import { World } from '../world.js';

const SYMBOLS = 10_000;
const BATCH = 10_000;
const SAVE_EACH = 5;
/** Makes a turn of the engine about as long as one of the others: what a turn takes to fetch its data anew weighs the same. */
const PLAIN_BATCHES = 20;
const ENGINE = 'tickmark: processor, bus, engine';
const SAVING = `tickmark, with every value and price saved each ${SAVE_EACH} batches`;
const RXJS = 'RxJS bufferCount, Map, object portfolios marked and added up';
const RXJS_DELTA = 'RxJS bufferCount, Map, changes added to object totals';

/** Ticks in, values of portfolios out, all in memory. */
export async function pipeline(bench: Bench): Promise<CaseReport> {
  const world = new World(bench.quick ? 5_000 : 100_000, SYMBOLS);
  const feed = new Feed(world);
  bench.progress('filling the stores');
  const plain = await engineOver(world, false);
  const saving = await engineOver(world, true);
  const marked = new ObjectPortfolios(world);
  const changed = new ObjectPortfolios(world);

  const timings = await compare(bench, [
    { name: ENGINE, round: () => plain.run(feed, PLAIN_BATCHES) },
    { name: SAVING, round: () => saving.run(feed, SAVE_EACH) },
    { name: RXJS, round: rxjs(feed, (ticks) => marked.markAndRecalculate(ticks)) },
    { name: RXJS_DELTA, round: rxjs(feed, (ticks) => changed.applyChanges(ticks)) },
  ]);
  await plain.close();
  await saving.close();

  const group = `${world.portfolios.toLocaleString('en')} portfolios of 10 positions, ${SYMBOLS.toLocaleString('en')} symbols`;
  const figures = [...timings].map(([name, time]): Figure => {
    return { group, name, unit: 'k ticks/s', ...mapSpread(time, (nanoseconds) => 1e6 / nanoseconds) };
  });
  const speed = 1e6 / timings.get(ENGINE)!.median;
  return {
    measured: `ticks {symbol, price, timestamp} taken in, batches of ${BATCH.toLocaleString('en')} of them turned into published values of portfolios`,
    figures,
    ratios: [
      { name: `${ENGINE} / ${RXJS}`, value: timesFaster(timings, ENGINE, RXJS), unit: 'x', floor: 12 },
      { name: `${ENGINE} / ${RXJS_DELTA}`, value: timesFaster(timings, ENGINE, RXJS_DELTA), unit: 'x' },
      { name: `with saves / ${RXJS}`, value: timesFaster(timings, SAVING, RXJS), unit: 'x' },
      { name: ENGINE, value: speed, unit: 'k ticks/s', floor: 300 },
    ],
  };
}

/** The work of tickmark alone. */
export async function pipelineWork(bench: Bench): Promise<OwnWork> {
  const world = new World(bench.quick ? 5_000 : 100_000, SYMBOLS);
  const feed = new Feed(world);
  bench.progress('filling the stores');
  const plain = await engineOver(world, false);
  const saving = await engineOver(world, true);
  return {
    measured: `batches of ${BATCH} ticks of ${SYMBOLS} symbols, ${world.portfolios} portfolios of 10 positions`,
    parts: [
      { name: 'ticks to values', operation: 'tick', round: () => plain.run(feed, PLAIN_BATCHES / 2) },
      {
        name: `every value and price saved each ${SAVE_EACH} batches`,
        operation: 'tick',
        round: () => saving.run(feed, SAVE_EACH),
      },
    ],
    async close() {
      await plain.close();
      await saving.close();
    },
  };
}

class Feed {
  readonly #world: World;
  readonly #symbolIds: Int32Array;
  readonly #prices: Float64Array;
  #at = 0;

  constructor(world: World) {
    this.#world = world;
    ({ symbolIds: this.#symbolIds, prices: this.#prices } = randomTicks(SYMBOLS, 3));
  }

  next(): Tick {
    const at = this.#at++;
    const cycle = at & (TICK_CYCLE - 1);
    return {
      symbol: this.#world.symbols[this.#symbolIds[cycle]!]!,
      price: this.#prices[cycle]!,
      timestamp: EPOCH + at,
    };
  }
}

async function engineOver(world: World, isSaving: boolean) {
  const { bus, processor, engine, close } = await startMarking(world, {
    batchSize: BATCH,
    hasStore: isSaving,
  });
  let received = 0;
  bus.subscribe(PORTFOLIOS_VALUED, ({ length }) => void (received += length));
  return {
    close,
    async run(feed: Feed, batches: number): Promise<number> {
      const before = received;
      for (let batch = 0; batch < batches; batch++) {
        for (let i = 0; i < BATCH; i++) processor.push(feed.next());
        await processor.flush();
        await eventLoopTurn();
      }
      if (isSaving) await engine.flush();
      if (received === before) throw new Error('No value was published.');
      return batches * BATCH;
    },
  };
}

function rxjs(feed: Feed, apply: (ticks: Iterable<Tick>) => ObjectPortfolio[]): () => number {
  const ticks = new Subject<Tick>();
  let received = 0;
  ticks
    .pipe(
      bufferCount(BATCH),
      map((buffer) => new Map(buffer.map((tick): [string, Tick] => [tick.symbol, tick]))),
      map((newest) => apply(newest.values())),
    )
    .subscribe((portfolios) => void (received += portfolios.length));
  return () => {
    const before = received;
    for (let i = 0; i < BATCH; i++) ticks.next(feed.next());
    if (received === before) throw new Error('No value was published.');
    return BATCH;
  };
}
