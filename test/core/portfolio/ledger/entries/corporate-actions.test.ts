import { describe, expect, test } from 'vitest';
import {
  FIFO,
  after,
  buy,
  cashOf,
  expectRefused,
  held,
  lotsOf,
  merger,
  realizedOf,
  rename,
  replayed,
  returnOfCapital,
  sell,
  spinOff,
  split,
  sumText,
  sumsOf,
  text,
  transferIn,
  type Step,
} from '../ledger-tools.js';

const ACTIONS: ReadonlyArray<readonly [string, (symbol: string, into: string) => Step]> = [
  ['split', (symbol) => split(symbol, 1, 2)],
  ['spinOff', (symbol, into) => spinOff(symbol, into, '0.5')],
  ['merger', (symbol, into) => merger(symbol, into)],
  ['rename', (symbol, into) => rename(symbol, into)],
  ['returnOfCapital', (symbol) => returnOfCapital(symbol, 1)],
];

describe('a corporate action', () => {
  test.each(ACTIONS)('is refused of what is not held: %s', (type, action) => {
    const portfolio = replayed([buy('A', 1, 1), sell('A', 1, 1), buy('B', 1, 1)]);
    for (const symbol of ['A', 'never'])
      expectRefused(
        portfolio,
        action(symbol, 'B'),
        `INVALID_ARGUMENT Entry "e4" (${type}): symbol: expected a symbol that is held, got "${symbol}".`,
      );
  });

  test.each(ACTIONS.filter(([type]) => type !== 'split' && type !== 'rename'))(
    'is refused of futures: %s',
    (type, action) => {
      const said = (symbol: string) =>
        `INVALID_ARGUMENT Entry "e3" (${type}): "${symbol}" is valued as futures, which have no such corporate action.`;
      const portfolio = replayed([buy('FUT', 1, 1), buy('A', 1, 1)]);
      expectRefused(portfolio, action('FUT', 'NEXT'), said('FUT'));
      if (type !== 'returnOfCapital') expectRefused(portfolio, action('A', 'NEXT'), said('NEXT'));
    },
  );

  test.each(ACTIONS.filter(([type]) => type !== 'split' && type !== 'returnOfCapital'))(
    'is refused where units would meet those of the other side: %s',
    (type, action) => {
      for (const costMethod of ['average', 'fifo'] as const)
        expectRefused(
          replayed([buy('A', 10, 1), sell('B', 5, 1)], { costMethod }),
          action('A', 'B'),
          `INVALID_ARGUMENT Entry "e3" (${type}): into: expected a symbol that is not held on the other side: -5 are held, got "B".`,
        );
    },
  );

  test('is refused with units that have no end as a decimal, and with cash in lieu it is not', () => {
    const portfolio = replayed([buy('A', 10, 7)]);
    for (const [type, action] of [
      ['split', split('A', 3, 1)],
      ['spinOff', spinOff('A', 'B', '0.5', { from: 3 })],
      ['merger', merger('A', 'B', { from: 3 })],
    ] as const) {
      expectRefused(
        portfolio,
        action,
        `FRACTIONAL_SPLIT Entry "e2" (${type}): 10 × 1 / 3 units have no end as a decimal; give cashInLieuPrice.`,
      );
      const paid = after(portfolio, { ...action, cashInLieuPrice: 1 } as Step);
      expect(held(paid, type === 'split' ? 'A' : 'B')![0]).toBe('3');
    }
  });

  test('never loses the cost of a lot whose units are too few to represent', () => {
    // 5e-18 × 1 / 10 is half a unit of the last digit.
    const steps = [buy('A', '5e-18', 1e10), buy('A', '5e-18', 1e10)];
    const cost = '0.0000001';
    for (const [symbol, action] of [
      ['A', split('A', 10, 1)],
      ['B', spinOff('A', 'B', '1', { from: 10 })],
      ['B', merger('A', 'B', { from: 10 })],
    ] as const)
      expect(held(replayed([...steps, action], FIFO), symbol)).toEqual(['0.000000000000000001', cost]);
  });
});

describe('a split', () => {
  test('multiplies the units of each lot and keeps its cost, its id and its age', () => {
    const portfolio = replayed([buy('A', 1, 10), buy('A', 3, 20), split('A', 2, 5)], FIFO);
    expect(lotsOf(portfolio, 'A')).toEqual([
      ['e1', '2.5', '10'],
      ['e2', '7.5', '60'],
    ]);
    expect(portfolio.position('A')!.lots.map(({ acquiredAt }) => acquiredAt)).toEqual([60_000, 120_000]);
    expect(text(portfolio.position('A')!.averageEntryPrice)).toBe('7');
  });

  test('of lots whose units have no end gives what is left to the last one', () => {
    const portfolio = replayed([buy('A', 1, 10), buy('A', 2, 20), split('A', 3, 1)], FIFO);
    expect(lotsOf(portfolio, 'A').map(([, quantity]) => quantity)).toEqual([
      '0.333333333333333333',
      '0.666666666666666667',
    ]);
    expect(text(portfolio.position('A')!.quantity)).toBe('1');
  });

  test('with cash in lieu sells the fraction of the whole position, from lots as the cost method says', () => {
    const steps = [buy('A', 15, 1), buy('A', 20, 2), split('A', 10, 1, { cashInLieuPrice: 50 })];
    // 3.5 units: half a unit is sold for 25.
    const fifo = replayed(steps, FIFO);
    expect([lotsOf(fifo, 'A'), realizedOf(fifo, 'A'), cashOf(fifo)]).toEqual([
      [
        ['e1', '1', '10'],
        ['e2', '2', '40'],
      ],
      '20',
      { USD: '-30' },
    ]);
    const lifo = replayed(steps, { costMethod: 'lifo' });
    expect([lotsOf(lifo, 'A'), realizedOf(lifo, 'A')]).toEqual([
      [
        ['e1', '1.5', '15'],
        ['e2', '1.5', '30'],
      ],
      '15',
    ]);
    expect(cashOf(replayed([...steps.slice(0, 2), split('A', 5, 1, { cashInLieuPrice: 50 })]))).toEqual({
      USD: '-55',
    });
  });

  test('of futures keeps what they were settled at', () => {
    const portfolio = replayed([buy('FUT', 1, 100), split('FUT', 1, 2)]);
    const { quantity, settledWorth } = portfolio.account.holdings.get('FUT')!;
    expect([text(quantity), text(settledWorth)]).toEqual(['2', '5000']);
  });
});

describe('a spin-off', () => {
  test('moves a share of the cost of each lot to as many lots of the new symbol, of the same age', () => {
    const portfolio = replayed(
      [buy('A', 1, 10), buy('A', 3, 20), spinOff('A', 'B', '0.25', { to: 2 })],
      FIFO,
    );
    expect([lotsOf(portfolio, 'A'), lotsOf(portfolio, 'B')]).toEqual([
      [
        ['e1', '1', '7.5'],
        ['e2', '3', '45'],
      ],
      [
        ['e1', '2', '2.5'],
        ['e2', '6', '15'],
      ],
    ]);
    expect(portfolio.position('B')!.lots.map(({ acquiredAt }) => acquiredAt)).toEqual([60_000, 120_000]);
    expect(portfolio.positions.map(({ averageEntryPrice }) => text(averageEntryPrice))).toEqual([
      '13.125',
      '2.1875',
    ]);
    expect([cashOf(portfolio), realizedOf(portfolio, 'A'), sumsOf(portfolio)]).toEqual([
      { USD: '-70' },
      '0',
      {},
    ]);
  });

  test('adds to what is held of the new symbol, and keeps an unknown cost unknown', () => {
    const portfolio = replayed([
      buy('A', 2, 10),
      buy('B', 1, 3),
      spinOff('A', 'B', '0.5'),
      transferIn('C', 1, null),
      spinOff('C', 'D', '0.5'),
    ]);
    expect(held(portfolio, 'B')).toEqual(['3', '13']);
    expect([held(portfolio, 'C'), held(portfolio, 'D')]).toEqual([
      ['1', 'unknown'],
      ['1', 'unknown'],
    ]);
  });

  test('with cash in lieu sells the fraction, realized in the new symbol', () => {
    const portfolio = replayed([buy('A', 5, 10), spinOff('A', 'B', '0.2', { from: 2, cashInLieuPrice: 9 })]);
    expect([held(portfolio, 'A'), held(portfolio, 'B')]).toEqual([
      ['5', '40'],
      ['2', '8'],
    ]);
    expect([realizedOf(portfolio, 'A'), realizedOf(portfolio, 'B'), cashOf(portfolio)]).toEqual([
      '0',
      '2.5',
      { USD: '-45.5' },
    ]);
  });

  test('into another currency moves the cost at the rates of its entry, which it needs', () => {
    const steps = [buy('A', 10, 10)];
    const portfolio = replayed([...steps, spinOff('A', 'EURO', '0.5', { rates: { EUR: '1.25' } })]);
    expect(held(portfolio, 'EURO')).toEqual(['10', '40']);
    expect(text(portfolio.position('EURO')!.baseCost)).toBe('50');
    expectRefused(
      replayed(steps),
      spinOff('A', 'EURO', '0.5'),
      'INVALID_ARGUMENT Entry "e2" (spinOff): rates: expected rates of USD and EUR: the cost moves to another currency, got undefined.',
    );
  });
});

describe('a merger', () => {
  test('for units moves all cost to the new symbol, at the ages of its lots', () => {
    const portfolio = replayed(
      [buy('A', 1, 10), buy('A', 3, 20), merger('A', 'B', { from: 2, to: 3 })],
      FIFO,
    );
    expect([held(portfolio, 'A'), lotsOf(portfolio, 'B')]).toEqual([
      undefined,
      [
        ['e1', '1.5', '10'],
        ['e2', '4.5', '60'],
      ],
    ]);
    expect([realizedOf(portfolio, 'A'), cashOf(portfolio)]).toEqual(['0', { USD: '-70' }]);
  });

  test('into a symbol that nobody knows makes a plain equity in the currency of the old one', () => {
    const portfolio = replayed([buy('PENCE', 10, 200), merger('PENCE', 'never seen', { to: 2 })]);
    const { instrument, currency } = portfolio.position('never seen')!;
    expect([held(portfolio, 'never seen'), instrument.isPlain, instrument.currency, currency]).toEqual([
      ['20', '20'],
      true,
      'GBP',
      'GBP',
    ]);
  });

  test('for cash realizes all', () => {
    const portfolio = replayed([buy('A', 4, 10), merger('A', undefined, { cashPerUnit: 13 })]);
    expect([portfolio.positions, realizedOf(portfolio, 'A'), cashOf(portfolio)]).toEqual([
      [],
      '12',
      { USD: '12' },
    ]);
    const worthless = replayed([buy('A', 4, 10), merger('A', undefined)]);
    expect([worthless.positions, realizedOf(worthless, 'A'), cashOf(worthless)]).toEqual([
      [],
      '-40',
      { USD: '-40' },
    ]);
  });

  test('for cash realizes every digit, also in the currency of the portfolio', () => {
    const steps = [buy('EURO', 1, '0.000000000000000001', { rates: { EUR: '0.1' } })];
    const portfolio = replayed([...steps, merger('EURO', undefined, { rates: { EUR: 1 } })]);
    expect(sumText(portfolio.account.holdings.get('EURO')!.realized)).toBe('-0.0000000000000000001');
  });

  test('for cash alone has no share of cost to keep', () => {
    expectRefused(
      replayed([buy('A', 4, 10)]),
      merger('A', undefined, { cashPerUnit: 13, cashCostShare: '0.5' }),
      'INVALID_ARGUMENT Entry "e2" (merger): cashCostShare: expected 1, or none: without into there is nothing else to carry the cost, got "0.5".',
    );
  });

  test('for both sets cashCostShare of the cost against the cash, by default nothing of it', () => {
    const both = (more: object) => replayed([buy('A', 4, 10), merger('A', 'B', { cashPerUnit: 3, ...more })]);
    expect([held(both({}), 'B'), realizedOf(both({}), 'A'), cashOf(both({}))]).toEqual([
      ['4', '40'],
      '12',
      { USD: '-28' },
    ]);
    const shared = both({ cashCostShare: '0.2' });
    expect([
      held(shared, 'B'),
      realizedOf(shared, 'A'),
      text(shared.position('B')!.averageEntryPrice),
    ]).toEqual([['4', '32'], '4', '8']);
  });

  test('for units and no cash loses cashCostShare of the cost', () => {
    const portfolio = replayed([buy('A', 4, 10), merger('A', 'B', { cashCostShare: '0.2' })]);
    expect([held(portfolio, 'B'), realizedOf(portfolio, 'A')]).toEqual([['4', '32'], '-8']);
  });

  test('of a short position pays the cash', () => {
    const portfolio = replayed([sell('A', 4, 10), merger('A', undefined, { cashPerUnit: 13 })]);
    expect([realizedOf(portfolio, 'A'), cashOf(portfolio)]).toEqual(['-12', { USD: '-12' }]);
  });

  test('with cash in lieu realizes the fraction in the new symbol', () => {
    const portfolio = replayed([buy('A', 5, 10), merger('A', 'B', { from: 2, cashInLieuPrice: 30 })]);
    expect([held(portfolio, 'B'), realizedOf(portfolio, 'B'), cashOf(portfolio)]).toEqual([
      ['2', '40'],
      '5',
      { USD: '-35' },
    ]);
  });

  test('into another currency moves the cost at the rates of its entry, which it needs', () => {
    const steps = [buy('EURO', 10, 10, { rates: { EUR: '1.1' } })];
    const portfolio = replayed([...steps, merger('EURO', 'BOND', { rates: { EUR: '1.25' } })]);
    expect([held(portfolio, 'BOND'), text(portfolio.position('BOND')!.baseCost)]).toEqual([
      ['10', '125'],
      '110',
    ]);
    expectRefused(
      replayed(steps),
      merger('EURO', 'BOND'),
      'INVALID_ARGUMENT Entry "e2" (merger): rates: expected rates of EUR and USD: the cost moves to another currency, got undefined.',
    );
  });
});

describe('a rename', () => {
  test('takes everything along and removes the old row', () => {
    const portfolio = replayed(
      [
        buy('A', 3, 10),
        buy('A', 1, 20),
        sell('A', 1, 15),
        { type: 'income', kind: 'dividend', symbol: 'A', amount: 2, withheld: '0.5' },
        rename('A', 'B'),
      ],
      FIFO,
    );
    expect([lotsOf(portfolio, 'B'), realizedOf(portfolio, 'B'), portfolio.account.holdings.has('A')]).toEqual(
      [
        [
          ['e1', '2', '20'],
          ['e2', '1', '20'],
        ],
        '5',
        false,
      ],
    );
    const { realized, realizedFx, income, expenses } = portfolio.account.holdings.get('B')!;
    expect([realized, realizedFx, income, expenses].map(sumText)).toEqual(['5', '0', '2', '0.5']);
  });

  test('of futures takes along what they were settled at', () => {
    const portfolio = replayed([buy('FUT', 1, 100), rename('FUT', 'NEXT'), sell('NEXT', 1, 103)]);
    expect([realizedOf(portfolio, 'NEXT'), cashOf(portfolio)]).toEqual(['150', { USD: '150' }]);
  });

  test('adds to what is held of the other symbol', () => {
    const portfolio = replayed([buy('A', 1, 10), buy('B', 2, 7), rename('A', 'B')]);
    expect([held(portfolio, 'B'), lotsOf(portfolio, 'B').length]).toEqual([['3', '24'], 1]);
    const both = [buy('A', 2, 10), sell('A', 1, 15), buy('B', 2, 7), sell('B', 1, 5), rename('A', 'B')];
    const fifo = replayed(both, FIFO);
    expect([lotsOf(fifo, 'B'), realizedOf(fifo, 'B')]).toEqual([
      [
        ['e1', '1', '10'],
        ['e3', '1', '7'],
      ],
      '3',
    ]);
  });

  test('is refused into another currency', () => {
    expectRefused(
      replayed([buy('A', 1, 10)]),
      rename('A', 'EURO'),
      'INVALID_ARGUMENT Entry "e2" (rename): into: expected a symbol in USD, or a merger, got "EURO".',
    );
  });

  test('is refused between futures and what is fully paid', () => {
    for (const [symbol, into, method] of [
      ['FUT', 'A', 'futures'],
      ['B', 'FUT', 'premium'],
    ] as const)
      expectRefused(
        replayed([buy(symbol, 1, 100)]),
        rename(symbol, into),
        `INVALID_ARGUMENT Entry "e2" (rename): into: expected a symbol that is valued as "${symbol}" is: ${method}, got "${into}".`,
      );
  });
});

describe('a return of capital', () => {
  const paid = (amount: number, more = {}): Step => returnOfCapital('A', amount, more);

  test('lowers the cost of each lot by its share by quantity, and not the entry price', () => {
    const portfolio = replayed([buy('A', 1, 10), buy('A', 3, 20), paid(8)], FIFO);
    expect([lotsOf(portfolio, 'A'), cashOf(portfolio)]).toEqual([
      [
        ['e1', '1', '8'],
        ['e2', '3', '54'],
      ],
      { USD: '-62' },
    ]);
    expect(text(portfolio.position('A')!.averageEntryPrice)).toBe('17.5');
    expect(realizedOf(portfolio, 'A')).toBe('0');
  });

  test('that exceeds the cost of a lot leaves a cost of 0 and realizes the rest', () => {
    const portfolio = replayed([buy('A', 1, 1), buy('A', 3, 20), paid(8)], FIFO);
    expect([lotsOf(portfolio, 'A'), realizedOf(portfolio, 'A')]).toEqual([
      [
        ['e1', '1', '0'],
        ['e2', '3', '54'],
      ],
      '1',
    ]);
    expect(sumText(portfolio.account.holdings.get('A')!.realized)).toBe('1');
  });

  test('lowers the cost in the currency of the portfolio at the rate of its entry', () => {
    const euro = { symbol: 'EURO', currency: 'EUR' };
    const steps = [buy('EURO', 1, 10, { rates: { EUR: '1.1' } })];
    const portfolio = replayed([...steps, paid(4, { ...euro, rates: { EUR: '1.5' } })]);
    expect([held(portfolio, 'EURO'), text(portfolio.position('EURO')!.baseCost)]).toEqual([['1', '6'], '5']);
    expect(text(replayed([...steps, paid(4, euro)]).position('EURO')!.baseCost)).toBe('unknown');
    const beyond = replayed([...steps, paid(14, { ...euro, rates: { EUR: '1.5' } })]).account.holdings.get(
      'EURO',
    )!;
    // 14 × 1.5 less 11; of that 10 × 1.5 less 11 comes from the rate.
    expect([beyond.realizedLocal, beyond.realized, beyond.realizedFx].map(sumText)).toEqual(['4', '10', '4']);
    expect(text(beyond.baseCost)).toBe('0');
  });

  test('leaves an unknown cost unknown', () => {
    const portfolio = replayed([transferIn('A', 1, null, { baseCost: 7 }), paid(2)]);
    expect([held(portfolio, 'A'), text(portfolio.position('A')!.baseCost)]).toEqual([['1', 'unknown'], '5']);
  });

  test('is refused in another currency than that of the position', () => {
    expectRefused(
      replayed([buy('A', 1, 10)]),
      paid(1, { currency: 'EUR' }),
      'INVALID_ARGUMENT Entry "e2" (returnOfCapital): currency: expected USD, got "EUR".',
    );
  });
});
