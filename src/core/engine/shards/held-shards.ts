import type { ShardSelection } from '../../shards/shard-selection.js';
import { portfolioHash } from '../../shards/shard-of.js';

/** Which shards of all portfolios are in the book. Without a number of shards: all portfolios, as one shard that is always held. */
export class HeldShards {
  /** Number of all shards; `null`: portfolios are not divided. */
  readonly count: number | null;
  readonly #held = new Set<number>();
  /** Rises when other shards are held. */
  revision = 0;
  /** Shard of each portfolio in the book, by its number there. */
  #places = new Uint16Array(0);

  constructor(count: number | null) {
    this.count = count;
  }

  /** Number of shards that are held; `null` where there are none. */
  get size(): number | null {
    return this.count === null ? null : this.#held.size;
  }

  /** The held shards; `undefined`: all portfolios. */
  get selection(): ShardSelection | undefined {
    return this.select(this.#held);
  }

  /** Those of some shards that are held; `undefined`: all portfolios. */
  select(shards: Iterable<number>): ShardSelection | undefined {
    if (this.count === null) return undefined;
    return { count: this.count, shards: [...shards].filter((shard) => this.#held.has(shard)) };
  }

  /** Whether the portfolio belongs into the book. */
  has(portfolioId: string): boolean {
    return this.count === null || this.#held.has(portfolioHash(portfolioId) % this.count);
  }

  add(shards: readonly number[]): void {
    this.revision++;
    for (const shard of shards) this.#held.add(shard);
  }

  delete(shards: readonly number[]): void {
    this.revision++;
    for (const shard of shards) this.#held.delete(shard);
  }

  /** The portfolio is in the book under this number. */
  place(portfolioId: string, number: number): void {
    if (this.count === null) return;
    if (number >= this.#places.length) {
      const wider = new Uint16Array(Math.max(64, 2 * number));
      wider.set(this.#places);
      this.#places = wider;
    }
    this.#places[number] = portfolioHash(portfolioId) % this.count;
  }

  /** Shard of the portfolio in the book with this number. */
  shardAt(number: number): number {
    return this.#places[number]!;
  }

  /** Numbers of the portfolios of some shards in the book. Free numbers may be among them. */
  numbersIn(shards: readonly number[]): number[] {
    const wanted = new Set(shards);
    const numbers: number[] = [];
    const places = this.#places;
    for (let number = 0; number < places.length; number++)
      if (wanted.has(places[number]!)) numbers.push(number);
    return numbers;
  }
}
