import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Decimal, type DecimalInput } from '../../../src/core/money/decimal.js';
import { parse, roundHalfEven } from '../../oracle/rational.js';
import { caught } from '../../oracle/caught.js';

describe('a decimal', () => {
  test('never prints a negative zero', () => {
    for (const zero of [
      Decimal.from(-0),
      Decimal.from('-0.00'),
      Decimal.ofUnits(-0, 2),
      Decimal.ZERO.negated(),
    ]) {
      expect([zero.toString(), zero.sign, Object.is(zero.toNumber(), 0)]).toEqual([
        zero.scale ? '0.00' : '0',
        0,
        true,
      ]);
    }
    expect(Object.is(Decimal.from(-3).times(Decimal.ZERO).toNumber(), 0)).toBe(true);
  });
});

describe('Decimal.from()', () => {
  test.each<[DecimalInput, string]>([
    ['12.50', '12.5'],
    ['1e3', '1000'],
    ['-1.5E-3', '-0.0015'],
    ['+7', '7'],
    ['.5', '0.5'],
    [0.1 + 0.2, '0.3'],
    [2 ** 53, '9007199254740992'],
    [1e21, '1000000000000000000000'],
    [12345678901234567890n, '12345678901234567890'],
    ['99999999999999999999999999999', '99999999999999999999999999999'],
    ['9007199254740993e-3', '9007199254740.993'],
    ['0.100000000000000000000000000000000', '0.1'],
    [`${'0'.repeat(500)}5`, '5'],
  ])('reads %s as %s', (input, text) => {
    expect(Decimal.from(input).toString()).toBe(text);
  });

  test.each<[string, DecimalInput]>([
    ['a string of 30 digits', '100000000000000000000000000000'],
    ['a bigint of 30 digits', 10n ** 29n],
    ['a number of 30 digits', 1e29],
    ['a number of 301 digits', 1e300],
    ['1e29', '1e29'],
    ['1e999', '1e999'],
    ['19 digits after the point', '0.0000000000000000001'],
    ['1e-19', '1e-19'],
    ['1e-999', '1e-999'],
    ['127 digits', '9'.repeat(127)],
    ['100,000 digits', '9'.repeat(100_000)],
    ['a decimal of 30 digits', Decimal.ofUnits(10n ** 29n, 0)],
    ['a decimal of 19 digits after the point', Decimal.ofUnits(1, 19)],
  ])('rejects %s with OUT_OF_RANGE', (_, input) => {
    const error = caught(() => Decimal.from(input, 'here'));
    expect(error.code).toBe('OUT_OF_RANGE');
    expect(error.message).toMatch(/^here: /);
    expect(error.message).toContain('at most 29 significant digits, 18 of them after the point');
    expect(error.message.length).toBeLessThan(260);
  });

  test('accepts a decimal whose trailing zeros exceed the range', () => {
    expect(Decimal.from(Decimal.ofUnits(15n * 10n ** 25n, 26)).toString()).toBe('1.5');
  });

  const notDecimals: unknown[] = [
    NaN,
    Infinity,
    -Infinity,
    '',
    ' ',
    'abc',
    '1,5',
    '1.2.3',
    '__proto__',
    'NaN',
    null,
    undefined,
    {},
    [],
    true,
    Symbol('x'),
    () => 1,
  ];
  test.each(notDecimals.map((input) => [input]))('rejects %o, which is not a decimal', (input) => {
    const error = caught(() => Decimal.from(input as DecimalInput, 'Portfolio "p": cash USD'));
    expect(error.code).toBe('INVALID_DECIMAL');
    expect(error.message).toMatch(
      /^Portfolio "p": cash USD: expected a finite decimal such as 12.5 or "12.50", got /,
    );
    expect(error.message.length).toBeLessThan(180);
  });

  test('cuts a hostile string in the message', () => {
    const error = caught(() => Decimal.from('x'.repeat(1_000_000)));
    expect(error.code).toBe('INVALID_DECIMAL');
    expect(error.message).toContain(`"${'x'.repeat(64)}…"`);
    expect(error.message.length).toBeLessThan(180);
  });

  test('division by zero, unsafe units and invalid scales are rejected', () => {
    const one = Decimal.ONE;
    for (const call of [
      () => one.dividedBy(Decimal.ZERO, 2),
      () => one.dividedBy(one, -1),
      () => one.rounded(1.5),
      () => one.rounded(-1),
      () => Decimal.ofUnits(1, -1),
      () => Decimal.ofUnits(1n, NaN),
      () => Decimal.ofUnits(1.5, 0),
      () => Decimal.ofUnits(2 ** 53, 0),
    ]) {
      expect(caught(call).code).toBe('INVALID_ARGUMENT');
    }
  });
});

test('the reference implementation rounds half to even', () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5].map((half) => roundHalfEven(parse(String(half))))).toEqual([
    0n,
    2n,
    2n,
    0n,
    -2n,
  ]);
});

// field-faults.md section 11: `console.log(metrics)` printed `_Decimal { scale: 2 }`.
test('the console of Node shows the digits, wherever a decimal is', () => {
  const decimal = Decimal.from('12.50').rounded(2);
  expect(inspect(decimal)).toBe('12.50');
  expect(inspect({ value: decimal, list: [decimal], map: new Map([['a', decimal]]) })).toBe(
    "{ value: 12.50, list: [ 12.50 ], map: Map(1) { 'a' => 12.50 } }",
  );
  expect(inspect({ a: { b: { value: decimal } } }, { depth: 2, colors: true, compact: false })).toContain(
    'value: 12.50',
  );
  expect(format('%s %o %O', decimal, decimal, decimal)).toBe('12.50 12.50 12.50');
  const printed: string[] = [];
  const output = new Writable({ write: (chunk, _, done) => void (printed.push(String(chunk)), done()) });
  const terminal = new Console(output);
  terminal.log({ value: decimal });
  terminal.table([{ value: decimal }]);
  expect(printed[0]).toBe('{ value: 12.50 }\n');
  expect(printed.slice(1).join('')).toContain('12.50');
});

describe('arithmetic and comparison', () => {
  const five = Decimal.from('5.00');

  test('take what a decimal can be made of', () => {
    expect([five.plus('0.1'), five.minus(1), five.times(2n), five.dividedBy('3', 2)].map(String)).toEqual([
      '5.1',
      '4',
      '10',
      '1.67',
    ]);
    expect([five.equals('5'), five.compare(6) < 0, five.lessThan('5.01'), five.greaterThan(4.99)]).toEqual(
      Array(4).fill(true),
    );
    expect([five.lessThan(5), five.greaterThan('5.000')]).toEqual([false, false]);
  });

  test.each(['plus', 'minus', 'times', 'compare', 'equals', 'lessThan', 'greaterThan'] as const)(
    '%s() refuses what is no decimal, and names itself',
    (name) => {
      const where = name === 'equals' || name.endsWith('Than') ? 'compare' : name;
      expect(() => five[name]('five')).toThrow(`Decimal.${where}`);
      expect(() => five[name](null as never)).toThrow(/decimal/);
    },
  );

  test('operators of JavaScript are refused with an error that says what to use', () => {
    const four = Decimal.from(4) as unknown as number;
    const number = five as unknown as number;
    for (const use of [
      () => number > four,
      () => number + 1,
      () => `${number - 1}`,
      () => Number(five),
      () => +number,
    ])
      expect(use).toThrow(/The decimal 5 was used with an operator .*lessThan\(\).*toNumber\(\)/);
    expect([`${five}`, String(five), JSON.stringify({ five })]).toEqual(['5', '5', '{"five":"5"}']);
  });
});
