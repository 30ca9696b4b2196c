import { describe, expect, test } from 'vitest';
import { checkNumber, withDefaults } from '../../src/core/options.js';

describe('withDefaults()', () => {
  test('prefers given options to defaults', () => {
    expect(withDefaults({ a: 5, b: false }, { a: 1, b: true, c: 'c' })).toEqual({ a: 5, b: false, c: 'c' });
  });

  test('treats undefined as not given, and null and 0 as given', () => {
    const defaults: { a: number | null; b: number; c: number } = { a: 1, b: 2, c: 3 };
    expect(withDefaults({ a: null, b: 0, c: undefined }, defaults)).toEqual({ a: null, b: 0, c: 3 });
  });

  test('returns the defaults if nothing is given', () => {
    expect(withDefaults(undefined, { a: 1 })).toEqual({ a: 1 });
  });

  test('leaves out options without a default', () => {
    expect(withDefaults({ a: 2, z: 3 } as { a: number }, { a: 1 })).toEqual({ a: 2 });
  });
});

describe('checkNumber()', () => {
  test.each([
    [1, { from: 1 }],
    [Infinity, { from: 1 }],
    [0.5, { from: 0, to: 1 }],
    [3, { from: 1, isWhole: true }],
  ])('accepts %s in %o', (given, range) => {
    expect(() => checkNumber('X: n', given, range)).not.toThrow();
  });

  test.each([
    [0, { from: 1 }, 'X: n: expected a number from 1, got 0.'],
    [NaN, { from: 1 }, 'X: n: expected a number from 1, got NaN.'],
    ['5', { from: 1 }, 'X: n: expected a number from 1, got "5".'],
    [2, { from: 0, to: 1 }, 'X: n: expected a number from 0 to 1, got 2.'],
    [1.5, { from: 1, isWhole: true }, 'X: n: expected a whole number from 1, got 1.5.'],
    [Infinity, { from: 1, isWhole: true }, 'X: n: expected a whole number from 1, got Infinity.'],
  ])('refuses %s in %o', (given, range, message) => {
    expect(() => checkNumber('X: n', given, range)).toThrow(message);
  });
});
