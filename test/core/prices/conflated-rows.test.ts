import { describe, expect, test } from 'vitest';
import { PriceChangedBatch, PriceChangedEvent } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';

const AT = 1_700_000_000_123;

function updates(...all: Array<Partial<PriceUpdate>>): PriceChangedBatch {
  return PriceChangedBatch.ofUpdates(
    all.map((update) => ({ symbol: 'A', price: 1, timestamp: AT, ...update })),
    AT,
  );
}

function rows(batch: PriceChangedBatch): string[] {
  return [...batch].map(({ symbol, oldPrice, newPrice }) => `${symbol} ${oldPrice} ${newPrice}`);
}

describe('conflating two batches', () => {
  test('keeps the newest price and the oldest old price of each symbol, in the order of first appearance', () => {
    const earlier = PriceChangedEvent.createBatch([
      { symbol: 'A', oldPrice: 1, newPrice: 2, occurredAt: AT },
      { symbol: 'B', oldPrice: 5, newPrice: 6, occurredAt: AT },
    ]);
    const later = PriceChangedEvent.createBatch(
      [
        { symbol: 'C', oldPrice: null, newPrice: 9, occurredAt: AT },
        { symbol: 'A', oldPrice: 2, newPrice: 3, occurredAt: AT + 1 },
      ],
      'later',
    );
    const merged = earlier.conflate(later);
    expect(rows(merged)).toEqual(['A 1 3', 'B 5 6', 'C null 9']);
    expect([merged.id, merged.occurredAt]).toEqual(['later', AT + 1]);
    expect([rows(earlier), rows(later)]).toEqual([
      ['A 1 2', 'B 5 6'],
      ['C null 9', 'A 2 3'],
    ]);
  });

  test('keeps the newer price if the later batch has the older one', () => {
    const merged = updates({ price: 7, timestamp: AT + 9 }).conflate(
      updates({ price: 6, timestamp: AT + 8 }),
    );
    expect([...merged].map(({ newPrice, occurredAt }) => [newPrice.toString(), occurredAt])).toEqual([
      ['7', AT + 9],
    ]);
  });

  test('keeps all details of the newest price', () => {
    const first = updates({ bid: 1, previousClose: 9 });
    const merged = first.conflate(updates({ ask: 2 }, { price: 3 }));
    expect(merged.prices.details[0]).toBeUndefined();
    expect(first.conflate(updates({ currency: 'EUR' })).prices.details[0]).toMatchObject({ currency: 'EUR' });
    expect(first.prices.details[0]).toMatchObject({ bid: 1, previousClose: 9 });
  });

  test('uses a shared symbol table, and otherwise creates a new one', () => {
    const [a, b] = [updates({ symbol: 'X' }, { symbol: 'A' }), updates({ symbol: 'A', price: 2 })];
    expect(rows(a.conflate(b))).toEqual(['X null 1', 'A null 2']);
    const same = new PriceChangedBatch('s', AT, a.symbols, 1);
    same.symbolIds[0] = a.symbols.idOf('A');
    same.prices.setPrice(0, 5);
    same.prices.venueTimes[0] = AT + 1;
    expect(a.conflate(same).symbols).toBe(a.symbols);
    expect(rows(a.conflate(same))).toEqual(['X null 1', 'A null 5']);
  });
});
