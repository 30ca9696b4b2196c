import { describe, expect, test } from 'vitest';
import type { CostMethod } from '../../../../../src/core/portfolio/ledger/cost-method.js';
import {
  FIFO,
  after,
  buy,
  cashOf,
  expectAllRefused,
  expectRefused,
  held,
  lotsOf,
  openingPosition,
  realizedOf,
  replayed,
  sell,
  settlement,
  split,
  sumsOf,
  text,
  transferIn,
  transferOut,
} from '../ledger-tools.js';

describe('a trade', () => {
  test('is refused in another currency than that of the price or of the money', () => {
    const portfolio = replayed([buy('EURO', 1, 10), buy('PENCE', 1, 10, { currency: 'GBP' })]);
    expectRefused(
      portfolio,
      buy('EURO', 1, 10, { currency: 'USD' }),
      'INVALID_ARGUMENT Entry "e3" (buy): currency: expected EUR, in which the position is held, got "USD".',
    );
    expect(held(after(portfolio, buy('PENCE', 1, 10, { currency: 'GBp' })), 'PENCE')).toEqual(['2', '0.2']);
  });

  test('with the gross money of the contract note goes by it, and by the price for futures alone', () => {
    const bought = replayed([buy('A', 3, 10, { amount: '30.01', fee: 1 })]);
    expect([held(bought, 'A'), cashOf(bought)]).toEqual([['3', '31.01'], { USD: '-31.01' }]);
    const sold = replayed([sell('A', 3, 10, { amount: 0 })]);
    expect([held(sold, 'A'), cashOf(sold)]).toEqual([['-3', '0'], {}]);
    expectRefused(
      bought,
      buy('FUT', 1, 100, { amount: 5000 }),
      'INVALID_ARGUMENT Entry "e2" (buy): amount: expected no amount: futures are not paid when they are bought, got "5000".',
    );
  });

  test('of which the venue keeps units has the whole cost in those that arrive', () => {
    const portfolio = replayed([buy('A', 10, 5, { feeQuantity: '0.5' })]);
    expect(held(portfolio, 'A')).toEqual(['9.5', '50']);
    expect(text(portfolio.position('A')!.averageEntryPrice)).toBe('5');
    expect([cashOf(portfolio), sumsOf(portfolio)]).toEqual([{ USD: '-50' }, { fees: '2.5' }]);
  });

  test('cannot lose as many units to the venue as were bought, and a sale none', () => {
    const portfolio = replayed([buy('A', 1, 1)]);
    const units = 'expected units of a purchase, fewer than were bought';
    expectRefused(
      portfolio,
      buy('A', 1, 1, { feeQuantity: 1 }),
      `INVALID_ARGUMENT Entry "e2" (buy): feeQuantity: ${units}, got "1".`,
    );
    expectRefused(
      portfolio,
      sell('A', 1, 1, { feeQuantity: '0.1' }),
      `INVALID_ARGUMENT Entry "e2" (sell): feeQuantity: ${units}, got "0.1".`,
    );
  });

  test('past zero closes, then opens; charges and gross money are shared by quantity', () => {
    const portfolio = replayed([buy('A', 2, 10), sell('A', 3, 0, { amount: 36, fee: 3, tax: '1.5' })]);
    // Two thirds of 36 − 4.5 close, one third opens.
    expect([held(portfolio, 'A'), realizedOf(portfolio, 'A')]).toEqual([['-1', '-10.5'], '1']);
    expect(cashOf(portfolio)).toEqual({ USD: '11.5' });
    expect(lotsOf(portfolio, 'A').map(([id]) => id)).toEqual(['e2']);
  });

  test('has fee and duty in its cost, and counts them among fees and taxes, not among expenses', () => {
    const portfolio = replayed([
      buy('A', 1, 10, { fee: 2, tax: 1 }),
      sell('A', 1, 20, { fee: '-0.5', tax: 3 }),
    ]);
    expect(realizedOf(portfolio, 'A')).toBe('4.5');
    expect(sumsOf(portfolio)).toEqual({ fees: '1.5', taxes: '4' });
  });

  test('of futures has its charges as expenses, and moves no cash but these', () => {
    const portfolio = replayed([buy('FUT', 2, 100, { fee: 4, tax: 1 })]);
    expect([held(portfolio, 'FUT'), cashOf(portfolio)]).toEqual([['2', '0'], { USD: '-5' }]);
    expect(sumsOf(portfolio)).toEqual({ fees: '4', taxes: '1', expenses: '5' });
    expect(text(portfolio.account.holdings.get('FUT')!.expenses.known)).toBe('5');
  });

  test('has a fee of another currency as an expense, at the rate of the entry; without a rate it is unknown', () => {
    const known = replayed([buy('A', 1, 10, { fee: 2, feeCurrency: 'EUR', rates: { EUR: '1.1' } })]);
    expect([held(known, 'A'), cashOf(known)]).toEqual([['1', '10'], { EUR: '-2', USD: '-10' }]);
    expect(sumsOf(known)).toEqual({ fees: '2.2', expenses: '2.2' });
    const unknown = replayed([buy('A', 1, 10, { fee: 2, feeCurrency: 'EUR' })]);
    expect(sumsOf(unknown)).toEqual({ fees: 'unknown', expenses: 'unknown' });
    expect(text(unknown.position('A')!.baseCost)).toBe('10');
    expectRefused(
      known,
      buy('A', 1, 10, { fee: 2, feeCurrency: 'eur' }),
      'UNKNOWN_CURRENCY Entry "e2": feeCurrency: "eur" is not a known currency. Did you mean "EUR"? Accepted are ISO 4217 codes, GBp, GBX, ZAc, ZAC, ILA, USX, CNH, XAU and other metals, common crypto-assets, and what defineCurrency() was given.',
    );
  });

  test('in pence has a fee in pence in its cost, as it has one in pounds', () => {
    for (const fee of [{ fee: 50, feeCurrency: 'GBp' }, { fee: '0.5' }]) {
      const portfolio = replayed([buy('PENCE', 10, 100, fee)], { currency: 'GBP' });
      expect([held(portfolio, 'PENCE'), sumsOf(portfolio)]).toEqual([['10', '10.5'], { fees: '0.5' }]);
    }
  });

  test('of futures is refused where the venue keeps units of them', () => {
    expectRefused(
      replayed([]),
      buy('FUT', 10, 100, { feeQuantity: 1 }),
      'INVALID_ARGUMENT Entry "e1" (buy): feeQuantity: expected no units: those of futures cannot be kept, got "1".',
    );
  });

  test('pays accrued interest apart from the cost, as income below zero', () => {
    const portfolio = replayed([
      buy('BOND', 1000, 98, { accrued: '1.5' }),
      sell('BOND', 1000, 98, { accrued: 2 }),
    ]);
    expect([realizedOf(portfolio, 'BOND'), cashOf(portfolio)]).toEqual(['0', { USD: '5' }]);
    expect(sumsOf(portfolio)).toEqual({ income: '5' });
    expect(text(portfolio.account.holdings.get('BOND')!.income.known)).toBe('5');
  });

  test('in a foreign currency without a rate has an unknown cost in that of the portfolio, for that lot alone', () => {
    const steps = [buy('EURO', 1, 10), buy('EURO', 1, 20, { rates: { EUR: '1.1' } })];
    const fifo = replayed(steps, { costMethod: 'fifo' });
    expect(fifo.position('EURO')!.lots.map(({ baseCost }) => text(baseCost))).toEqual(['unknown', '22']);
    expect(text(fifo.position('EURO')!.baseCost)).toBe('unknown');
    expect(text(replayed(steps).position('EURO')!.baseCost)).toBe('unknown');
    const rest = replayed([...steps, sell('EURO', 1, 15, { rates: { EUR: 1 } })], { costMethod: 'fifo' });
    expect(text(rest.position('EURO')!.baseCost)).toBe('22');
    expect([realizedOf(rest, 'EURO'), rest.account.holdings.get('EURO')!.realized.hasUnknown]).toEqual([
      '5',
      true,
    ]);
  });

  test('of inverse contracts needs a price above zero', () => {
    for (const price of ['0', '-1'])
      expectRefused(
        replayed([buy('INV', 1, 100)]),
        buy('INV', 1, price),
        `INVALID_ARGUMENT Entry "e2" (buy): price: expected a price above zero: the contract is inverse, got "${price}".`,
      );
  });

  test('refused among others leaves nothing of them behind', () => {
    const portfolio = replayed([buy('A', 2, 10)], FIFO);
    for (const bad of [
      buy('INV', 1, 0),
      sell('A', 1, 1, { lots: [{ lot: 'x', quantity: 1 }] }),
      sell('A', 1, NaN),
      { ...sell('A', 1, 1), id: 'e1' },
    ])
      expectAllRefused(portfolio, [sell('A', 1, 12), buy('B', 1, 5, { fee: 1, feeCurrency: 'EUR' }), bad]);
  });

  test('in a symbol that was held before in another currency keeps the profit of each currency', () => {
    const portfolio = replayed([
      buy('LOOSE', 1, 100),
      sell('LOOSE', 1, 200),
      buy('LOOSE', 1, 100, { currency: 'EUR' }),
      sell('LOOSE', 1, 110),
    ]);
    expect([...portfolio.realizedPnl].map(([currency, amount]) => [currency, text(amount)])).toEqual([
      ['USD', '100'],
      ['EUR', '10'],
    ]);
  });
});

describe('lots', () => {
  const steps = [
    buy('A', 2, 10, { id: 'one' }),
    buy('A', 3, 20, { id: 'two' }),
    buy('A', 1, 30, { id: 'three' }),
  ];
  const lots = (...named: Array<[string, number | string]>) => ({
    lots: named.map(([lot, quantity]) => ({ lot, quantity })),
  });
  const opened = (costMethod: CostMethod) => replayed(steps, { costMethod });

  test.each([
    [
      'fifo',
      [
        ['two', '2', '80'],
        ['three', '1', '30'],
      ],
      '90',
    ],
    [
      'lifo',
      [
        ['one', '2', '20'],
        ['two', '1', '40'],
      ],
      '40',
    ],
    [
      'hifo',
      [
        ['one', '2', '20'],
        ['three', '1', '30'],
      ],
      '30',
    ],
    ['average', [['one', '3', '85']], '65'],
  ] as const)('are closed as %s says', (costMethod, left, realized) => {
    const [one, , three] = steps;
    const two = buy('A', 3, 40, { id: 'two' });
    const portfolio = replayed([one!, two, three!, sell('A', 3, 50)], { costMethod });
    expect(lotsOf(portfolio, 'A')).toEqual(left);
    expect(realizedOf(portfolio, 'A')).toBe(realized);
  });

  test.each(['fifo', 'lifo', 'hifo'] as const)('that a sale names go before %s', (costMethod) => {
    const portfolio = replayed([...steps, sell('A', 2, 50, lots(['two', 1], ['three', 1]))], { costMethod });
    expect(lotsOf(portfolio, 'A')).toEqual([
      ['one', '2', '20'],
      ['two', '2', '40'],
    ]);
    expect(realizedOf(portfolio, 'A')).toBe('50');
  });

  test('can be named when a short position is bought back', () => {
    const short = [
      sell('A', 1, 10, { id: 'one' }),
      sell('A', 1, 20, { id: 'two' }),
      buy('A', 1, 5, lots(['two', 1])),
    ];
    const portfolio = replayed(short, { costMethod: 'fifo' });
    expect([lotsOf(portfolio, 'A'), realizedOf(portfolio, 'A')]).toEqual([[['one', '-1', '-10']], '15']);
  });

  test('are refused under average cost', () => {
    expectRefused(
      opened('average'),
      sell('A', 1, 1, lots(['one', 1])),
      'INVALID_ARGUMENT Entry "e4" (sell): lots: expected no lots: the cost method is average, which keeps one pool, got "one".',
    );
  });

  test('are refused that are not held, or not with so many units', () => {
    const held3 = 'held are 2 of "one", 3 of "two", 1 of "three".';
    const refused = (quantity: number, named: object, said: string) =>
      expectRefused(
        opened('fifo'),
        sell('A', quantity, 1, named),
        `INVALID_ARGUMENT Entry "e4" (sell): lots: ${said}`,
      );
    refused(1, lots(['four', 1]), `1 units of lot "four" are not held; ${held3}`);
    refused(3, lots(['one', 3]), `3 units of lot "one" are not held; ${held3}`);
    refused(2, lots(['one', 1], ['one', 1]), 'expected each lot once, got "one, one".');
    refused(3, lots(['one', 2]), 'expected quantities that add up to the 3 units that are closed, got "2".');
    refused(1, lots(['one', 2]), 'expected quantities that add up to the 1 units that are closed, got "2".');
  });

  test('are refused by a trade that closes nothing', () => {
    expectRefused(
      opened('fifo'),
      buy('A', 1, 1, lots(['one', 1])),
      'INVALID_ARGUMENT Entry "e4" (buy): lots: expected lots of a position that the purchase closes, got "one".',
    );
    expectRefused(
      opened('fifo'),
      sell('B', 1, 1, lots(['one', 1])),
      'INVALID_ARGUMENT Entry "e4" (sell): lots: expected lots of a position that the sale closes, got "one".',
    );
  });

  test('of a trade past zero are those of the part that closes', () => {
    const portfolio = replayed([...steps, sell('A', 7, 50, lots(['one', 2], ['two', 3], ['three', 1]))], {
      costMethod: 'fifo',
    });
    expect(lotsOf(portfolio, 'A')).toEqual([['e4', '-1', '-50']]);
    expectRefused(
      opened('fifo'),
      sell('A', 7, 50, lots(['one', 2])),
      'INVALID_ARGUMENT Entry "e4" (sell): lots: expected quantities that add up to the 6 units that are closed, got "2".',
    );
  });
});

describe('an entry of inverse contracts', () => {
  test.each([
    ['settlement', settlement('INV', 0)],
    ['transferIn', transferIn('INV', 1, null, { price: 0 })],
    ['transferOut', transferOut('INV', 1, -1)],
    ['openingPosition', openingPosition('INV', 1, { price: 0 })],
  ])('needs a price above zero: %s', (type, step) => {
    const price = 'price' in step ? String(step.price) : '';
    expectRefused(
      replayed([buy('INV', 1, 100)]),
      step,
      `INVALID_ARGUMENT Entry "e2" (${type}): price: expected a price above zero: the contract is inverse, got "${price}".`,
    );
  });
});

describe('a settlement', () => {
  test('turns what futures have gained into cash, and lowers their cost by it', () => {
    const portfolio = replayed([buy('FUT', 2, 100), settlement('FUT', 103), settlement('FUT', 101)]);
    expect([held(portfolio, 'FUT'), cashOf(portfolio)]).toEqual([['2', '-100'], { USD: '100' }]);
    const { settledWorth, baseCost, entryWorth } = portfolio.account.holdings.get('FUT')!;
    expect([settledWorth, baseCost, entryWorth].map(text)).toEqual(['10100', '-100', '10000']);
    const closed = replayed([buy('FUT', 2, 100), settlement('FUT', 103), sell('FUT', 2, 104)]);
    expect([realizedOf(closed, 'FUT'), cashOf(closed)]).toEqual(['400', { USD: '400' }]);
  });

  test('without a gain moves no cash, and pays in the settlement currency', () => {
    expect(cashOf(replayed([buy('FUT', 2, 100), settlement('FUT', 100)]))).toEqual({});
    const still = replayed([buy('INV', 1, 100), settlement('INV', 100)]);
    expect([cashOf(still), text(still.position('INV')!.baseCost)]).toEqual([{}, '0']);
    const inverse = replayed([buy('INV', 1, 100), settlement('INV', 200)]);
    expect([held(inverse, 'INV'), cashOf(inverse)]).toEqual([['1', '-0.5'], { BTC: '0.5' }]);
    expect(text(inverse.position('INV')!.baseCost)).toBe('unknown');
  });

  test('values quantities of more digits than an entry may have', () => {
    // A third of 1000000000001 has 12 digits before the point and 18 after it.
    const steps = [buy('FUT', 1_000_000_000_001, 1), buy('FUT', 2_000_000_000_002, 1), split('FUT', 3, 1)];
    const portfolio = replayed([...steps, settlement('FUT', 4)], FIFO);
    expect(portfolio.position('FUT')!.lots.map(({ quantity }) => text(quantity))).toEqual([
      '333333333333.666666666666666667',
      '666666666667.333333333333333333',
    ]);
    // 1000000000001 × 4 × 50 less 3000000000003 × 50.
    expect(cashOf(portfolio)).toEqual({ USD: '50000000000050' });
  });

  test('of inverse contracts pays amounts of 18 digits', () => {
    const portfolio = replayed([buy('INV', 1, 100), settlement('INV', 300)]);
    expect(cashOf(portfolio)).toEqual({ BTC: '0.666666666666666667' });
  });

  test('is refused for what is not held, and for what is not futures', () => {
    const portfolio = replayed([buy('A', 1, 1), buy('FUT', 1, 1), sell('FUT', 1, 1)]);
    expectRefused(
      portfolio,
      settlement('FUT', 1),
      'INVALID_ARGUMENT Entry "e4" (settlement): symbol: expected a symbol that is held, got "FUT".',
    );
    expectRefused(
      portfolio,
      settlement('A', 1),
      'INVALID_ARGUMENT Entry "e4" (settlement): symbol: expected an instrument with valuationMethod "futures", got "A".',
    );
  });
});
