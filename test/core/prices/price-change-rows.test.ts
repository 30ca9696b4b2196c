import { describe, expect, test } from 'vitest';
import { PriceChangedBatch, PriceChangedEvent } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { caught } from '../../oracle/caught.js';

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

describe('the rows of a batch', () => {
  test('reject a price whose units are not a safe integer', () => {
    const change = { symbol: 'A', oldPrice: null, newPrice: '9007199254740992', occurredAt: AT };
    expect(caught(() => PriceChangedEvent.createBatch([change])).code).toBe('OUT_OF_RANGE');
    expect(
      caught(() => PriceChangedEvent.createBatch([{ ...change, newPrice: 1, oldPrice: '9007199254740992' }]))
        .code,
    ).toBe('OUT_OF_RANGE');
    expect(rows(PriceChangedEvent.createBatch([{ ...change, newPrice: '9007199254740991.0' }]))).toEqual([
      'A null 9007199254740991',
    ]);
  });

  test('of updates keep times and details, with the venue time as their order, and reject an invalid update', () => {
    const batch = updates(
      { bid: 1, sequence: 4, receivedAt: AT - 1 },
      { symbol: 'B', timeSource: 'received' },
    );
    const { prices } = batch;
    expect([...prices.receivedAt, ...prices.received, prices.details[0]?.bid]).toEqual([AT - 1, AT, 0, 1, 1]);
    expect([...prices.venueTimes, ...prices.arrivals]).toEqual([AT, AT, (AT - 1) * 1000, AT * 1000]);
    expect(caught(() => updates({}, { price: NaN })).code).toBe('PRICE_REJECTED');
  });
});
