import type { Tick } from '../market.js';
import type { World } from '../world.js';

interface Quote {
  price: number;
  timestamp: number;
  readonly holdings: Holding[];
}

/** One position; it knows its price and its portfolio directly, without a look-up. */
class Holding {
  readonly portfolio: ObjectPortfolio;
  readonly symbol: string;
  readonly quantity: number;
  readonly costBasis: number;
  price = 0;
  marketValue = 0;

  constructor(portfolio: ObjectPortfolio, symbol: string, quantity: number, costBasis: number) {
    this.portfolio = portfolio;
    this.symbol = symbol;
    this.quantity = quantity;
    this.costBasis = costBasis;
  }
}

/** One portfolio with its totals, in float64 as most applications keep them. */
export class ObjectPortfolio {
  readonly id: string;
  readonly holdings: Holding[] = [];
  marketValue = 0;
  costBasis = 0;
  unrealizedPnl = 0;
  isTouched = false;

  constructor(id: string) {
    this.id = id;
  }

  recalculate(): void {
    let marketValue = 0;
    let costBasis = 0;
    for (const holding of this.holdings) {
      marketValue += holding.marketValue;
      costBasis += holding.costBasis;
    }
    this.marketValue = roundCents(marketValue);
    this.costBasis = roundCents(costBasis);
    this.unrealizedPnl = this.marketValue - this.costBasis;
  }
}

/** Portfolios as a graph of objects joined by references, with an index by symbol. */
export class ObjectPortfolios {
  readonly all: ObjectPortfolio[] = [];
  readonly #quotes = new Map<string, Quote>();

  constructor(world: World) {
    for (const symbol of world.symbols) this.#quotes.set(symbol, { price: 0, timestamp: 0, holdings: [] });
    for (let number = 0; number < world.portfolios; number++) {
      const portfolio = new ObjectPortfolio(world.id(number));
      for (const position of world.positionsOf(number)) {
        const symbol = world.symbols[world.symbolIds[position]!]!;
        const quantity = world.quantities[position]!;
        const holding = new Holding(portfolio, symbol, quantity, quantity * world.costs[position]!);
        portfolio.holdings.push(holding);
        this.#quotes.get(symbol)!.holdings.push(holding);
      }
      portfolio.recalculate();
      this.all.push(portfolio);
    }
  }

  /** Adds each change of price to the totals of the portfolios that hold the symbol. */
  applyChanges(ticks: Iterable<Tick>): ObjectPortfolio[] {
    const touched: ObjectPortfolio[] = [];
    for (const { symbol, price, timestamp } of ticks) {
      const quote = this.#accept(symbol, price, timestamp);
      if (!quote) continue;
      const change = price - quote.price;
      quote.price = price;
      for (const { portfolio, quantity } of quote.holdings) {
        portfolio.marketValue += change * quantity;
        if (portfolio.isTouched) continue;
        portfolio.isTouched = true;
        touched.push(portfolio);
      }
    }
    for (const portfolio of touched) {
      portfolio.isTouched = false;
      portfolio.unrealizedPnl = roundCents(portfolio.marketValue - portfolio.costBasis);
    }
    return touched;
  }

  /** Marks the holdings, then adds up each portfolio that was touched. */
  markAndRecalculate(ticks: Iterable<Tick>): ObjectPortfolio[] {
    const touched: ObjectPortfolio[] = [];
    for (const { symbol, price, timestamp } of ticks) {
      const quote = this.#accept(symbol, price, timestamp);
      if (!quote) continue;
      quote.price = price;
      for (const holding of quote.holdings) {
        holding.price = price;
        holding.marketValue = price * holding.quantity;
        if (holding.portfolio.isTouched) continue;
        holding.portfolio.isTouched = true;
        touched.push(holding.portfolio);
      }
    }
    for (const portfolio of touched) {
      portfolio.isTouched = false;
      portfolio.recalculate();
    }
    return touched;
  }

  #accept(symbol: string, price: number, timestamp: number): Quote | null {
    const quote = this.#quotes.get(symbol);
    if (!quote || !Number.isFinite(price) || price <= 0 || timestamp < quote.timestamp) return null;
    quote.timestamp = timestamp;
    return quote;
  }
}

function roundCents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
