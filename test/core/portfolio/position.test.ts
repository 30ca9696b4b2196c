import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { checkedName } from '../../../src/core/portfolio/checked-name.js';
import type { PositionInput } from '../../../src/core/portfolio/portfolio-input.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import type { Position } from '../../../src/core/portfolio/position.js';
import { caught } from '../../oracle/caught.js';

function portfolio(input: Partial<PositionInput>): Portfolio {
  return Portfolio.create({
    id: 'p',
    currency: 'USD',
    positions: [{ symbol: 'AAPL', quantity: '1', ...input }],
  });
}

const position = (input: Partial<PositionInput>): Position => portfolio(input).positions[0]!;
const text = (amount: Decimal | null) => amount && amount.toString();

/** Quantity, cost and what was realized, as texts; `closed` without a position. A fill below 0 is a sale. */
function filled(held: string, costBasis: string, quantity: string, price: string, fee = '0'): string[] {
  const before = portfolio({ quantity: held, costBasis });
  const side = quantity.startsWith('-') ? 'sell' : 'buy';
  const after = before[side]('AAPL', quantity.replace('-', ''), price, { fee });
  const left = after.position('AAPL');
  const realized = after.realizedPnl.get('USD') ?? Decimal.ZERO;
  return [...(left ? [left.quantity, left.costBasis!] : ['closed']), realized].map(String);
}

// field-faults.md section 5: `averageCost: '0.00000000123456'` became 0, and partial closes rounded the removed cost to 8 digits.
describe('a cost keeps its digits', () => {
  test.each([
    ['1', '0.00000000123456', '0.00000000123456'],
    ['1000000', '0.00000000123456', '0.00123456'],
    ['1', '0.000000000000000001', '0.000000000000000001'],
  ])('%s at %s cost %s', (quantity, averageCost, cost) => {
    const held = position({ quantity, averageCost });
    expect([held.costBasis, held.averageEntryPrice].map(String)).toEqual([cost, averageCost]);
  });

  test('one with more digits than are held is refused, and never becomes 0', () => {
    const { code, message } = caught(() => position({ averageCost: '0.0000000000000000001' }));
    expect(code).toBe('OUT_OF_RANGE');
    expect(message).toContain('18 of them after the point, are held exactly');
  });

  test('a part that is closed takes its exact share of it', () => {
    const sold = portfolio({ quantity: '1000000', averageCost: '0.00000000123456' }).sell(
      'AAPL',
      '333333',
      0,
    );
    expect(text(sold.position('AAPL')!.costBasis)).toBe('0.00082304041152');
    expect(text(sold.realizedPnl.get('USD')!)).toBe('-0.00041151958848');
    const third = portfolio({ quantity: '3', costBasis: '0.00000000000001' }).sell('AAPL', 1, 0);
    expect(text(third.position('AAPL')!.costBasis)).toBe('0.000000000000006667');
  });
});

describe('a fill', () => {
  test('in the direction of the position adds to the cost, with its fee, and realizes nothing', () => {
    expect(filled('100', '1000', '50', '12', '3')).toEqual(['150', '1603', '0']);
    expect(filled('-100', '-1000', '-50', '12', '3')).toEqual(['-150', '-1597', '0']);
  });

  test('against the position closes at average cost, and its fee reduces the profit', () => {
    expect(filled('100', '1000', '-40', '12', '3')).toEqual(['60', '600', '77']);
    expect(filled('-100', '-1000', '40', '8', '3')).toEqual(['-60', '-600', '77']);
    expect(filled('100', '1000', '-40', '8', '3')).toEqual(['60', '600', '-83']);
  });

  test('of the whole quantity closes the position', () => {
    expect(filled('100', '1000', '-100', '12', '1')).toEqual(['closed', '199']);
    expect(filled('-100', '-1000', '100', '12', '1')).toEqual(['closed', '-201']);
  });

  test('past zero opens the rest in the other direction at its price, the fee divided by quantity', () => {
    // 150 sold: 100 close at a profit of 200 less two thirds of the fee, 50 open short at 12 less one third.
    expect(filled('100', '1000', '-150', '12', '3')).toEqual(['-50', '-599', '198']);
    expect(filled('-100', '-1000', '150', '8', '3')).toEqual(['50', '401', '198']);
  });

  test('whose fee does not divide evenly divides it to 18 digits and loses no rest', () => {
    expect(filled('1', '10', '-3', '10', '1')).toEqual([
      '-2',
      '-19.333333333333333333',
      '-0.333333333333333333',
    ]);
  });

  test('whose cost does not divide evenly divides it to 18 digits, half to even, and the rest stays in the position', () => {
    expect(filled('3', '10', '-1', '5')).toEqual(['2', '6.666666666666666667', '1.666666666666666667']);
    // Half a unit of the last digit goes to the even neighbour.
    expect(filled('2', '0.000000000000000001', '-1', '0')).toEqual(['1', '0.000000000000000001', '0']);
    expect(filled('2', '0.000000000000000003', '-1', '0')).toEqual([
      '1',
      '0.000000000000000001',
      '-0.000000000000000002',
    ]);
    // Digits beyond 18 stay with what is open.
    expect(filled('2', '0.0000000000000000000002', '-1', '0')).toEqual([
      '1',
      '0.0000000000000000000002',
      '0',
    ]);
  });

  test('keeps the realized profit of the symbol, also when the position is closed or changes sides', () => {
    const first = portfolio({ quantity: '100', costBasis: '1000' }).sell('AAPL', 40, 12);
    const second = first.sell('AAPL', 10, 9);
    const flipped = second.sell('AAPL', 60, 9);
    const again = flipped.buy('AAPL', 10, 9).buy('AAPL', 1, 1);
    expect([first, second, flipped, again].map((each) => text(each.position('AAPL')!.realizedPnl))).toEqual([
      '80',
      '70',
      '20',
      '20',
    ]);
    expect(String(flipped.position('AAPL')!.quantity)).toBe('-10');
  });

  test('may have a price of zero or below', () => {
    expect(filled('10', '100', '10', '-5')).toEqual(['20', '50', '0']);
    expect(filled('10', '100', '-10', '0')).toEqual(['closed', '-100']);
  });
});

describe('a position', () => {
  test('has an average entry price of 18 digits, with the sign of a price and without charges', () => {
    expect(text(position({ quantity: '3', costBasis: '10' }).averageEntryPrice)).toBe('3.333333333333333333');
    expect(text(position({ quantity: '-4', costBasis: '-10' }).averageEntryPrice)).toBe('2.5');
    const bought = Portfolio.create({ id: 'p', currency: 'USD' }).buy('A', 4, 10, { fee: 2 }).position('A')!;
    expect([text(bought.averageEntryPrice), text(bought.breakEvenPrice)]).toEqual(['10', '10.5']);
  });

  test('of futures has no cost, and its break-even price is its average entry price', () => {
    const held = Portfolio.create({
      id: 'p',
      currency: 'USD',
      instruments: [{ symbol: 'F', currency: 'USD', multiplier: 50, valuationMethod: 'futures' }],
    })
      .buy('F', 2, 100, { fee: 7 })
      .position('F')!;
    expect([held.costBasis, held.averageEntryPrice, held.breakEvenPrice].map(String)).toEqual([
      '0',
      '100',
      '100',
    ]);
  });

  test('knows whether it is short', () => {
    expect([position({ quantity: 1 }).isShort, position({ quantity: -1 }).isShort]).toEqual([false, true]);
  });

  test('takes its cost as a total or per unit; per unit a short position has a negative total', () => {
    const of = (rest: Partial<PositionInput>) => text(position({ quantity: '-4', ...rest }).costBasis);
    expect(of({ averageCost: '2.5' })).toBe('-10');
    expect(of({ costBasis: '-10.50' })).toBe('-10.5');
  });

  test('has an unknown cost without one, or with null, and then no price follows from it', () => {
    for (const input of [{}, { costBasis: null }]) {
      const { costBasis, baseCost, averageEntryPrice, breakEvenPrice } = position(input);
      expect([costBasis, baseCost, averageEntryPrice, breakEvenPrice]).toEqual([null, null, null, null]);
    }
  });

  test('has the given currency, or that of the portfolio; pence count as pounds', () => {
    expect(position({}).currency).toBe('USD');
    expect(position({ currency: 'EUR' }).currency).toBe('EUR');
    const pence = position({ currency: 'GBp', quantity: 10, averageCost: 72 });
    expect([pence.currency, pence.instrument.currency]).toEqual(['GBP', 'GBp']);
    expect([pence.costBasis, pence.averageEntryPrice].map(String)).toEqual(['7.2', '72']);
  });

  test('knows its cost in the currency of the portfolio where that is its own, or where it is given', () => {
    const of = (input: Partial<PositionInput>) => text(position({ costBasis: 10, ...input }).baseCost);
    expect(of({})).toBe('10');
    expect(of({ currency: 'EUR' })).toBeNull();
    expect(of({ currency: 'EUR', baseCost: '11.5' })).toBe('11.5');
    expect(of({ currency: 'EUR', baseCost: null })).toBeNull();
  });

  test('has its profit before in its realized profit', () => {
    expect(text(position({ realizedPnl: '-2.50' }).realizedPnl)).toBe('-2.5');
    expect(text(position({}).realizedPnl)).toBe('0');
  });

  test('has its lots, oldest first; one under average cost', () => {
    const lots = (costMethod: 'average' | 'lifo') =>
      Portfolio.create({ id: 'p', currency: 'USD', costMethod })
        .buy('A', 1, 10, { id: 'second', at: 2000 })
        .buy('A', 2, 20, { id: 'first', at: 1000 })
        .position('A')!
        .lots.map(({ id, acquiredAt, quantity, cost }) => [id, acquiredAt, String(quantity), text(cost)]);
    expect(lots('lifo')).toEqual([
      ['first', 1000, '2', '40'],
      ['second', 2000, '1', '10'],
    ]);
    expect(lots('average')).toEqual([['first', 1000, '3', '50']]);
  });

  test.each<[string, Partial<PositionInput>, string]>([
    ['a quantity of 0', { quantity: 0 }, 'INVALID_ARGUMENT'],
    ['a quantity of -0.00', { quantity: '-0.00' }, 'INVALID_ARGUMENT'],
    ['a quantity of 30 digits', { quantity: '1'.repeat(30) }, 'OUT_OF_RANGE'],
    ['a quantity of 19 digits after the point', { quantity: '1e-19' }, 'OUT_OF_RANGE'],
    ['a decimal quantity of 30 digits', { quantity: Decimal.ofUnits(10n ** 29n, 0) }, 'OUT_OF_RANGE'],
    ['a quantity that is no number', { quantity: NaN }, 'INVALID_DECIMAL'],
    ['an empty quantity', { quantity: '' }, 'INVALID_DECIMAL'],
    ['an infinite cost', { costBasis: Infinity }, 'INVALID_DECIMAL'],
    ['a malformed cost', { costBasis: '1,000' }, 'INVALID_DECIMAL'],
    ['a cost of 81 digits', { costBasis: '1'.repeat(81) }, 'OUT_OF_RANGE'],
    ['a decimal cost of 41 digits after the point', { costBasis: Decimal.ofUnits(1, 41) }, 'OUT_OF_RANGE'],
    ['a malformed cost in the currency of the portfolio', { baseCost: 'x' }, 'INVALID_DECIMAL'],
    ['a malformed profit', { realizedPnl: 'x' }, 'INVALID_DECIMAL'],
    ['both costs', { costBasis: 1, averageCost: 1 }, 'INVALID_ARGUMENT'],
    ['an unknown currency', { currency: 'gbp' }, 'UNKNOWN_CURRENCY'],
    ['an empty symbol', { symbol: '' }, 'INVALID_ARGUMENT'],
    ['a symbol of 257 characters', { symbol: 'x'.repeat(257) }, 'INVALID_ARGUMENT'],
    ['a symbol that is no text', { symbol: 5 as unknown as string }, 'INVALID_ARGUMENT'],
  ])('with %s is rejected', (_, input, code) => {
    expect(caught(() => portfolio(input)).code).toBe(code);
  });

  test('may have any symbol: ids of opening entries do not clash', () => {
    const symbols = [
      'cash USD',
      ...['a', 'b'].flatMap((end) => [`${'x'.repeat(255)}${end}`, `${end}${'x'.repeat(255)}`]),
    ];
    const created = Portfolio.create({
      id: 'p',
      currency: 'USD',
      cash: { USD: 1 },
      positions: symbols.map((symbol) => ({ symbol, quantity: 1 })),
    });
    expect(created.positions.map(({ symbol }) => symbol)).toEqual(symbols);
  });

  test('quotes its symbol in errors so that no symbol can break out', () => {
    const symbol = `${'\n"'.repeat(100)}x`;
    const error = caught(() => portfolio({ symbol, quantity: 'abc' }));
    expect(error.message).not.toContain('\n');
    expect(error.message.length).toBeLessThan(220);
  });
});

test('a total may have more digits than an input, since it is a sum of products', () => {
  const digits = `${'9'.repeat(60)}.${'1'.repeat(36)}`;
  expect(Decimal.fromTotal(digits, 'x').toString()).toBe(digits);
  expect(Decimal.fromTotal(Decimal.ofUnits(123n, 36), 'x').scale).toBe(36);
  expect(Decimal.fromTotal('-0012.500', 'x').toString()).toBe('-12.5');
  expect(Decimal.fromTotal('1e3', 'x').toString()).toBe('1000');
  expect(Decimal.fromTotal(0.1, 'x').toString()).toBe('0.1');
});

test('a name is a string of 1 to 256 characters', () => {
  expect(checkedName('x'.repeat(256), 'here')).toHaveLength(256);
  expect(checkedName('__proto__', 'here')).toBe('__proto__');
  for (const bad of ['', 'x'.repeat(257), 5, null, undefined, {}]) {
    const error = caught(() => checkedName(bad, 'here'));
    expect([
      error.code,
      error.message.startsWith('here: expected a string of 1 to 256 characters, got '),
    ]).toEqual(['INVALID_ARGUMENT', true]);
  }
});
