import { seededRandom } from '../src/core/random.js';
import { cents, symbolNames } from './market.js';

/** A trade as a store or a file has it. */
export interface JsonTrade {
  readonly type: 'buy' | 'sell';
  readonly id: string;
  /** ms since 1970. */
  readonly at: number;
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
  readonly fee?: string;
}

const SYMBOLS = 50;
const START = Date.UTC(2016, 0, 4);
const YEARS_MS = 10 * 365 * 86_400_000;

/**
 * Purchases and sales of ten years by time, of up to 100 units each, a fee on each third; nothing is sold short. They have been JSON
 * once, so that strings and objects are as a program receives them.
 */
export function jsonTrades(count: number): JsonTrade[] {
  const random = seededRandom(7);
  const symbols = symbolNames(SYMBOLS);
  const held = new Map<string, number>();
  const trades = Array.from({ length: count }, (_, number): JsonTrade => {
    const symbol = symbols[Math.floor(random() * SYMBOLS)]!;
    const has = held.get(symbol) ?? 0;
    const isSale = has > 0 && random() < 0.5;
    const quantity = Math.min(1 + Math.floor(random() * 100), isSale ? has : 100);
    held.set(symbol, isSale ? has - quantity : has + quantity);
    return {
      type: isSale ? 'sell' : 'buy',
      id: `order-${number}`,
      at: START + Math.floor((number / count) * YEARS_MS),
      symbol,
      quantity: String(quantity),
      price: cents(random).toFixed(2),
      ...(random() < 0.33 && { fee: (random() * 5).toFixed(2) }),
    };
  });
  return JSON.parse(JSON.stringify(trades)) as JsonTrade[];
}
