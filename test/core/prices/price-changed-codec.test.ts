import { describe, expect, test } from 'vitest';
import { PriceChangedCodec } from '../../../src/core/prices/price-changed-codec.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { ORIGIN, bothEncodings, decoded } from '../messaging/encodings.js';
import { shown } from './shown-batch.js';

const both = bothEncodings(() => new PriceChangedCodec());

describe.each(both)('a batch of prices encoded as %s', (_encoding, codecs) => {
  const there = (batch: PriceChangedBatch) => decoded(codecs, batch);

  test('is decoded as a batch that can be conflated and keeps the order of its prices', () => {
    const first = there(
      PriceChangedBatch.ofUpdates(
        [{ symbol: 'A', price: 1, timestamp: 5, previousClose: '0.90', currency: 'USD' }],
        10,
      ),
    );
    const later = there(
      PriceChangedBatch.ofUpdates([{ symbol: 'A', price: 2, timestamp: 6, currency: 'USD' }], 11),
    );
    const merged = first.conflate(later);
    expect(merged).toBeInstanceOf(PriceChangedBatch);
    expect(shown(merged).rows).toEqual([
      {
        symbol: 'A',
        price: '2',
        old: undefined,
        timestamp: 6,
        received: 0,
        receivedAt: 11,
        venueTime: 6,
        arrival: 6000,
        details: { currency: 'USD' },
      },
    ]);
  });

  test('keeps stamps that are not the times of the prices, and its place among the messages', () => {
    const batch = PriceChangedBatch.ofUpdates(
      [5, 6].map((timestamp) => ({ symbol: `S${timestamp}`, price: 1, timestamp })),
      10,
    );
    expect(shown(there(batch)).rows).toEqual(shown(batch).rows);
    batch.prices.venueTimes.set([5, 0]);
    batch.prices.arrivals.set([9001, 9002]);
    batch.publication = { publisher: 'p', first: 3, last: 5 };
    expect(shown(there(batch)).rows).toEqual(shown(batch).rows);
    expect(there(batch).publication).toEqual(batch.publication);
  });

  test('has sequence numbers only if a price has one', () => {
    const timestamp = 5;
    const one = { symbol: 'A', price: 1, timestamp };
    const two = { symbol: 'B', price: 1, timestamp, sequence: 7 };
    const untimed = { ...two, timeSource: 'received' } as const;
    expect(there(PriceChangedBatch.ofUpdates([one, untimed], 10)).prices.sequences).toBeNull();
    const { sequences } = there(PriceChangedBatch.ofUpdates([one, two], 10)).prices;
    expect([...sequences!]).toEqual([NaN, 7]);
  });

  test('shares its symbol table with the batches decoded before', () => {
    const one = there(PriceChangedBatch.ofUpdates([{ symbol: 'A', price: 1, timestamp: 5 }], 10));
    const two = there(PriceChangedBatch.ofUpdates([{ symbol: 'B', price: 1, timestamp: 5 }], 10));
    expect(two.symbols).toBe(one.symbols);
  });

  test('gets a new symbol table when the old one has grown too large', () => {
    const symbols = (prefix: string, count: number): PriceUpdate[] =>
      Array.from({ length: count }, (_, index) => ({ symbol: prefix + index, price: 1, timestamp: 5 }));
    const full = there(PriceChangedBatch.ofUpdates(symbols('x', 2 ** 17 + 1), 10));
    const next = there(PriceChangedBatch.ofUpdates(symbols('y', 1), 10));
    expect([next.symbols === full.symbols, next.symbols.size]).toEqual([false, 1]);
  });
});

describe('a malformed message of prices', () => {
  const codecs = both[0]![1];
  const text = codecs.encode(
    PriceChangedBatch.ofUpdates(
      [
        { symbol: 'A', price: 1.5, timestamp: 5, bid: 1, currency: 'USD', state: 'open' },
        { symbol: 'B', price: 2.25, timestamp: 6 },
      ],
      10,
    ),
    ORIGIN,
  ) as string;
  const message = JSON.parse(text) as { data: Record<string, unknown> };

  test.each([
    ['symbols', ['A', '']],
    ['symbols', ['A', 5]],
    ['symbols', 'AB'],
    ['symbols', ['A']],
    ['units', [1.5, 2]],
    ['units', null],
    ['units', [2 ** 53, 2]],
    ['scales', [-1, 2]],
    ['scales', 256],
    ['oldUnits', [0.5, 1]],
    ['oldScales', 1.5],
    ['timestamps', -1],
    ['timestamps', 9e15],
    ['receivedAt', null],
    ['received', 2],
    ['arrivals', 'x'],
    ['arrivals', -1],
    ['venueTimes', null],
    ['venueTimes', 9e15],
    ['sequences', [1]],
    ['sequences', ['x', null]],
    ['bid', [1]],
    ['bid', ['x', null]],
    ['bid', [true, null]],
    ['currency', ['XXXX', null]],
    ['currency', 5],
    ['state', ['shut', null]],
  ])('is rejected: %s (%j)', (name, value) => {
    const changed = JSON.stringify({ ...message, data: { ...message.data, [name]: value } });
    expect(() => codecs.decode(changed)).toThrow(expect.objectContaining({ code: 'MALFORMED_INPUT' }));
  });

  test.each(['symbols', 'units', 'scales', 'oldUnits', 'timestamps', 'received', 'receivedAt', 'arrivals'])(
    'is rejected without %s',
    (name) => {
      const { [name]: _, ...data } = message.data;
      expect(() => codecs.decode(JSON.stringify({ ...message, data }))).toThrow(
        expect.objectContaining({ code: 'MALFORMED_INPUT' }),
      );
    },
  );
});
