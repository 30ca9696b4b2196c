import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { Position, checkedName, type PositionInput } from '../../../src/core/portfolio/position.js';
import { caught } from '../../oracle/caught.js';

const d = (text: string) => Decimal.from(text);

function position(quantity: string, costBasis: string): Position {
  return Position.of({ symbol: 'AAPL', quantity, costBasis }, 'USD');
}

/** Quantity, cost and what was realized, as texts; `closed` without a position. */
function filled(from: Position, quantity: string, price: string, fee = '0'): string[] {
  const { position: after, realizedPnl } = from.fill(d(quantity), d(price), d(fee));
  const left = after ? [after.quantity.toString(), after.costBasis.toString()] : ['closed'];
  return [...left, realizedPnl.toString()];
}

describe('a fill', () => {
  test('in the direction of the position adds to the cost, with its fee, and realizes nothing', () => {
    expect(filled(position('100', '1000'), '50', '12', '3')).toEqual(['150', '1603', '0']);
    expect(filled(position('-100', '-1000'), '-50', '12', '3')).toEqual(['-150', '-1597', '0']);
  });

  test('against the position closes at average cost, and its fee reduces the profit', () => {
    expect(filled(position('100', '1000'), '-40', '12', '3')).toEqual(['60', '600', '77']);
    expect(filled(position('-100', '-1000'), '40', '8', '3')).toEqual(['-60', '-600', '77']);
    expect(filled(position('100', '1000'), '-40', '8', '3')).toEqual(['60', '600', '-83']);
  });

  test('of the whole quantity closes the position', () => {
    expect(filled(position('100', '1000'), '-100', '12', '1')).toEqual(['closed', '199']);
    expect(filled(position('-100', '-1000'), '100', '12', '1')).toEqual(['closed', '-201']);
  });

  test('past zero opens the rest in the other direction at its price, the fee divided by quantity', () => {
    // 150 sold: 100 close at a profit of 200 less two thirds of the fee, 50 open short at 12 less one third.
    expect(filled(position('100', '1000'), '-150', '12', '3')).toEqual(['-50', '-599', '198']);
    expect(filled(position('-100', '-1000'), '150', '8', '3')).toEqual(['50', '401', '198']);
  });

  test('whose fee does not divide evenly divides it to 8 digits and loses no rest', () => {
    const { position: after, realizedPnl } = position('1', '10').fill(d('-3'), d('10'), d('1'));
    expect(realizedPnl.toString()).toBe('-0.33333333');
    expect(after!.costBasis.toString()).toBe('-19.33333333');
  });

  test('whose cost does not divide evenly divides it to 8 digits, half to even, and the rest stays in the position', () => {
    expect(filled(position('3', '10'), '-1', '5')).toEqual(['2', '6.66666667', '1.66666667']);
    // Finer cost stays finer.
    expect(filled(position('3', '1.0000000000'), '-1', '1')).toEqual(['2', '0.66666667', '0.66666667']);
    expect(filled(position('3', '1.0000000001'), '-1', '1')).toEqual(['2', '0.6666666667', '0.6666666666']);
  });

  test('keeps the realized profit while the position is open, and starts at 0 when it changes sides', () => {
    const { position: first } = position('100', '1000').fill(d('-40'), d('12'), d('0'));
    const { position: second } = first!.fill(d('-10'), d('9'), d('0'));
    expect(second!.realizedPnl.toString()).toBe('70');
    const { position: flipped } = second!.fill(d('-60'), d('9'), d('0'));
    expect([flipped!.quantity.toString(), flipped!.realizedPnl.toString()]).toEqual(['-10', '0']);
  });

  test('may have a price of zero or below', () => {
    expect(filled(position('10', '100'), '10', '-5')).toEqual(['20', '50', '0']);
    expect(filled(position('10', '100'), '-10', '0')).toEqual(['closed', '-100']);
  });

  test('is rejected when the quantity would have more than 29 digits, which could be stored but not loaded', () => {
    const wide = position('99999999999.999999999999999999', '1');
    const error = caught(() => wide.fill(wide.quantity, d('1'), d('0')));
    expect(error.code).toBe('OUT_OF_RANGE');
    expect(error.message).toMatch(/^Position "AAPL": quantity: /);
  });
});

describe('a position', () => {
  test('has an average cost per unit to 8 digits, with the sign of a price', () => {
    expect(position('3', '10').averageCost.toString()).toBe('3.33333333');
    expect(position('-4', '-10').averageCost.toString()).toBe('2.5');
  });

  test('knows whether it is short', () => {
    expect([position('1', '1').isShort, position('-1', '-1').isShort]).toEqual([false, true]);
  });

  test('takes its cost as a total or per unit; per unit a short position has a negative total', () => {
    const of = (rest: Partial<PositionInput>) =>
      Position.of({ symbol: 'X', quantity: '-4', ...rest }, 'USD').costBasis.toString();
    expect(of({ averageCost: '2.5' })).toBe('-10');
    expect(of({ costBasis: '-10.50' })).toBe('-10.5');
    expect(of({})).toBe('0');
  });

  test('has the given currency, or that of the portfolio', () => {
    expect(Position.of({ symbol: 'X', quantity: 1 }, 'EUR').currency).toBe('EUR');
    expect(Position.of({ symbol: 'X', quantity: 1, currency: 'GBp' }, 'EUR').currency).toBe('GBp');
  });

  test('is frozen', () => {
    expect(Object.isFrozen(position('1', '1'))).toBe(true);
    expect(Object.isFrozen(position('3', '1').fill(d('-1'), d('1'), d('0')).position)).toBe(true);
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
    ['both costs', { costBasis: 1, averageCost: 1 }, 'INVALID_ARGUMENT'],
    ['an unknown currency', { currency: 'gbp' }, 'UNKNOWN_CURRENCY'],
    ['an empty symbol', { symbol: '' }, 'INVALID_ARGUMENT'],
    ['a symbol of 257 characters', { symbol: 'x'.repeat(257) }, 'INVALID_ARGUMENT'],
    ['a symbol that is no text', { symbol: 5 as unknown as string }, 'INVALID_ARGUMENT'],
  ])('with %s is rejected', (_, input, code) => {
    expect(caught(() => Position.of({ symbol: 'X', quantity: 1, ...input }, 'USD')).code).toBe(code);
  });

  test('quotes its symbol in errors so that no symbol can break out', () => {
    const symbol = `${'\n"'.repeat(100)}x`;
    const error = caught(() => Position.of({ symbol, quantity: 'abc' }, 'USD'));
    expect(error.message).not.toContain('\n');
    expect(error.message.length).toBeLessThan(220);
  });
});

test('a total may have more digits than an input, since it is a sum of products', () => {
  const text = `${'9'.repeat(60)}.${'1'.repeat(36)}`;
  expect(Decimal.fromTotal(text, 'x').toString()).toBe(text);
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
