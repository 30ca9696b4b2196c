import { PRICES_CHANGED } from '../../src/core/prices/price-changed-event.js';
import { PriceStreamProcessor } from '../../src/core/ingest/price-stream-processor.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { compare, mapSpread, timesFaster, type Bench, type Contender, type Timings } from '../harness.js';
import { EPOCH, randomTicks, symbolNames, TICK_CYCLE, type Tick } from '../market.js';
import {
  bufferCountMap,
  bufferTimeMap,
  emitterMap,
  groupByAuditTime,
  queueJobs,
  scanAuditTime,
  type Conflation,
  type Sink,
} from '../peers/conflating-peers.js';
import type { OwnWork } from '../processor-time.js';
import type { CaseReport, Figure, Ratio } from '../report.js';

const FLUSH_EACH = 10_000;
const LATEST = 256;
const PUSH = 'PriceStreamProcessor.push';
const PUSH_ID = 'PriceStreamProcessor.pushId';
const LOOP = 'bare typed-array loop, by id';
const LOOK_UP = 'the same loop over objects, by Map look-up';
const QUEUE = 'p-queue job per update';
const EMITTER = 'eventemitter3 emit + Map';
const RXJS = {
  scan: 'RxJS scan(Map) + auditTime',
  bufferCount: 'RxJS bufferCount + Map',
  bufferTime: 'RxJS bufferTime + Map',
  groupBy: 'RxJS groupBy + auditTime',
};

/** How fast updates are taken in and conflated. */
export async function ingest(bench: Bench): Promise<CaseReport> {
  const figures: Figure[] = [];
  const ratios: Ratio[] = [];
  for (const symbols of [1, 100, 10_000]) {
    const group = `${symbols.toLocaleString('en')} symbol${symbols === 1 ? '' : 's'}`;
    bench.progress(group);
    const feed = new Feed(symbols);
    const timings = await compare(bench, contenders(feed, symbols, bench.quick ? 1 : 5));
    await feed.close();
    for (const [name, time] of timings) {
      figures.push({
        group,
        name,
        unit: 'M updates/s',
        ...mapSpread(time, (nanoseconds) => 1e3 / nanoseconds),
      });
    }
    ratios.push(...ratiosOf(timings, group, symbols === 10_000));
  }
  const measured = `updates {symbol, price, timestamp} taken in one by one, the newest of each symbol handed on every ${FLUSH_EACH.toLocaleString('en')} updates`;
  return { measured, figures, ratios };
}

/** The work of tickmark alone. */
export function ingestWork(bench: Bench): Promise<OwnWork> {
  const updates = bench.quick ? 100_000 : 500_000;
  const feeds = [1, 100, 10_000].map((symbols) => new Feed(symbols));
  const parts = feeds.flatMap((feed) => {
    const symbols = feed.names.length;
    return [
      { name: `as objects, symbols: ${symbols}`, operation: 'update', round: pushing(feed, updates) },
      { name: `by number, symbols: ${symbols}`, operation: 'update', round: pushingIds(feed, updates) },
    ];
  });
  const measured = `${updates} updates taken in one by one, the newest handed on every ${FLUSH_EACH}`;
  return Promise.resolve({
    measured,
    parts,
    close: async () => void (await Promise.all(feeds.map((feed) => feed.close()))),
  });
}

function ratiosOf(timings: Timings, group: string, isFloor: boolean): Ratio[] {
  const forms = Object.values(RXJS).sort((a, b) => timings.get(a)!.median - timings.get(b)!.median);
  const ratio = (name: string, peer: string, floor?: number): Ratio => {
    const value = timesFaster(timings, name, peer);
    const title = `${group}: ${name.split('.').at(-1)} / ${peer}`;
    return floor === undefined ? { name: title, value, unit: 'x' } : { name: title, value, unit: 'x', floor };
  };
  return [
    ratio(PUSH, forms[0]!, isFloor ? 1.4 : undefined),
    ratio(PUSH, RXJS.groupBy),
    ratio(PUSH, EMITTER),
    ratio(PUSH, QUEUE, isFloor ? 20 : undefined),
    ratio(PUSH_ID, LOOP),
    ratio(LOOK_UP, forms[0]!),
    ratio(LOOK_UP, QUEUE),
  ];
}

function contenders(feed: Feed, symbols: number, size: number): Contender[] {
  const peer = (name: string, updates: number, make: (sink: Sink) => Conflation): Contender => {
    const conflation = make(feed.sink);
    return { name, round: () => feed.into(conflation, updates * size) };
  };
  return [
    { name: PUSH, round: pushing(feed, 200_000 * size) },
    { name: PUSH_ID, round: pushingIds(feed, 200_000 * size) },
    { name: LOOP, round: () => feed.intoArrays(200_000 * size) },
    { name: LOOK_UP, round: () => feed.intoArraysBySymbol(200_000 * size) },
    peer(RXJS.scan, 50_000, scanAuditTime),
    peer(RXJS.bufferCount, 50_000, (sink) => bufferCountMap(sink, FLUSH_EACH)),
    peer(RXJS.bufferTime, 50_000, bufferTimeMap),
    peer(RXJS.groupBy, symbols > 1000 ? 10_000 : 50_000, groupByAuditTime),
    peer(EMITTER, 100_000, emitterMap),
    peer(QUEUE, 10_000, queueJobs),
  ];
}

function processorInto({ sink, processors }: Feed): PriceStreamProcessor {
  const bus = new InMemoryEventBus();
  bus.subscribe(PRICES_CHANGED, ({ prices, length }) => {
    for (let row = 0; row < length; row++) sink.total += prices.units[row]!;
  });
  const processor = new PriceStreamProcessor({ bus, batchSize: FLUSH_EACH });
  processors.push(processor);
  return processor;
}

function pushing(feed: Feed, updates: number): () => Promise<number> {
  const processor = processorInto(feed);
  return async () => {
    const { names, symbolIds, prices } = feed;
    for (let done = 0; done < updates; done += FLUSH_EACH) {
      for (let i = done; i < done + FLUSH_EACH; i++) {
        const at = i & (TICK_CYCLE - 1);
        processor.push({ symbol: names[symbolIds[at]!]!, price: prices[at]!, timestamp: feed.time++ });
      }
      await processor.flush();
    }
    return updates;
  };
}

function pushingIds(feed: Feed, updates: number): () => Promise<number> {
  const processor = processorInto(feed);
  const ids = Int32Array.from(feed.names, (name) => processor.symbolId(name));
  return async () => {
    const { symbolIds, prices } = feed;
    for (let done = 0; done < updates; done += FLUSH_EACH) {
      for (let i = done; i < done + FLUSH_EACH; i++) {
        const at = i & (TICK_CYCLE - 1);
        processor.pushId(ids[symbolIds[at]!]!, prices[at]!, feed.time++);
      }
      await processor.flush();
    }
    return updates;
  };
}

/** The same updates for every contender. */
class Feed {
  readonly sink: Sink = { total: 0 };
  readonly names: readonly string[];
  readonly idByName: ReadonlyMap<string, number>;
  readonly symbolIds: Int32Array;
  readonly prices: Float64Array;
  /** What takes it in. One that is left open sends heartbeats for a minute, in which this process does not end. */
  readonly processors: PriceStreamProcessor[] = [];
  time = EPOCH;

  constructor(symbols: number) {
    this.names = symbolNames(symbols);
    this.idByName = new Map(this.names.map((name, id) => [name, id]));
    ({ symbolIds: this.symbolIds, prices: this.prices } = randomTicks(symbols));
  }

  async close(): Promise<void> {
    await Promise.all(this.processors.map((processor) => processor.close()));
  }

  async into({ push, flush }: Conflation, updates: number): Promise<number> {
    const { names, symbolIds, prices } = this;
    for (let done = 0; done < updates; done += FLUSH_EACH) {
      for (let i = done; i < done + FLUSH_EACH; i++) {
        const at = i & (TICK_CYCLE - 1);
        push({ symbol: names[symbolIds[at]!]!, price: prices[at]!, timestamp: this.time++ });
      }
      await flush();
    }
    return updates;
  }

  /** What is left when nothing is checked, ordered or named: the least that conflation by number costs. */
  intoArrays(updates: number): number {
    const { symbolIds, prices } = this;
    const newest = new NewestPrices(this.names.length);
    for (let done = 0; done < updates; done += FLUSH_EACH) {
      for (let i = done; i < done + FLUSH_EACH; i++) {
        const at = i & (TICK_CYCLE - 1);
        newest.set(symbolIds[at]!, prices[at]!);
      }
      newest.drain(this.sink);
    }
    return updates;
  }

  /**
   * {@link intoArrays} of updates as objects that somebody else has hold of, each looked up by its symbol: the least that
   * conflation by symbol costs.
   */
  intoArraysBySymbol(updates: number): number {
    const { names, symbolIds, prices, idByName } = this;
    const newest = new NewestPrices(names.length);
    const latest = new Array<Tick | null>(LATEST).fill(null);
    for (let done = 0; done < updates; done += FLUSH_EACH) {
      for (let i = done; i < done + FLUSH_EACH; i++) {
        const at = i & (TICK_CYCLE - 1);
        const tick = { symbol: names[symbolIds[at]!]!, price: prices[at]!, timestamp: this.time++ };
        latest[i % LATEST] = tick;
        newest.set(idByName.get(tick.symbol)!, tick.price);
      }
      newest.drain(this.sink);
    }
    return updates;
  }
}

/** Newest price by symbol number, and which of them wait; nothing is checked. */
class NewestPrices {
  readonly #prices: Float64Array;
  readonly #isWaiting: Uint8Array;
  readonly #waiting: Int32Array;
  #count = 0;

  constructor(symbols: number) {
    this.#prices = new Float64Array(symbols);
    this.#isWaiting = new Uint8Array(symbols);
    this.#waiting = new Int32Array(symbols);
  }

  set(id: number, price: number): void {
    this.#prices[id] = price;
    if (this.#isWaiting[id] !== 0) return;
    this.#isWaiting[id] = 1;
    this.#waiting[this.#count++] = id;
  }

  drain(sink: Sink): void {
    for (let i = 0; i < this.#count; i++) {
      const id = this.#waiting[i]!;
      sink.total += this.#prices[id]!;
      this.#isWaiting[id] = 0;
    }
    this.#count = 0;
  }
}
