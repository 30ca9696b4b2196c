import { Portfolio } from '../src/core/portfolio/portfolio.js';
import { seededRandom } from '../src/core/random.js';
import { cents, symbolNames } from './market.js';

/** Positions of a portfolio. */
export const POSITIONS = 10;

/** Many portfolios of ten positions each, as plain numbers that every contender builds its own form of. */
export class World {
  readonly symbols: readonly string[];
  readonly portfolios: number;
  /** Position `i` is of portfolio `floor(i / 10)`. */
  readonly symbolIds: Int32Array;
  /** Signed, 2 digits after the point; one in ten is short. */
  readonly quantities: Float64Array;
  /** Cost per unit, in cents. */
  readonly costs: Float64Array;

  constructor(portfolios: number, symbols: number) {
    const random = seededRandom(7);
    this.symbols = symbolNames(symbols);
    this.portfolios = portfolios;
    this.symbolIds = new Int32Array(portfolios * POSITIONS);
    this.quantities = Float64Array.from(this.symbolIds, () => {
      const quantity = Math.ceil(random() * 100_000) / 100;
      return random() < 0.1 ? -quantity : quantity;
    });
    this.costs = Float64Array.from(this.symbolIds, () => cents(random));
    for (let portfolio = 0; portfolio < portfolios; portfolio++) {
      const held = new Set<number>();
      while (held.size < POSITIONS) held.add(Math.floor(random() * symbols));
      this.symbolIds.set([...held], portfolio * POSITIONS);
    }
  }

  get positions(): number {
    return this.symbolIds.length;
  }

  id(portfolio: number): string {
    return `P${String(portfolio).padStart(6, '0')}`;
  }

  /** Position numbers of a portfolio. */
  positionsOf(portfolio: number): number[] {
    return Array.from({ length: POSITIONS }, (_, index) => portfolio * POSITIONS + index);
  }

  /** A portfolio as tickmark's own. */
  portfolio(portfolio: number): Portfolio {
    return Portfolio.create({
      id: this.id(portfolio),
      currency: 'USD',
      positions: this.positionsOf(portfolio).map((position) => ({
        symbol: this.symbols[this.symbolIds[position]!]!,
        quantity: this.quantities[position]!,
        averageCost: this.costs[position]!,
      })),
    });
  }
}
