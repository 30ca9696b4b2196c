import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import { PortfolioValuedBatch } from '../../../src/core/engine/portfolio-valued-event.js';
import { future } from '../../../src/core/instruments/instrument-presets.js';
import type { PortfolioTotals } from '../../../src/core/portfolio/figures/portfolio-totals.js';
import type { PortfolioInput } from '../../../src/core/portfolio/portfolio-input.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';

const NOW = Date.UTC(2026, 2, 2, 12);

function setup(options: ConstructorParameters<typeof PositionBook>[0] = {}) {
  const book = new PositionBook({ ...options, clock: new FakeClock({ now: NOW }) });
  let at = NOW;
  const apply = (...updates: Array<Omit<PriceUpdate, 'timestamp'>>) => {
    const timed = updates.map((update) => ({ ...update, timestamp: at++ }));
    book.applyPrices(PriceChangedBatch.ofUpdates(timed, NOW, { allowNonPositive: true }));
    return [...book.computeTotals().changed].map((number) => book.portfolio(number)!.id);
  };
  const hold = (
    id: string,
    quantities: Record<string, number | string>,
    rest: Partial<PortfolioInput> = {},
  ) => {
    const positions = Object.entries(quantities).map(([symbol, quantity]) => {
      return { symbol, quantity, averageCost: 1 };
    });
    book.setPortfolio(Portfolio.create({ id, currency: 'USD', positions, ...rest }));
    book.computeTotals();
  };
  const totals = (id: string) => book.totalsOf(book.numberOf(id)!);
  return { book, apply, hold, totals };
}

const exposures = ({
  longExposure,
  shortExposure,
  grossExposure,
  netExposure,
}: Pick<PortfolioTotals, 'longExposure' | 'shortExposure' | 'grossExposure' | 'netExposure'>) =>
  [longExposure, shortExposure, grossExposure, netExposure].map(String).join(' ');

describe('long and short exposure in one currency', () => {
  test.each([
    // What the floors of 10.00 and -3.01 leave goes to the larger rest, of equal ones to the long side.
    ['10.004', '3.008', '10.01 -3.01 13.02 7.00'],
    ['10.003', '3.006', '10.00 -3.00 13.00 7.00'],
    ['10.005', '3.005', '10.01 -3.01 13.02 7.00'],
    ['10.008', '3.002', '10.01 -3.00 13.01 7.01'],
    ['10.001', '3.009', '10.00 -3.01 13.01 6.99'],
    ['10.00', '3.00', '10.00 -3.00 13.00 7.00'],
  ])('are rounded together, so that they sum to the net: %s and -%s', (long, short, expected) => {
    const { book, apply, hold, totals } = setup();
    hold('plain', { L: 1, S: -1 });
    hold('cash', { L: 1, S: -1 }, { cash: { EUR: 0, USD: 1 } });
    // Past 2^53 units, or nearly.
    hold('huge', { L: 1, S: -1, H: '1000000000000', I: '-1000000000000' });
    apply({ symbol: 'L', price: long }, { symbol: 'S', price: short });
    apply({ symbol: 'H', price: 7 }, { symbol: 'I', price: 7 });
    for (const id of ['plain', 'cash']) {
      expect(exposures(totals(id)), id).toBe(expected);
      expect(exposures(book.value(id)!), id).toBe(expected);
      expect(String(totals(id).netExposure)).toBe(String(totals(id).marketValue));
    }
    expect(exposures(totals('huge'))).toBe(exposures(book.value('huge')!));
    expect(String(totals('huge').netExposure)).toBe(expected.split(' ')[3]);
  });

  test('of rows are rounded like their values, and those of the portfolio once by side', () => {
    const { book, apply, hold } = setup();
    hold('p', { A: 1, B: 1, C: -1, D: -1 });
    apply(...['A', 'B', 'C', 'D'].map((symbol) => ({ symbol, price: '1.004' })));
    const { positions, ...totals } = book.value('p')!;
    const ofRows = ['1.00', '1.00', '-1.00', '-1.00'];
    expect(positions.map(({ exposure }) => String(exposure))).toEqual(ofRows);
    expect(positions.map(({ marketValue }) => String(marketValue))).toEqual(ofRows);
    // 2.008 and −2.008.
    expect(exposures(totals)).toBe('2.01 -2.01 4.02 0.00');
  });

  test('are unknown while a price is', () => {
    const { apply, hold, totals } = setup({ fx: ['EUR/USD'] });
    hold('p', { A: 1, B: -1 });
    hold('foreign', { A: 1, B: -1 }, { cash: { EUR: 1 } });
    apply({ symbol: 'A', price: 5 }, { symbol: 'EUR/USD', price: 1 });
    for (const id of ['p', 'foreign']) {
      expect(exposures(totals(id))).toBe('null null null null');
      expect(totals(id).leverage).toBe(null);
    }
    apply({ symbol: 'B', price: 2 });
    for (const id of ['p', 'foreign']) expect(exposures(totals(id))).toBe('5.00 -2.00 7.00 3.00');
  });

  test('change with the price of a short position alone, also in the known part of the value', () => {
    const { apply, hold, totals } = setup();
    hold('p', { A: 1, B: -1 });
    apply({ symbol: 'B', price: 2 });
    expect(apply({ symbol: 'B', price: 3 })).toEqual(['p']);
    expect(String(totals('p').priced.marketValue)).toBe('-3.00');
    apply({ symbol: 'A', price: 10 });
    expect(apply({ symbol: 'B', price: 4 })).toEqual(['p']);
    expect(exposures(totals('p'))).toBe('10.00 -4.00 14.00 6.00');
  });

  test('grow past 2^53 units, and shrink again', () => {
    const { book, apply, hold, totals } = setup();
    hold('p', { A: 1, B: '-1000000000' });
    apply({ symbol: 'A', price: 1 }, { symbol: 'B', price: 1 });
    for (const price of [1, 100, 101, 2]) {
      apply({ symbol: 'B', price });
      const short = `${price}000000000.00`;
      expect(totals('p').shortExposure!.toString()).toBe(`-${short}`);
      expect(exposures(totals('p'))).toBe(exposures(book.value('p')!));
    }
  });

  test('follow short positions that the book has not had before, and stay as they were in what was published', () => {
    const { book, apply, hold, totals } = setup();
    hold('p', { A: 2 });
    hold('q', { A: 1 });
    apply({ symbol: 'A', price: 5 });
    const numbers = Int32Array.of(book.numberOf('p')!, book.numberOf('q')!);
    const longOnly = new PortfolioValuedBatch('b', NOW, book.snapshot(numbers));
    hold('p', { A: -2 });
    expect([exposures(totals('p')), exposures(totals('q'))]).toEqual([
      '0.00 -10.00 10.00 -10.00',
      '5.00 0.00 5.00 5.00',
    ]);
    const withShort = new PortfolioValuedBatch('b', NOW, book.snapshot(numbers));
    expect(apply({ symbol: 'A', price: 6 })).toEqual(['p', 'q']);
    expect(exposures(totals('p'))).toBe('0.00 -12.00 12.00 -12.00');
    hold('p', { A: 1 });
    expect([...longOnly].map(exposures)).toEqual(['10.00 0.00 10.00 10.00', '5.00 0.00 5.00 5.00']);
    expect([...withShort].map(exposures)).toEqual(['0.00 -10.00 10.00 -10.00', '5.00 0.00 5.00 5.00']);
    expect(exposures(totals('p'))).toBe('6.00 0.00 6.00 6.00');
  });
});

test('the exposure of futures is their whole worth, whatever was settled, by the sign of their quantity', () => {
  const instruments = [
    future({ symbol: 'ES', currency: 'USD', multiplier: 50 }),
    future({ symbol: 'NQ', currency: 'USD', multiplier: 20 }),
  ];
  const { book, apply, hold, totals } = setup({ instruments });
  hold('f', { ES: 2, NQ: -1, A: 3 }, { instruments, cash: { USD: 10_000 } });
  apply({ symbol: 'ES', price: 5005 }, { symbol: 'NQ', price: 18_000 }, { symbol: 'A', price: 10 });
  // 2 × 50 × 5005 + 30, and 20 × 18000; each future gained since it was bought at 1.
  expect(exposures(totals('f'))).toBe('500530.00 -360000.00 860530.00 140530.00');
  expect(String(totals('f').marketValue)).toBe('140450.00');
  // Equity 140450 + 10000.
  expect(String(totals('f').leverage)).toBe('5.7197');
  expect(exposures(book.value('f')!)).toBe(exposures(totals('f')));
});

describe('a price below 0', () => {
  test('turns the sign of exposures, and a later one turns it back', () => {
    const { book, apply, hold, totals } = setup();
    hold('long', { OIL: 2, A: 1 });
    hold('short', { OIL: -2 });
    hold('other', { A: 1 });
    apply({ symbol: 'A', price: 10 });
    const at = (price: number | string) => {
      apply({ symbol: 'OIL', price });
      for (const id of ['long', 'short', 'other'])
        expect(exposures(totals(id)), `${id} at ${price}`).toBe(exposures(book.value(id)!));
      return ['long', 'short', 'other'].map((id) => exposures(totals(id)));
    };
    const other = '10.00 0.00 10.00 10.00';
    expect(at(5)).toEqual(['20.00 0.00 20.00 20.00', '0.00 -10.00 10.00 -10.00', other]);
    expect(at('-37.63')).toEqual(['10.00 -75.26 85.26 -65.26', '75.26 0.00 75.26 75.26', other]);
    expect(at('-36')).toEqual(['10.00 -72.00 82.00 -62.00', '72.00 0.00 72.00 72.00', other]);
    expect(at(0)).toEqual(['10.00 0.00 10.00 10.00', '0.00 0.00 0.00 0.00', other]);
    expect(at(4)).toEqual(['18.00 0.00 18.00 18.00', '0.00 -8.00 8.00 -8.00', other]);
  });

  test('counts for holders that come while it lasts, and no longer for those after them', () => {
    const { book, apply, hold, totals } = setup();
    hold('first', { A: 1 });
    apply({ symbol: 'OIL', price: '-3' }, { symbol: 'A', price: 10 });
    hold('late', { OIL: 2 });
    expect(exposures(totals('late'))).toBe('0.00 -6.00 6.00 -6.00');
    book.removePortfolio('late');
    hold('later', { A: 1 });
    // The same price again changes nothing, which shows that it is not valued row by row.
    expect(apply({ symbol: 'A', price: 10 })).toEqual([]);
    hold('later', { OIL: 1 });
    // With more digits than before, too.
    apply({ symbol: 'OIL', price: '-3.12345' });
    apply({ symbol: 'OIL', price: 3 });
    expect(apply({ symbol: 'OIL', price: 3 })).toEqual([]);
  });
});

describe('leverage', () => {
  test('is gross exposure ÷ equity, half-even at 4 digits, and unknown where equity is not above 0', () => {
    const { apply, hold, totals } = setup();
    hold('p', { A: 1, B: -1 }, { cash: { USD: 20 } });
    hold('poor', { B: -1 });
    apply({ symbol: 'A', price: '3.01' }, { symbol: 'B', price: '3' });
    // 6.01 ÷ 20.01 = 0.30034…
    expect(String(totals('p').leverage)).toBe('0.3003');
    expect(totals('poor').leverage).toBe(null);
  });
});
