import { PRICES_CHANGED } from '../../src/core/prices/price-changed-event.js';
import { PORTFOLIOS_VALUED } from '../../src/core/engine/portfolio-valued-event.js';
import { startMarking } from '../engine.js';
import { eventLoopTurn, spread, type Bench } from '../harness.js';
import { EPOCH, randomTicks, TICK_CYCLE } from '../market.js';
import type { OwnWork } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';
import { World } from '../world.js';

const SYMBOLS = 10_000;
const PER_MS = 100;
const RUNS = 3;
const SHARES = { p50: 0.5, p99: 0.99, 'p99.9': 0.999, max: 1 };
/** With more delay than this in a process that does nothing, a latency says more about the machine than about tickmark. */
const IDLE_LIMIT_MS = 1;

/** How long after a tick was due its value is out, at a steady rate. */
export async function latency(bench: Bench): Promise<CaseReport> {
  const world = new World(bench.quick ? 5_000 : 100_000, SYMBOLS);
  const ms = bench.quick ? 500 : 3_000;
  const apart = await runs(bench, world, ms, false);
  const beside = await runs(bench, world, ms, true);

  const figures = [
    ...figuresOf('tick due to value out', apart.busy),
    ...figuresOf('nothing to do', apart.idle),
    ...figuresOf(
      'tick due to value out, the portfolios in the in-memory store of this process, too',
      beside.busy,
    ),
    ...figuresOf('nothing to do, with that store', beside.idle),
  ];
  const p99 = figures.find(({ name }) => name === 'p99')!.median;
  const idleP99 = Math.max(...apart.idle.map((each) => each.at(SHARES.p99)));
  const report: CaseReport = {
    measured: `${(PER_MS * 1000).toLocaleString('en')} ticks/s over ${SYMBOLS.toLocaleString('en')} symbols, ${world.portfolios.toLocaleString('en')} portfolios of 10 positions, ${RUNS} runs of ${ms / 1000} s; a tick counts from when it was due`,
    figures,
    ratios: [{ name: 'p99, tick due to value out', value: p99, unit: 'ms', floor: 2, isCeiling: true }],
  };
  if (idleP99 <= IDLE_LIMIT_MS) return report;
  return { ...report, void: `the idle event loop alone was late by ${idleP99.toFixed(2)} ms at p99` };
}

/**
 * The work of tickmark alone: batches as small as come due within a millisecond, one after the other. Waiting until ticks are due
 * computes as well, so that at a steady rate each tick would cost the same whatever tickmark does.
 */
export async function latencyWork(bench: Bench): Promise<OwnWork> {
  const world = new World(bench.quick ? 5_000 : 100_000, SYMBOLS);
  const batches = bench.quick ? 100 : 200;
  bench.progress('filling the book');
  const { bus, processor, close } = await startMarking(world, {
    batchSize: SYMBOLS,
    throttle: false,
    hasStore: false,
  });
  let received = 0;
  bus.subscribe(PORTFOLIOS_VALUED, ({ length }) => void (received += length));
  const { symbolIds, prices } = randomTicks(SYMBOLS);
  let pushed = 0;
  const round = async () => {
    const before = received;
    for (let batch = 0; batch < batches; batch++) {
      for (let i = 0; i < PER_MS; i++, pushed++) {
        const at = pushed & (TICK_CYCLE - 1);
        processor.push({ symbol: world.symbols[symbolIds[at]!]!, price: prices[at]!, timestamp: EPOCH });
      }
      await processor.flush();
      await eventLoopTurn();
    }
    if (received === before) throw new Error('No value was published.');
    return batches * PER_MS;
  };
  return {
    measured: `batches of ${PER_MS} ticks of ${SYMBOLS} symbols, ${world.portfolios} portfolios of 10 positions`,
    parts: [{ name: 'ticks to values, small batches', operation: 'tick', round }],
    close,
  };
}

/** Ticks at a steady rate in turns with nothing to do. `hasStore`: the portfolios are in a store of this process, too. */
async function runs(bench: Bench, world: World, ms: number, hasStore: boolean) {
  bench.progress(hasStore ? 'filling the store and the book' : 'filling the book');
  let pushed = 0;
  let inBatch = 0;
  let delays = new Delays(0, 0);
  const { bus, processor, close } = await startMarking(world, {
    batchSize: SYMBOLS,
    throttle: false,
    hasStore,
    // Heard before the engine hears it: a batch takes along everything that was pushed until then.
    prepare: (bus) => void bus.subscribe(PRICES_CHANGED, () => void (inBatch = pushed)),
  });
  bus.subscribe(PORTFOLIOS_VALUED, () => delays.recordUpTo(inBatch));
  const { symbolIds, prices } = randomTicks(SYMBOLS);

  const marking = async () => {
    pushed = inBatch = 0;
    delays = new Delays(ms, PER_MS);
    while (pushed < delays.total) {
      for (const due = delays.dueNow(); pushed < due; pushed++) {
        const at = pushed & (TICK_CYCLE - 1);
        processor.push({ symbol: world.symbols[symbolIds[at]!]!, price: prices[at]!, timestamp: EPOCH });
      }
      await eventLoopTurn();
    }
    await processor.flush();
    return delays;
  };

  for (let run = 0; run < 2; run++) await marking();
  const idle: Delays[] = [await doingNothing(ms)];
  const busy: Delays[] = [];
  for (let run = 0; run < RUNS; run++) {
    bench.progress(`run ${run + 1} of ${RUNS}`);
    busy.push(await marking());
    idle.push(await doingNothing(ms));
  }
  await close();
  return { busy, idle };
}

// The same schedule without work: what the machine itself adds.
async function doingNothing(ms: number): Promise<Delays> {
  const delays = new Delays(ms, PER_MS);
  for (let due = 0; due < delays.total; due = delays.dueNow()) {
    delays.recordUpTo(due);
    await eventLoopTurn();
  }
  delays.recordUpTo(delays.total);
  return delays;
}

function figuresOf(group: string, runs: readonly Delays[]): Figure[] {
  return Object.entries(SHARES).map(([name, share]) => {
    return { group, name, unit: 'ms', ...spread(runs.map((run) => run.at(share))) };
  });
}

/** Delays of events that are due at a steady rate from now on, each counted from its own moment. */
class Delays {
  readonly total: number;
  readonly #start = performance.now();
  readonly #perMs: number;
  readonly #delays: Float64Array;
  #recorded = 0;
  #isSorted = false;

  constructor(ms: number, perMs: number) {
    this.total = ms * perMs;
    this.#perMs = perMs;
    this.#delays = new Float64Array(this.total);
  }

  /** How many are due by now. */
  dueNow(): number {
    return Math.min(this.total, Math.floor((performance.now() - this.#start) * this.#perMs));
  }

  /** Those before `end` are done as of now. */
  recordUpTo(end: number): void {
    const elapsed = performance.now() - this.#start;
    for (; this.#recorded < end; this.#recorded++) {
      this.#delays[this.#recorded] = elapsed - this.#recorded / this.#perMs;
    }
  }

  /** The delay that a share of all events stayed within. */
  at(share: number): number {
    if (this.#recorded !== this.total)
      throw new Error(`Only ${this.#recorded} of ${this.total} ticks came out as values.`);
    if (!this.#isSorted) this.#delays.sort();
    this.#isSorted = true;
    return this.#delays[Math.min(this.total - 1, Math.ceil(share * this.total))]!;
  }
}
