import { murmur2 } from '../../src/core/shards/shard-of.js';
import { seededRandom } from '../../src/core/random.js';
import { pause } from '../../test/waiting.js';
import { cents } from '../market.js';
import { POSITIONS, type World } from '../world.js';
import { RecordSender, type AsciiRecord } from './record-sender.js';

/** Partitions of a topic of prices. */
export const PRICE_PARTITIONS = 4;
const RECORDS_A_SEND = 2_000;
const PACE_MS = 2;

/** Produces prices as JSON, keyed by symbol, and knows what every portfolio is worth at the last ones. */
export class PriceFeed {
  readonly #world: World;
  readonly #sender: RecordSender;
  readonly #partitions: readonly number[];
  /** In cents, by symbol. */
  readonly #prices: Int32Array;
  readonly #random: () => number;

  /** @param topic Topic of prices, with {@link PRICE_PARTITIONS} partitions. */
  constructor(world: World, broker: string, topic: string) {
    this.#world = world;
    this.#sender = new RecordSender(broker, topic, PRICE_PARTITIONS);
    const encoder = new TextEncoder();
    this.#partitions = world.symbols.map(
      (symbol) => (murmur2(encoder.encode(symbol)) & 0x7fffffff) % PRICE_PARTITIONS,
    );
    this.#prices = new Int32Array(world.symbols.length);
    this.#random = seededRandom(11);
  }

  async start(): Promise<void> {
    await this.#sender.connect();
  }

  /** A first price for each symbol. */
  async priceAll(): Promise<void> {
    await this.#sender.send(this.#world.symbols.map((_, symbol) => this.#next(symbol)));
  }

  /** New prices of random symbols, as fast as the broker takes them or so many a second. Resolves when the broker has them. */
  async tick(count: number, perSecond = Infinity): Promise<void> {
    const begin = performance.now();
    for (let sent = 0; sent < count;) {
      const due = Math.ceil(((performance.now() - begin) / 1000) * perSecond) - sent;
      const size = Math.min(count - sent, RECORDS_A_SEND, perSecond === Infinity ? Infinity : due);
      if (size > 0)
        await this.#sender.send(Array.from({ length: size }, () => this.#next(this.randomSymbol())));
      else await pause(PACE_MS);
      sent += Math.max(0, size);
    }
  }

  /** A new price of one symbol. */
  async tickOf(symbol: number): Promise<void> {
    await this.#sender.send([this.#next(symbol)]);
  }

  randomSymbol(): number {
    return Math.floor(this.#random() * this.#world.symbols.length);
  }

  /** What a portfolio is worth at the last prices, exactly, in 1/10,000: quantities and prices have two digits after the point. */
  worth(portfolio: number): number {
    const { symbolIds, quantities } = this.#world;
    let sum = 0;
    const from = portfolio * POSITIONS;
    for (let position = from; position < from + POSITIONS; position++)
      sum += Math.round(quantities[position]! * 100) * this.#prices[symbolIds[position]!]!;
    return sum;
  }

  close(): void {
    this.#sender.close();
  }

  #next(symbol: number): AsciiRecord {
    const before = this.#prices[symbol];
    // A price that moves.
    do this.#prices[symbol] = Math.round(cents(this.#random) * 100);
    while (this.#prices[symbol] === before);
    const price = (this.#prices[symbol]! / 100).toFixed(2);
    return {
      key: this.#world.symbols[symbol]!,
      value: `{"price":${price},"timestamp":${Date.now()}}`,
      partition: this.#partitions[symbol]!,
    };
  }
}
