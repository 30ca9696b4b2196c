import { normal, seededRandom } from '../core/random.js';

const YEAR_MS = 365 * 86_400_000;

/** Options of {@link PriceWalk}. */
export interface PriceWalkOptions {
  /** Seed of the random numbers. */
  readonly seed: number;
  /** The symbol. Each has random numbers of its own, whatever other symbols there are. */
  readonly symbol: string;
  /** The first price, in ticks. */
  readonly startTicks: number;
  /** The highest price, in ticks. */
  readonly maxTicks: number;
  /** Standard deviation of the yearly log return: 0.5 is 50 % a year. */
  readonly volatility: number;
  /** Expected yearly return: 0.05 is 5 % a year. */
  readonly drift: number;
  /** Time between two steps, in ms. A year has 365 days of 24 hours. */
  readonly stepMs: number;
}

/** A seeded geometric Brownian motion on a grid of whole ticks, never below one tick. */
export class PriceWalk {
  readonly #random: () => number;
  readonly #drift: number;
  readonly #deviation: number;
  readonly #maxTicks: number;
  // Not rounded: rounding each step would freeze a walk whose steps are smaller than half a tick.
  #level: number;

  constructor(options: PriceWalkOptions) {
    const { seed, symbol, startTicks, maxTicks, volatility, drift, stepMs } = options;
    const years = stepMs / YEAR_MS;
    this.#random = seededRandom(seedOf(seed, symbol));
    this.#drift = (drift - (volatility * volatility) / 2) * years;
    this.#deviation = volatility * Math.sqrt(years);
    this.#maxTicks = maxTicks;
    this.#level = startTicks;
  }

  /** The next price, in ticks. */
  next(): number {
    const moved = this.#level * Math.exp(this.#drift + this.#deviation * normal(this.#random));
    this.#level = Math.min(this.#maxTicks, Math.max(1, moved));
    return Math.round(this.#level);
  }
}

// FNV-1a, started with the seed.
function seedOf(seed: number, symbol: string): number {
  let hash = Math.imul((seed ^ 0x811c9dc5) >>> 0, 0x01000193) ^ Math.floor(seed / 4294967296);
  for (let i = 0; i < symbol.length; i++) hash = Math.imul(hash ^ symbol.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
