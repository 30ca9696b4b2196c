import { describe, expect, test } from 'vitest';
import { usEquities } from '../../../src/calendars/us-equities.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import type { PositionBookOptions } from '../../../src/core/book/position-book-options.js';
import type { ReadonlyPositionBook } from '../../../src/core/book/readonly-position-book.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { caught } from '../../oracle/caught.js';

const NOW = 1_700_000_000_000;

function setup(options: PositionBookOptions = {}) {
  const clock = new FakeClock({ now: NOW });
  const kept = new PositionBook({ clock, fx: ['EUR/USD', 'USD/JPY', 'BTC/USD'], ...options });
  const book: ReadonlyPositionBook = kept;
  const apply = (...updates: ReadonlyArray<Partial<PriceUpdate> & Pick<PriceUpdate, 'symbol' | 'price'>>) => {
    const now = clock.now();
    const full = updates.map((update) => ({ timestamp: now, ...update }));
    kept.applyPrices(PriceChangedBatch.ofUpdates(full, now), 'venue');
  };
  return { clock, kept, book, apply };
}

function holder(id: string, symbol = 'AAPL'): Portfolio {
  return Portfolio.create({ id, currency: 'USD', positions: [{ symbol, quantity: 2 }] });
}

describe('values()', () => {
  test('values every portfolio once, in the order in which they were added, as value() does', () => {
    const { kept, book, apply } = setup();
    for (const id of ['c', 'a', 'b', 'gone']) kept.setPortfolio(holder(id));
    kept.removePortfolio('gone');
    kept.setPortfolio(holder('a', 'SAP'));
    apply({ symbol: 'AAPL', price: 3 });
    const values = [...book.values()];
    expect(values.map(({ portfolioId }) => portfolioId)).toEqual(['c', 'a', 'b']);
    expect(values).toEqual(['c', 'a', 'b'].map((id) => book.value(id)));
    expect([...setup().book.values()]).toEqual([]);
  });

  test('values all at the given time, or at that of the call', async () => {
    const { clock, kept, book, apply } = setup({ staleAfter: 1000 });
    for (const id of ['a', 'b']) kept.setPortfolio(holder(id));
    apply({ symbol: 'AAPL', price: 3 });
    const grades = (values: Iterable<ReturnType<ReadonlyPositionBook['value']>>) =>
      [...values].map((value) => [value!.valuedAt, value!.positions[0]!.grade]);
    expect(grades(book.values(NOW + 1001))).toEqual([
      [NOW + 1001, 'stale'],
      [NOW + 1001, 'stale'],
    ]);
    const values = book.values();
    await clock.advance(5000);
    expect(grades(values)).toEqual([
      [NOW, 'live'],
      [NOW, 'live'],
    ]);
  });

  test('is not disturbed by changes of the book while it is iterated', () => {
    const { kept, book } = setup();
    for (const id of ['a', 'b', 'c']) kept.setPortfolio(holder(id));
    const seen: string[] = [];
    for (const { portfolioId } of book.values()) {
      seen.push(portfolioId);
      if (portfolioId === 'a') {
        kept.removePortfolio('b');
        kept.setPortfolio(holder('d'));
      }
    }
    expect(seen).toEqual(['a', 'c', 'd']);
  });
});

describe('convert()', () => {
  test('converts at current rates and rounds once, half-even, to the scale of the currency', () => {
    const { book, apply } = setup();
    apply({ symbol: 'EUR/USD', price: '1.25' }, { symbol: 'USD/JPY', price: 150 });
    const converted = (amount: string, from: string, to: string) => String(book.convert(amount, from, to));
    expect(converted('0.10', 'EUR', 'USD')).toBe('0.12');
    expect(converted('0.14', 'EUR', 'USD')).toBe('0.18');
    expect(converted('-0.10', 'EUR', 'USD')).toBe('-0.12');
    expect(converted('100', 'USD', 'EUR')).toBe('80.00');
    // Rounded to cents on the way it would be 2 × 150.
    expect(converted('1.596', 'EUR', 'JPY')).toBe('299');
    expect(converted('0', 'EUR', 'JPY')).toBe('0');
    apply({ symbol: 'EUR/USD', price: '1.5' });
    expect(converted('0.10', 'EUR', 'USD')).toBe('0.15');
  });

  test('needs no rate within a currency and its minor unit', () => {
    const { book } = setup();
    expect(String(book.convert('2.345', 'USD', 'USD'))).toBe('2.34');
    expect(String(book.convert(12345, 'GBp', 'GBP'))).toBe('123.45');
  });

  test('takes the bid for an amount that is held and the ask for one that is owed, by fxPolicy "sides"', () => {
    const { book, apply } = setup({ fxPolicy: 'sides' });
    apply({ symbol: 'EUR/USD', price: '1.1', bid: 1, ask: '1.25' });
    expect([String(book.convert(100, 'EUR', 'USD')), String(book.convert(-100, 'EUR', 'USD'))]).toEqual([
      '100.00',
      '-125.00',
    ]);
  });

  test('returns null without a rate, and once the rate is older than fxMaxAgeMs', async () => {
    const { clock, book, apply } = setup({ fxMaxAgeMs: 1000 });
    expect(book.convert(1, 'EUR', 'USD')).toBeNull();
    apply({ symbol: 'EUR/USD', price: 2 });
    expect(book.convert(1, 'EUR', 'CHF')).toBeNull();
    await clock.advance(1000);
    expect(String(book.convert(1, 'EUR', 'USD'))).toBe('2.00');
    expect(book.convert(1, 'EUR', 'USD', NOW + 1001)).toBeNull();
    await clock.advance(1);
    expect(book.convert(1, 'EUR', 'USD')).toBeNull();
  });

  test('is exact for amounts of any size', () => {
    const { book, apply } = setup();
    apply({ symbol: 'EUR/USD', price: '1.000000000000001' });
    expect(String(book.convert('10000000000000000000000000000', 'EUR', 'USD'))).toBe(
      '10000000000000010000000000000.00',
    );
  });

  test('refuses what is no amount or no currency', () => {
    const { book } = setup();
    expect(caught(() => book.convert('much', 'EUR', 'USD')).code).toBe('INVALID_DECIMAL');
    expect(caught(() => book.convert(1, 'XYZ', 'USD')).message).toMatch(/^PositionBook.convert: from: "XYZ"/);
    expect(caught(() => book.convert(1, 'USD', 'XYZ')).message).toMatch(/^PositionBook.convert: to: "XYZ"/);
  });
});

describe('rate()', () => {
  test('returns the rate as a ratio along its path, or null', () => {
    const { book, apply } = setup();
    expect(book.rate('EUR', 'JPY')).toBeNull();
    apply({ symbol: 'EUR/USD', price: '1.25', timestamp: NOW - 5 }, { symbol: 'USD/JPY', price: 150 });
    const { numerator, denominator, path, oldest } = book.rate('EUR', 'JPY')!;
    expect([Number(numerator) / Number(denominator), path, oldest]).toEqual([
      187.5,
      ['EUR/USD', 'USD/JPY'],
      NOW - 5,
    ]);
    expect(caught(() => book.rate('EUR', 'XYZ')).code).toBe('UNKNOWN_CURRENCY');
    expect(caught(() => book.rate('XYZ', 'EUR')).code).toBe('UNKNOWN_CURRENCY');
  });
});

describe('price()', () => {
  test('returns what is known of the newest price of a symbol', () => {
    const { book, apply } = setup();
    apply({ symbol: 'X', price: 1 }, { symbol: 'Y', price: 2 });
    apply({
      symbol: 'X',
      price: '3.50',
      bid: 3,
      ask: 4,
      previousClose: '3.25',
      currency: 'GBp',
      state: 'delayed',
      timestamp: NOW + 5,
      timeSource: 'received',
      receivedAt: NOW + 6,
    });
    expect(JSON.parse(JSON.stringify(book.price('X')))).toEqual({
      symbol: 'X',
      price: '3.5',
      kind: 'last',
      currency: 'GBp',
      bid: '3',
      ask: '4',
      previousClose: '3.25',
      session: null,
      state: 'delayed',
      asOf: NOW + 5,
      timeSource: 'received',
      receivedAt: NOW + 6,
      source: 'venue',
      grade: 'delayed',
    });
    expect(book.price('Y')).toMatchObject({ currency: null, bid: null, state: 'open', timeSource: 'venue' });
  });

  test('names the trading day at the given time, and calendarOf() its calendar', () => {
    const { book, apply } = setup({ calendars: (symbol: string) => (symbol === 'X' ? usEquities : null) });
    expect([book.price('X'), book.calendarOf('X')]).toEqual([null, null]);
    apply({ symbol: 'X', price: 1 }, { symbol: 'Y', price: 1 });
    expect([book.calendarOf('X'), book.calendarOf('Y')]).toEqual([usEquities, null]);
    const friday = { calendar: 'us-equities', label: 'US', date: '2026-11-27' };
    expect(book.price('X', Date.parse('2026-11-28T12:00:00Z'))!.session).toEqual(friday);
    expect(book.price('Y')!.session).toBeNull();
  });

  test('grades the price at the given time, or now', async () => {
    const { clock, book, apply } = setup({ staleAfter: 1000 });
    apply({ symbol: 'X', price: 1 });
    expect([book.price('X')!.grade, book.price('X', NOW + 1001)!.grade]).toEqual(['live', 'stale']);
    await clock.advance(1001);
    expect(book.price('X')!.grade).toBe('stale');
  });

  test('returns null for a symbol without a price, held or never heard of', () => {
    const { kept, book } = setup();
    kept.setPortfolio(holder('a', 'HELD'));
    expect([book.price('HELD'), book.price('OTHER')]).toEqual([null, null]);
    expect(book.neededSymbols()).not.toContain('OTHER');
  });
});
