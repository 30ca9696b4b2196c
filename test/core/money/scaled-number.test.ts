import { describe, expect, test } from 'vitest';
import { readScaled } from '../../../src/core/money/scaled-number.js';

const MAX = Number.MAX_SAFE_INTEGER;

/** The result as plain data: what is returned is used again by the next call. */
function read(input: number | string): { units: number; scale: number } | string {
  const result = readScaled(input);
  return typeof result === 'string' ? result : { units: result.units, scale: result.scale };
}

describe('a number as input', () => {
  test.each([
    [0.1 + 0.2, { units: 3, scale: 1 }],
    [1.1 * 3, { units: 33, scale: 1 }],
    [-0, { units: 0, scale: 0 }],
    [1e-18, { units: 1, scale: 18 }],
    [4e-19, { units: 0, scale: 0 }],
    [1.23456789012344e-5, { units: 12345678901234, scale: 18 }],
    [MAX, { units: MAX, scale: 0 }],
    [-MAX, { units: -MAX, scale: 0 }],
    [MAX + 1, 'too-long'],
    [1e15 + 0.5, 'too-long'],
    [1e300, 'too-long'],
    [NaN, 'malformed'],
    [Infinity, 'malformed'],
    [-Infinity, 'malformed'],
  ])('%s is read as %o', (value, result) => {
    expect(read(value)).toEqual(result);
    expect(Object.is((read(value) as { units: number }).units, -0)).toBe(false);
  });
});

describe('a string as input', () => {
  test('may have any number of zeros around its digits', () => {
    const zeros = '0'.repeat(5_000);
    expect(read(`${zeros}1.5${zeros}`)).toEqual({ units: 15, scale: 1 });
    expect(read(`0.${zeros}`)).toEqual({ units: 0, scale: 0 });
    expect(read(`-0.0`)).toEqual({ units: 0, scale: 0 });
    expect(Object.is((read('-0') as { units: number }).units, 0)).toBe(true);
  });

  test.each(['.5', '5.', '+5', '5e0', '5E-0', '00005', '5.0e0'])('%s is accepted', (text) => {
    expect(['.5'].includes(text) ? { units: 5, scale: 1 } : { units: 5, scale: 0 }).toEqual(read(text));
  });

  test.each([
    '',
    ' ',
    '.',
    '-',
    '+',
    '-.',
    'e5',
    '.e5',
    '1e',
    '1e+',
    '1e5.5',
    '1e1e1',
    '1.2.3',
    '--1',
    '+-1',
    '1-',
    '1,5',
    '1_000',
    '0x10',
    '1n',
    'NaN',
    'Infinity',
    '-Infinity',
    ' 1',
    '1 ',
    '1\n',
    '١',
    '１',
    '1e9999',
    '__proto__',
    'constructor',
    '1'.repeat(40) + 'x',
  ])('%j is rejected', (text) => {
    expect(read(text)).toBe('malformed');
  });

  test.each([
    ['9007199254740992'],
    ['0.0000000000000000001'],
    ['1e16'],
    ['1e-19'],
    ['9007199254740993e-3'],
    ['nines', '9'.repeat(10_000)],
  ])('%s is rejected as too long', (name, text = name) => {
    expect(read(text)).toBe('too-long');
  });
});
