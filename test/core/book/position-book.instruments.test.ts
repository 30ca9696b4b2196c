import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import { future } from '../../../src/core/instruments/instrument-presets.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { caught } from '../../oracle/caught.js';

const NOW = 1_790_000_000_000;

function setup(options: ConstructorParameters<typeof PositionBook>[0] = {}) {
  const book = new PositionBook({ ...options, clock: new FakeClock({ now: NOW }) });
  let at = NOW;
  const apply = (...updates: Array<Omit<PriceUpdate, 'timestamp'>>) => {
    const timed = updates.map((update) => ({ ...update, timestamp: at++ }));
    book.applyPrices(PriceChangedBatch.ofUpdates(timed, NOW, { allowNonPositive: true }));
  };
  const total = (id: string, figure: 'marketValue' | 'equity' = 'marketValue') => {
    book.computeTotals();
    return String(book.record(book.numberOf(id)!)![figure]);
  };
  return { book, apply, total };
}

const holder = (id: string, quantity: number) =>
  Portfolio.create({ id, currency: 'USD', positions: [{ symbol: 'OPT', quantity, averageCost: 2 }] });

describe('an instrument', () => {
  test('that changes while prices stream revalues all its holders in one cut', () => {
    const { book, apply, total } = setup();
    book.setPortfolio(holder('a', 10));
    book.setPortfolio(holder('b', -3));
    apply({ symbol: 'OPT', price: 3 });
    expect([total('a'), total('b')]).toEqual(['30.00', '-9.00']);
    book.setInstrument({ symbol: 'OPT', currency: 'USD', multiplier: 100 });
    expect([...book.computeTotals().changed]).toHaveLength(2);
    expect([total('a'), total('b')]).toEqual(['3000.00', '-900.00']);
    apply({ symbol: 'OPT', price: 4 });
    expect([total('a'), total('b'), String(book.value('a')!.marketValue)]).toEqual([
      '4000.00',
      '-1200.00',
      '4000.00',
    ]);
  });

  test('that is bad is refused, and everything stays as it was', () => {
    const { book, apply, total } = setup();
    book.setPortfolio(holder('a', 10));
    apply({ symbol: 'OPT', price: 3 });
    const error = caught(() => book.setInstrument({ symbol: 'OPT', currency: 'USD', multiplier: 0 }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect((error as Error).message).toContain('Instrument "OPT": multiplier');
    expect(total('a')).toBe('30.00');
  });

  test('of the book goes before that of the portfolio', () => {
    const { book, apply, total } = setup({
      instruments: { OPT: { symbol: 'OPT', currency: 'USD', multiplier: 10 } },
    });
    book.setPortfolio(holder('a', 10));
    apply({ symbol: 'OPT', price: 3 });
    expect(total('a')).toBe('300.00');
  });

  test('that nobody lists is a plain equity, and its symbol is listed', () => {
    const { book } = setup({ instruments: [future({ symbol: 'ES', currency: 'USD', multiplier: 50 })] });
    book.setPortfolio(
      Portfolio.create({
        id: 'a',
        currency: 'USD',
        instruments: [future({ symbol: 'ES', currency: 'USD', multiplier: 50 })],
        positions: [
          { symbol: 'AAPL', quantity: 1 },
          { symbol: 'ES', quantity: 1, averageCost: 5000 },
        ],
      }),
    );
    expect(book.unlistedSymbols()).toEqual(['AAPL']);
  });
});

describe('futures', () => {
  const instruments = [future({ symbol: 'ES', currency: 'USD', multiplier: 50 })];
  const long = Portfolio.create({
    id: 'f',
    currency: 'USD',
    instruments,
    cash: { USD: 1000 },
    positions: [
      { symbol: 'ES', quantity: 2, averageCost: 5000 },
      { symbol: 'AAPL', quantity: 1, averageCost: 100 },
    ],
  });

  test('count with their open profit, not with their notional', () => {
    const { book, apply, total } = setup();
    book.setPortfolio(long);
    apply({ symbol: 'ES', price: 5005 }, { symbol: 'AAPL', price: 110 });
    expect([total('f'), total('f', 'equity')]).toEqual(['610.00', '1610.00']);
    const { longExposure, leverage, unrealizedPnl } = book.value('f')!;
    expect([longExposure, leverage, unrealizedPnl].map(String)).toEqual(['500610.00', '310.9379', '510.00']);
  });

  test('that become fully paid count whole, in streamed totals as in the valuation', () => {
    const { book, apply, total } = setup();
    book.setPortfolio(long);
    apply({ symbol: 'ES', price: 5005 }, { symbol: 'AAPL', price: 110 });
    book.setInstrument({ symbol: 'ES', currency: 'USD', multiplier: 50 });
    // 2 × 50 × 5005 + 110
    expect([total('f'), String(book.value('f')!.marketValue)]).toEqual(['500610.00', '500610.00']);
  });

  test('that lose their price do not count in the known part', () => {
    const { book, apply, total } = setup();
    book.setPortfolio(long);
    apply({ symbol: 'AAPL', price: 110 });
    expect(total('f')).toBe('null');
    expect(String(book.record(book.numberOf('f')!)!.priced.marketValue)).toBe('110.00');
  });
});

test('accrued interest is part of the equity from the price that brings it', () => {
  const bond = { symbol: 'UST', currency: 'USD', quotation: 'percent' as const };
  const { book, apply, total } = setup({ instruments: [bond] });
  book.setPortfolio(
    Portfolio.create({
      id: 'b',
      currency: 'USD',
      instruments: [bond],
      positions: [{ symbol: 'UST', quantity: 1000, averageCost: 98 }],
    }),
  );
  apply({ symbol: 'UST', price: 99 });
  expect([total('b'), total('b', 'equity')]).toEqual(['990.00', '990.00']);
  apply({ symbol: 'UST', price: '99.5', accrued: '1.25' });
  expect([total('b'), total('b', 'equity')]).toEqual(['995.00', '1007.50']);
  expect(String(book.value('b')!.accruedInterest)).toBe('12.50');
});

describe('inverse contracts alone', () => {
  const contract = {
    symbol: 'XBT',
    currency: 'USD',
    settlementCurrency: 'BTC',
    multiplier: 100,
    valuationMethod: 'futures',
    inverse: true,
  } as const;
  const long = () =>
    Portfolio.create({
      id: 'p',
      currency: 'BTC',
      instruments: [contract],
      positions: [{ symbol: 'XBT', quantity: 10, averageCost: 50_000 }],
    });

  test('have another value with each price, which is that of their rows', () => {
    const { book, apply } = setup({ instruments: [contract] });
    book.setPortfolio(long());
    for (const [price, value] of [
      [40_000, '-0.00500000'],
      [62_500, '0.00400000'],
      [80_000, '0.00750000'],
    ] as const) {
      apply({ symbol: 'XBT', price });
      expect([...book.computeTotals().changed]).toEqual([book.numberOf('p')]);
      expect(String(book.totalsOf(book.numberOf('p')!).marketValue)).toBe(value);
      expect(String(book.value('p')!.marketValue)).toBe(value);
    }
  });

  test('have no value at a price of 0, and one again at the next price', () => {
    const { book, apply, total } = setup({ instruments: [contract] });
    book.setPortfolio(long());
    const values = [50_000, 40_000, 0, 0, 40_000, 80_000].map((price) => {
      apply({ symbol: 'XBT', price });
      return total('p');
    });
    expect(values).toEqual(['0.00000000', '-0.00500000', 'null', 'null', '-0.00500000', '0.00750000']);
  });
});
