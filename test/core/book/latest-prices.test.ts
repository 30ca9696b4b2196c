import { describe, expect, test } from 'vitest';
import type { TickmarkError } from '../../../src/core/errors.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { LatestPrices, type LatestPricesOptions } from '../../../src/core/book/latest-prices.js';
import { exitPrice } from '../../../src/core/book/price-policy.js';

const NOW = 1_700_000_000_000;

function pricesWith(update: Partial<PriceUpdate>, options?: LatestPricesOptions): LatestPrices {
  const result = new LatestPrices(options);
  accept(result, update);
  return result;
}

function accept(to: LatestPrices, update: Partial<PriceUpdate>): boolean {
  const batch = PriceChangedBatch.ofUpdates(
    [{ symbol: 'X', price: 100, timestamp: NOW, receivedAt: NOW, ...update }],
    NOW,
  );
  return to.accept(70, batch.prices, 0, 'venue');
}

function grade(of: LatestPrices, ageMs = 0): string {
  return of.used(70, 'X', 'long', 'USD', NOW + ageMs)!.grade;
}

describe('the grade of a price', () => {
  test.each([
    ['live', {}],
    ['live', { state: 'open' }],
    ['delayed', { state: 'delayed' }],
    ['delayed', { state: 'closed' }],
    ['halted', { state: 'halted' }],
  ] as const)('is %s with %o', (expected, update) => {
    expect(grade(pricesWith(update))).toBe(expected);
  });

  test('is stale 60 s after it arrived here, whatever the time of the venue', () => {
    const late = pricesWith({ timestamp: NOW - 3_600_000 });
    expect([grade(late, 60_000), grade(late, 60_001)]).toEqual(['live', 'stale']);
    const ahead = pricesWith({ timestamp: NOW + 3_600_000 });
    expect([grade(ahead, 60_000), grade(ahead, 60_001)]).toEqual(['live', 'stale']);
  });

  test('changes from delayed to stale once it is too old, while halted and closed stay', () => {
    expect(grade(pricesWith({ state: 'delayed' }), 100_000)).toBe('stale');
    expect(grade(pricesWith({ state: 'halted' }), 100_000)).toBe('halted');
    expect(grade(pricesWith({ state: 'closed' }), 100_000)).toBe('delayed');
  });

  test('follows staleAfter, which is a number or a function of the symbol', () => {
    expect(grade(pricesWith({}, { staleAfter: 10 }), 11)).toBe('stale');
    const bySymbol = pricesWith({}, { staleAfter: (symbol) => (symbol === 'X' ? 500 : 0) });
    expect([grade(bySymbol, 500), grade(bySymbol, 501)]).toEqual(['live', 'stale']);
    expect(grade(pricesWith({}, { staleAfter: Infinity }), 1e12)).toBe('live');
  });

  test('is stale where staleAfter() throws, which is reported, or returns no number', () => {
    const errors: TickmarkError[] = [];
    const thrown = pricesWith(
      {},
      {
        staleAfter: () => {
          throw new Error('no such symbol');
        },
        onError: (error) => errors.push(error),
      },
    );
    expect(grade(thrown)).toBe('stale');
    expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'HANDLER_FAILED staleAfter threw: prices of "X" are graded stale.',
    ]);
    expect(errors[0]!.cause).toEqual(new Error('no such symbol'));
    expect(grade(pricesWith({}, { staleAfter: () => NaN }))).toBe('stale');
    expect(grade(pricesWith({}, { staleAfter: () => undefined as unknown as number }))).toBe('stale');
  });

  test('of a stored price is stale until a stream brings one', () => {
    const stored = pricesWith({ timestamp: NOW - 99_999 });
    stored.restore(70, { gap: 0, liveUntil: null });
    expect(stored.used(70, 'X', 'long', 'USD', NOW)).toMatchObject({ kind: 'stored', grade: 'stale' });
    expect(accept(stored, { timestamp: NOW - 99_999, price: 1 })).toBe(true);
    expect(stored.used(70, 'X', 'long', 'USD', NOW)).toMatchObject({ kind: 'last', grade: 'live' });
  });
});

describe('the latest prices', () => {
  test('returns the source, the currency and the age of a price, which is never negative', () => {
    const { ageMs, asOf, currency, kind, price, source } = pricesWith({ timestamp: NOW - 7 }).used(
      70,
      'X',
      'long',
      'EUR',
      NOW - 5,
    )!;
    expect([ageMs, asOf, currency, kind, price.toString(), source]).toEqual([
      0,
      NOW - 7,
      'EUR',
      'last',
      '100',
      'venue',
    ]);
    expect(pricesWith({ currency: 'GBp' }).used(70, 'X', 'long', 'GBP', NOW)!.currency).toBe('GBp');
  });

  test('has no price for an unknown symbol', () => {
    const empty = new LatestPrices();
    expect([empty.isKnown(5), empty.used(5, 'X', 'long', 'USD', NOW)]).toEqual([false, null]);
    expect(pricesWith({}).isKnown(69)).toBe(false);
  });

  test('replaces all details by those of a newer update', () => {
    const known = pricesWith({ bid: 99, ask: 101, previousClose: 90, state: 'delayed' });
    accept(known, { timestamp: NOW + 1, price: 101 });
    expect(known.quote(70, 'X')).toMatchObject({ bid: null, ask: null, previousClose: null, state: 'open' });
  });

  test('chooses a price for each side by its policy', () => {
    const quoted = pricesWith({ bid: '99.5', ask: '100.5' }, { policy: exitPrice });
    const used = (side: 'long' | 'short') => quoted.used(70, 'X', side, 'USD', NOW)!;
    expect([used('long').price.toString(), used('long').kind]).toEqual(['99.5', 'bid']);
    expect([used('short').price.toString(), used('short').kind]).toEqual(['100.5', 'ask']);
  });
});
