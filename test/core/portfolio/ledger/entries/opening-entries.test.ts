import { describe, expect, test } from 'vitest';
import {
  RATES,
  buy,
  cashOf,
  expectRefused,
  held,
  lotsOf,
  openingPosition,
  realizedOf,
  replayed,
  sell,
  sumText,
  sumsOf,
  text,
} from '../ledger-tools.js';

describe('an opening position', () => {
  test('is held at its cost, which counts as a contribution; cash stays', () => {
    const portfolio = replayed([openingPosition('A', 3, { cost: 10 })]);
    expect([held(portfolio, 'A'), cashOf(portfolio), sumsOf(portfolio)]).toEqual([
      ['3', '10'],
      {},
      { netContributions: '10' },
    ]);
    expect(portfolio.account.holdings.get('A')!.wasHeld).toBe(true);
    const sold = replayed([openingPosition('A', 3, { cost: 10 }), sell('A', 3, 4)]);
    expect([realizedOf(sold, 'A'), cashOf(sold)]).toEqual(['2', { USD: '12' }]);
  });

  test('has the cost of its price where no cost is given, and its average entry price in any case', () => {
    const both = replayed([openingPosition('BOND', 200, { cost: 190, price: 90 })]);
    expect([held(both, 'BOND'), text(both.position('BOND')!.averageEntryPrice)]).toEqual([
      ['200', '190'],
      '90',
    ]);
    expect(held(replayed([openingPosition('BOND', 200, { price: 90 })]), 'BOND')).toEqual(['200', '180']);
    const unknown = replayed([openingPosition('BOND', 200, { cost: null, price: 90 })]);
    expect([held(unknown, 'BOND'), text(unknown.position('BOND')!.averageEntryPrice)]).toEqual([
      ['200', 'unknown'],
      '90',
    ]);
    expect(sumsOf(unknown)).toEqual({ netContributions: 'unknown' });
    expect(held(replayed([openingPosition('A', 1)]), 'A')).toEqual(['1', 'unknown']);
  });

  test('of a foreign currency has a known cost in that of the portfolio only when it is given', () => {
    const base = (more: object) =>
      text(replayed([openingPosition('EURO', 1, { cost: 10, ...more })]).position('EURO')!.baseCost);
    expect(base({ rates: RATES })).toBe('unknown');
    expect(base({ baseCost: 12 })).toBe('12');
    expect(
      text(replayed([openingPosition('A', 1, { cost: 10, baseCost: null })]).position('A')!.baseCost),
    ).toBe('unknown');
  });

  test('of futures needs its average entry price, and has no cost', () => {
    expectRefused(
      replayed([]),
      openingPosition('FUT', 1),
      'INVALID_ARGUMENT Entry "e1" (openingPosition): price is missing: "FUT" is valued as futures, from its average entry price.',
    );
    const portfolio = replayed([openingPosition('FUT', -2, { price: 100 })]);
    expect([held(portfolio, 'FUT'), sumsOf(portfolio)]).toEqual([['-2', '0'], {}]);
    expect(text(portfolio.account.holdings.get('FUT')!.settledWorth)).toBe('-10000');
    expect(text(portfolio.position('FUT')!.averageEntryPrice)).toBe('100');
    expect(text(replayed([openingPosition('INV', 1, { price: 100 })]).position('INV')!.baseCost)).toBe('0');
  });

  test('of futures has no cost in the currency of the portfolio either, whatever is given', () => {
    const portfolio = replayed([openingPosition('FUT', 1, { price: 100, cost: 77, baseCost: 77 })]);
    const { costBasis, baseCost } = portfolio.position('FUT')!;
    expect([costBasis, baseCost].map(text)).toEqual(['0', '0']);
  });

  test('takes the place of what is held in its symbol: the difference of cost is contributed', () => {
    const portfolio = replayed(
      [buy('A', 1, 4), buy('A', 1, 6), openingPosition('A', -5, { cost: -30, acquiredAt: 7 })],
      { costMethod: 'fifo' },
    );
    expect([lotsOf(portfolio, 'A'), cashOf(portfolio)]).toEqual([[['e3', '-5', '-30']], { USD: '-10' }]);
    expect(portfolio.position('A')!.lots[0]!.acquiredAt).toBe(7);
    expect(sumsOf(portfolio)).toEqual({ netContributions: '-40' });
  });

  test('of quantity 0 strikes out what is held, and does nothing where nothing was', () => {
    const portfolio = replayed([
      openingPosition('A', 3, { cost: 10 }),
      openingPosition('A', 0),
      openingPosition('B', 0),
    ]);
    expect([held(portfolio, 'A'), sumsOf(portfolio), [...portfolio.account.holdings.keys()]]).toEqual([
      undefined,
      {},
      ['A'],
    ]);
    expect(portfolio.entryCount).toBe(3);
  });

  test('can bring another currency to a symbol without instrument', () => {
    const portfolio = replayed([
      openingPosition('L', 3, { cost: 10 }),
      openingPosition('L', 2, { cost: 8, currency: 'EUR' }),
    ]);
    expect([portfolio.position('L')!.currency, held(portfolio, 'L')]).toEqual(['EUR', ['2', '8']]);
  });

  test('has a profit before, which was withdrawn before', () => {
    const portfolio = replayed([
      openingPosition('EURO', 1, { cost: 10, baseCost: 12, realizedPnl: 5, rates: RATES }),
    ]);
    expect(text(portfolio.position('EURO')!.realizedPnl)).toBe('5');
    expect(sumText(portfolio.account.holdings.get('EURO')!.realized)).toBe('5.5');
    expect(sumsOf(portfolio)).toEqual({ netContributions: '6.5' });
    const unknown = replayed([openingPosition('EURO', 1, { cost: 10, baseCost: 12, realizedPnl: 5 })]);
    expect(sumText(unknown.account.holdings.get('EURO')!.realized)).toBe('unknown');
    expect(sumsOf(unknown)).toEqual({ netContributions: 'unknown' });
  });
});

describe('opening cash', () => {
  test('counts as a contribution at its rate, and may be a debt', () => {
    const portfolio = replayed([
      { type: 'openingCash', amount: -20, currency: 'EUR', rates: RATES },
      { type: 'openingCash', amount: 5, currency: 'USD' },
    ]);
    expect([cashOf(portfolio), sumsOf(portfolio)]).toEqual([
      { EUR: '-20', USD: '5' },
      { netContributions: '-17' },
    ]);
  });

  test('of 0 lists no balance, and without a rate has an unknown worth', () => {
    expect(cashOf(replayed([{ type: 'openingCash', amount: 0, currency: 'EUR' }]))).toEqual({});
    const unknown = replayed([{ type: 'openingCash', amount: 1, currency: 'EUR' }]);
    expect(sumsOf(unknown)).toEqual({ netContributions: 'unknown' });
    expect(sumText(unknown.account.cash.get('EUR')!.base)).toBe('unknown');
  });
});
