import { Decimal } from 'decimal.js';
import type { CostMethod } from '../../src/core/portfolio/ledger/cost-method.js';
import type { JsonTrade } from '../trades.js';

// As many digits as tickmark keeps of a share: 18 after the point.
const Exact = Decimal.clone({ precision: 40 });
type Exact = Decimal;

interface Lot {
  quantity: Exact;
  cost: Exact;
}

interface Holding {
  readonly lots: Lot[];
  realized: Exact;
}

/**
 * A ledger as a short program of decimal.js keeps it: long positions, one currency, cost with fees. Ids apply once; nothing else is checked,
 * and nothing is kept for day P&L or settlement.
 */
export class PlainLedger {
  readonly holdings = new Map<string, Holding>();
  cash = new Exact(0);
  readonly #isPool: boolean;
  readonly #ids = new Set<string>();

  constructor(costMethod: CostMethod) {
    this.#isPool = costMethod === 'average';
  }

  apply(trade: JsonTrade): void {
    if (this.#ids.has(trade.id)) return;
    this.#ids.add(trade.id);
    let holding = this.holdings.get(trade.symbol);
    if (!holding) this.holdings.set(trade.symbol, (holding = { lots: [], realized: new Exact(0) }));
    const quantity = new Exact(trade.quantity);
    const worth = quantity.times(trade.price);
    const fee = new Exact(trade.fee ?? 0);
    if (trade.type === 'buy') this.#buy(holding, { quantity, cost: worth.plus(fee) });
    else this.#sell(holding, quantity, worth.minus(fee));
  }

  /** Profit made by all sales. */
  get realized(): Exact {
    return [...this.holdings.values()].reduce((sum, { realized }) => sum.plus(realized), new Exact(0));
  }

  #buy(holding: Holding, lot: Lot): void {
    const pool = this.#isPool ? holding.lots[0] : undefined;
    if (pool) {
      pool.quantity = pool.quantity.plus(lot.quantity);
      pool.cost = pool.cost.plus(lot.cost);
    } else holding.lots.push(lot);
    this.cash = this.cash.minus(lot.cost);
  }

  #sell(holding: Holding, quantity: Exact, proceeds: Exact): void {
    let left = quantity;
    let cost = new Exact(0);
    while (left.gt(0)) {
      const lot = holding.lots[0]!;
      if (lot.quantity.lte(left)) {
        holding.lots.shift();
        left = left.minus(lot.quantity);
        cost = cost.plus(lot.cost);
      } else {
        const share = lot.cost.times(left).div(lot.quantity).toDecimalPlaces(18, Decimal.ROUND_HALF_EVEN);
        lot.quantity = lot.quantity.minus(left);
        lot.cost = lot.cost.minus(share);
        cost = cost.plus(share);
        left = new Exact(0);
      }
    }
    holding.realized = holding.realized.plus(proceeds.minus(cost));
    this.cash = this.cash.plus(proceeds);
  }
}
