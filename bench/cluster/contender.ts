import { setTimeout } from 'node:timers/promises';
import type { KafkaClients } from 'tickmark/kafka';
import { pause } from '../../test/waiting.js';
import { seededRandom } from '../../src/core/random.js';
import type { World } from '../world.js';
import type { PriceFeed } from './price-feed.js';
import { processorMs, residentMegabytes } from './process-figures.js';
import type { ValueDecoder } from './value-watch.js';
import { ValueWatch, WrongValues } from './value-watch.js';

/** Processes that turn a topic of prices into a topic of values. */
export interface Engine {
  readonly pids: readonly number[];
  /** Ends them. */
  stop(): Promise<void>;
}

/** How a contender is measured. */
export interface ContenderOptions {
  readonly name: string;
  readonly world: World;
  readonly feed: PriceFeed;
  readonly clients: KafkaClients;
  /** Its topic of values. */
  readonly values: string;
  readonly decode: ValueDecoder;
  /** What it publishes of a worth in 1/10,000. */
  readonly unitsOf: (worth: number) => number;
  readonly start: () => Promise<Engine>;
  /** Prices of a round. */
  readonly ticks: number;
  /** Longest time without a value before a round has failed, ms. */
  readonly patienceMs: number;
  /** Least pause between two single prices, ms. */
  readonly pauseMs: number;
}

/** A round of prices. */
export interface PriceRound {
  /** Prices a second, from the first one until the last value was there. */
  readonly ticksPerSecond: number;
  /** Processor time of its processes for a price, µs. */
  readonly processorUs: number;
  /** Values published for a price: fewer where prices wait, since then a value stands for several of them. */
  readonly values: number;
}

/** One side of the comparison: its processes, its topics, and what is checked of them. */
export class Contender {
  readonly name: string;
  readonly #options: ContenderOptions;
  readonly #watch: ValueWatch;
  readonly #random = seededRandom(5);
  readonly #holders: readonly (readonly number[])[];
  #engine: Engine | null = null;

  constructor(options: ContenderOptions) {
    const { clients, world, values: topic, decode } = options;
    this.name = options.name;
    this.#options = options;
    this.#watch = new ValueWatch(clients, { topic, portfolios: world.portfolios, decode });
    this.#holders = holdersOf(world);
  }

  /** Starts it, and waits until every portfolio has its first value. Resolves with how long that took, ms. */
  async start(): Promise<number> {
    const { feed, start, patienceMs } = this.#options;
    await feed.start();
    await feed.priceAll();
    await this.#watch.start();
    const begin = performance.now();
    this.#engine = await start();
    return (await this.#watch.settled((portfolio) => this.#expected(portfolio), patienceMs)) - begin;
  }

  /** Prices as fast as the broker takes them, or so many a second, until every portfolio has its value at the last of them. */
  async round(count = this.#options.ticks, perSecond = Infinity): Promise<PriceRound> {
    const { feed, patienceMs } = this.#options;
    const before = this.#processorMs();
    const valuesBefore = this.#watch.values;
    const begin = performance.now();
    await feed.tick(count, perSecond);
    const end = await this.#watch.settled((portfolio) => this.#expected(portfolio), patienceMs);
    return {
      ticksPerSecond: (count * 1000) / (end - begin),
      processorUs: ((this.#processorMs() - before) * 1000) / count,
      values: (this.#watch.values - valuesBefore) / count,
    };
  }

  /** Single prices: the time of each from its send until the values of all holders were there, ms. */
  async latencies(count: number): Promise<number[]> {
    const { feed, pauseMs, patienceMs } = this.#options;
    const latencies: number[] = [];
    const missing = new Set<number>();
    let done = (_at: number): void => undefined;
    await this.#watch.whileDecoding(
      ({ portfolio, units }, at) => {
        if (units !== this.#expected(portfolio)) return;
        if (missing.delete(portfolio) && missing.size === 0) done(at);
      },
      async () => {
        for (let n = 0; n < count; n++) {
          await pause(pauseMs * (1 + this.#random()));
          const symbol = this.#symbolThatIsHeld();
          const arrived = new Promise<number>((resolve) => (done = resolve));
          const begin = performance.now();
          const sent = feed.tickOf(symbol);
          for (const portfolio of this.#holders[symbol]!)
            if (this.#watch.last(portfolio) !== this.#expected(portfolio)) missing.add(portfolio);
          await sent;
          const end = await Promise.race([arrived, setTimeout(patienceMs, null, { ref: false })]);
          if (end === null)
            throw new WrongValues(
              `${this.name}: ${missing.size} values did not come within ${patienceMs} ms.${this.#watch.interrupted}`,
            );
          latencies.push(end - begin);
        }
      },
    );
    return latencies;
  }

  /** Resident memory of its processes, MB. */
  residentMegabytes(): number {
    return this.#engine!.pids.reduce((sum, pid) => sum + residentMegabytes(pid), 0);
  }

  async stop(): Promise<void> {
    await this.#engine?.stop();
    this.#engine = null;
    await this.#watch.close().catch(() => undefined);
    this.#options.feed.close();
  }

  #expected(portfolio: number): number {
    return this.#options.unitsOf(this.#options.feed.worth(portfolio));
  }

  #symbolThatIsHeld(): number {
    for (;;) {
      const symbol = this.#options.feed.randomSymbol();
      if (this.#holders[symbol]!.length > 0) return symbol;
    }
  }

  #processorMs(): number {
    return this.#engine!.pids.reduce((sum, pid) => sum + processorMs(pid), 0);
  }
}

function holdersOf(world: World): number[][] {
  const holders = world.symbols.map((): number[] => []);
  for (let portfolio = 0; portfolio < world.portfolios; portfolio++)
    for (const position of world.positionsOf(portfolio)) holders[world.symbolIds[position]!]!.push(portfolio);
  return holders;
}
