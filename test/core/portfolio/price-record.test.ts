import { expect, test } from 'vitest';
import { priceRecord } from '../../../src/core/portfolio/price-record.js';
import { caught } from '../../oracle/caught.js';

const NOW = 1_700_000_000_000;

test('a record of an update has its details and is ordered by its venue time', () => {
  const record = priceRecord(
    {
      symbol: 'A',
      price: '1.50',
      timestamp: NOW - 5,
      bid: 1,
      ask: 2,
      previousClose: '0.9',
      currency: 'USD',
      state: 'halted',
    },
    NOW,
  );
  expect(JSON.parse(JSON.stringify(record))).toEqual({
    symbol: 'A',
    price: '1.5',
    timestamp: NOW - 5,
    receivedAt: NOW,
    stamp: { venueTime: NOW - 5, arrival: (NOW - 5) * 1000 },
    gap: 0,
    liveUntil: null,
    bid: '1',
    ask: '2',
    previousClose: '0.9',
    currency: 'USD',
    state: 'halted',
  });
  expect(
    Object.keys(priceRecord({ symbol: 'A', price: 1, timestamp: 0, state: 'open', receivedAt: 9 }, NOW)),
  ).toEqual(['symbol', 'price', 'timestamp', 'receivedAt', 'stamp', 'gap', 'liveUntil']);
});

test('a bad price or a time in another unit is rejected', () => {
  expect(caught(() => priceRecord({ symbol: 'A', price: NaN, timestamp: NOW }, NOW)).code).toBe(
    'PRICE_REJECTED',
  );
  expect(caught(() => priceRecord({ symbol: 'A', price: 1, timestamp: NOW * 1000 }, NOW)).message).toContain(
    'microseconds',
  );
});
