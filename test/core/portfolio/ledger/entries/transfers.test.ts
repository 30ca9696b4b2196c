import { describe, expect, test } from 'vitest';
import {
  RATES,
  buy,
  cashOf,
  expectRefused,
  held,
  lotsOf,
  realizedOf,
  replayed,
  sell,
  sumsOf,
  text,
  transferIn,
  transferOut,
  type Step,
} from '../ledger-tools.js';

describe('a transfer in', () => {
  test('brings units at their cost, and counts at fair value; what they had gained was gained elsewhere', () => {
    const portfolio = replayed([transferIn('A', 10, 70, { price: 12 })]);
    expect([held(portfolio, 'A'), cashOf(portfolio)]).toEqual([['10', '70'], {}]);
    expect(sumsOf(portfolio)).toEqual({ netContributions: '120', gainedElsewhere: '50' });
  });

  test('adds units that can be sold like any others', () => {
    const portfolio = replayed([transferIn('A', 10, 70, { price: 12 }), sell('A', 10, 8)]);
    expect([realizedOf(portfolio, 'A'), cashOf(portfolio)]).toEqual(['10', { USD: '80' }]);
  });

  test('without a fair value has an unknown contribution, and its cost is known', () => {
    const portfolio = replayed([transferIn('A', 10, 70)]);
    expect(sumsOf(portfolio)).toEqual({ netContributions: 'unknown', gainedElsewhere: 'unknown' });
    expect(text(portfolio.position('A')!.baseCost)).toBe('70');
  });

  test('of unknown cost has an unknown cost; a cost of another currency is known in that of the portfolio when it is given', () => {
    expect(held(replayed([transferIn('A', 10, null, { price: 1 })]), 'A')).toEqual(['10', 'unknown']);
    const base = (more: object) =>
      text(replayed([transferIn('EURO', 1, 10, more)]).position('EURO')!.baseCost);
    expect(base({})).toBe('unknown');
    expect(base({ rates: RATES })).toBe('unknown');
    expect(base({ baseCost: 9 })).toBe('9');
    expect(text(replayed([transferIn('A', 1, 10, { baseCost: null })]).position('A')!.baseCost)).toBe(
      'unknown',
    );
    expect(text(replayed([transferIn('A', 1, 10, { baseCost: 8 })]).position('A')!.baseCost)).toBe('8');
  });

  test('is as old as it says, or as its entry', () => {
    const portfolio = replayed(
      [buy('A', 1, 1), transferIn('A', 2, 5, { acquiredAt: 1000 }), transferIn('A', 3, 6)],
      {
        costMethod: 'fifo',
      },
    );
    expect(portfolio.position('A')!.lots.map(({ id, acquiredAt }) => [id, acquiredAt])).toEqual([
      ['e2', 1000],
      ['e1', 60_000],
      ['e3', 180_000],
    ]);
  });

  test('may be short, and is refused on the other side of what is held', () => {
    const portfolio = replayed([transferIn('A', -10, -70, { price: 8 })]);
    expect(held(portfolio, 'A')).toEqual(['-10', '-70']);
    expect(sumsOf(portfolio)).toEqual({ netContributions: '-80', gainedElsewhere: '-10' });
    expectRefused(
      portfolio,
      transferIn('A', 1, 1),
      'INVALID_ARGUMENT Entry "e2" (transferIn): quantity: expected units on the side of the -10 that are held, got "1".',
    );
    expectRefused(
      replayed([buy('A', 3, 1)]),
      transferIn('A', -1, 1),
      'INVALID_ARGUMENT Entry "e2" (transferIn): quantity: expected units on the side of the 3 that are held, got "-1".',
    );
  });

  test('of futures needs a price, at which they are settled; what they gained was paid elsewhere', () => {
    expectRefused(
      replayed([]),
      transferIn('FUT', 1, null),
      'INVALID_ARGUMENT Entry "e1" (transferIn): price: expected a price: futures are settled at it, got undefined.',
    );
    const portfolio = replayed([transferIn('FUT', 2, 10_000, { price: 103 })]);
    expect([held(portfolio, 'FUT'), sumsOf(portfolio)]).toEqual([['2', '-300'], { gainedElsewhere: '300' }]);
    expect([text(portfolio.position('FUT')!.averageEntryPrice), cashOf(portfolio)]).toEqual(['100', {}]);
    expect(text(portfolio.account.holdings.get('FUT')!.settledWorth)).toBe('10300');
    expect(held(replayed([transferIn('FUT', 2, null, { price: 103 })]), 'FUT')).toEqual(['2', '0']);
  });
});

describe('a transfer out', () => {
  test('takes units at their cost and counts at fair value; nothing is realized', () => {
    const portfolio = replayed([buy('A', 10, 7), transferOut('A', 4, 12)]);
    expect([held(portfolio, 'A'), realizedOf(portfolio, 'A'), cashOf(portfolio)]).toEqual([
      ['6', '42'],
      '0',
      { USD: '-70' },
    ]);
    expect(sumsOf(portfolio)).toEqual({ netContributions: '-48', gainedElsewhere: '-20' });
  });

  test('of a short position takes units of it', () => {
    const portfolio = replayed([sell('A', 10, 7), transferOut('A', 4, 8)]);
    expect([held(portfolio, 'A'), sumsOf(portfolio)]).toEqual([
      ['-6', '-42'],
      { netContributions: '32', gainedElsewhere: '4' },
    ]);
    expect(held(replayed([sell('A', 1, 7), transferOut('A', 1, 8)]), 'A')).toBeUndefined();
  });

  test('takes the lots of the cost method', () => {
    const steps = [buy('A', 1, 10), buy('A', 1, 20), transferOut('A', 1, 1)];
    expect(lotsOf(replayed(steps, { costMethod: 'fifo' }), 'A')).toEqual([['e2', '1', '20']]);
    expect(lotsOf(replayed(steps, { costMethod: 'lifo' }), 'A')).toEqual([['e1', '1', '10']]);
  });

  test('of futures counts at what they gained since the last settlement', () => {
    const portfolio = replayed([buy('FUT', 2, 100), transferOut('FUT', 1, 103)]);
    expect(sumsOf(portfolio)).toEqual({ netContributions: '-150', gainedElsewhere: '-150' });
  });

  test('in a foreign currency needs a rate, or its contribution is unknown', () => {
    const steps = (rates?: object) => [
      buy('EURO', 1, 10, { rates: RATES }),
      transferOut('EURO', 1, 20, rates && { rates }),
    ];
    expect(sumsOf(replayed(steps(RATES)))).toEqual({ netContributions: '-22', gainedElsewhere: '-11' });
    expect(sumsOf(replayed(steps()))).toEqual({ netContributions: 'unknown', gainedElsewhere: 'unknown' });
  });

  test('is refused of what is not held, of more than is held, and without a price', () => {
    const portfolio = replayed([buy('A', 3, 1), buy('B', 1, 1), sell('B', 1, 1)]);
    for (const symbol of ['B', 'C'])
      expectRefused(
        portfolio,
        transferOut(symbol, 1, 1),
        `INVALID_ARGUMENT Entry "e4" (transferOut): symbol: expected a symbol that is held, got "${symbol}".`,
      );
    expectRefused(
      portfolio,
      transferOut('A', 4, 1),
      'INVALID_ARGUMENT Entry "e4" (transferOut): quantity: expected at most the 3 units that are held, got "4".',
    );
    expectRefused(
      portfolio,
      { type: 'transferOut', symbol: 'A', quantity: 1 } as Step,
      'INVALID_ARGUMENT Entry "e4": price: expected a value: transferOut needs it, got undefined.',
    );
  });
});
