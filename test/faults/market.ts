/**
 * A market whose every price is a function of symbol and time, so that any process can tell what a stored value must be
 * from its price time alone, without having seen a tick.
 */
import { Portfolio, type PriceUpdate, type ValuationRecord } from 'tickmark';
import type { Dice } from '../oracle/dice.js';
import { fixed, multiply, parse, rounded, subtract, sum, type Rational } from '../oracle/rational.js';

export const SYMBOLS: readonly string[] = Array.from({ length: 12 }, (_, at) => `SYM${at}`);

/** The price of a symbol at a time: 1.00 to 1000.00, with no likeness to that of the next millisecond. */
export function priceAt(symbol: string, time: number): string {
  let mixed = time % 0x7fffffff;
  for (const char of symbol) mixed = Math.imul(mixed ^ char.charCodeAt(0), 0x5bd1e995) ^ (mixed >>> 13);
  return fixed(BigInt(100 + ((mixed >>> 0) % 99_901)), 2);
}

/** All symbols at one time. */
export function pricesAt(time: number, symbols: readonly string[] = SYMBOLS): PriceUpdate[] {
  return symbols.map((symbol) => ({ symbol, price: priceAt(symbol, time), timestamp: time }));
}

/** A portfolio, never stored, of three to six symbols in whole units, long and short. */
export function newPortfolio(id: string, dice: Dice): Portfolio {
  return Portfolio.create({
    id,
    currency: 'USD',
    cash: { USD: dice.between(0, 1_000_000) },
    positions: dice.some(SYMBOLS, dice.between(3, 6)).map((symbol) => ({
      symbol,
      quantity: dice.between(1, 500) * (dice.chance(0.2) ? -1 : 1),
      averageCost: dice.between(1, 1000),
    })),
  });
}

/** The figures of a stored valuation that can be told beforehand, as text. */
export interface Figures {
  readonly portfolioId: string;
  readonly version: number;
  readonly priceTime: number;
  readonly marketValue: string;
  readonly costBasis: string;
  readonly unrealizedPnl: string;
  readonly cash: string;
  readonly equity: string;
  readonly complete: boolean;
}

/** What must be stored of these holdings at the prices of that time, by arithmetic of its own. */
export function figuresAt(portfolio: Portfolio, time: number): Figures {
  const { id, version, cash, positions } = portfolio;
  const value = sum(
    positions.map((each) => multiply(exact(each.quantity), parse(priceAt(each.symbol, time)))),
  );
  const cost = sum(positions.map((each) => exact(each.costBasis!)));
  const money = sum([...cash.values()].map(exact));
  const roundedCost = rounded(cost, 2);
  return {
    portfolioId: id,
    version,
    priceTime: positions.length > 0 ? time : 0,
    marketValue: rounded(value, 2),
    costBasis: roundedCost,
    unrealizedPnl: rounded(subtract(value, parse(roundedCost)), 2),
    cash: rounded(money, 2),
    equity: rounded(sum([value, money]), 2),
    complete: true,
  };
}

/** The same figures of a stored valuation. */
export function figuresOf(record: ValuationRecord): Figures {
  const text = (amount: { toString(): string } | null): string =>
    amount === null ? 'unknown' : rounded(exact(amount), 2);
  return {
    portfolioId: record.portfolioId,
    version: record.version,
    priceTime: record.priceTime,
    marketValue: text(record.marketValue),
    costBasis: text(record.costBasis),
    unrealizedPnl: text(record.unrealizedPnl),
    cash: text(record.cash),
    equity: text(record.equity),
    complete: record.complete,
  };
}

function exact(amount: { toString(): string }): Rational {
  return parse(amount.toString());
}

/** One accepted change of holdings, as its maker noted it. */
export interface Trade {
  readonly portfolioId: string;
  readonly symbol: string;
  /** Whole units, negative when sold. */
  readonly quantity: number;
  readonly price: number;
}

/** A change of holdings at random. */
export function randomTrade(portfolioId: string, dice: Dice): Trade {
  const quantity = dice.between(1, 50) * (dice.chance(0.4) ? -1 : 1);
  return { portfolioId, symbol: dice.pick(SYMBOLS), quantity, price: dice.between(1, 1000) };
}

export function traded(portfolio: Portfolio, { symbol, quantity, price }: Trade): Portfolio {
  return quantity > 0 ? portfolio.buy(symbol, quantity, price) : portfolio.sell(symbol, -quantity, price);
}

/** Version, quantities and cash: what does not depend on the order of the trades. */
export function holdingsOf(portfolio: Portfolio): Record<string, string | number> {
  const { version, positions, cash } = portfolio;
  const quantities = positions.map(({ symbol, quantity }): [string, string] => [symbol, quantity.toString()]);
  return {
    version,
    cash: cash.get('USD')?.toString() ?? '0',
    ...Object.fromEntries(quantities.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** What holdings must be after these trades, whatever their order. */
export function holdingsAfter(start: Portfolio, trades: readonly Trade[]): Record<string, string | number> {
  const { positions, cash } = start;
  const quantities = new Map(positions.map(({ symbol, quantity }) => [symbol, quantity.toNumber()]));
  let money = cash.get('USD')?.toNumber() ?? 0;
  for (const { symbol, quantity, price } of trades) {
    quantities.set(symbol, (quantities.get(symbol) ?? 0) + quantity);
    money -= quantity * price;
  }
  const held = [...quantities].filter(([, quantity]) => quantity !== 0);
  return {
    version: start.version + trades.length,
    cash: String(money),
    ...Object.fromEntries(
      held.map(([symbol, quantity]) => [symbol, String(quantity)]).sort(([a], [b]) => (a! < b! ? -1 : 1)),
    ),
  };
}
