import { expect, test } from 'vitest';
import {
  add,
  divideFloor,
  divideHalfEven,
  integerOf,
  multiply,
  powerOfTen,
  shift,
  subtract,
  wholeQuotient,
} from '../../../src/core/money/integer.js';

const MAX = Number.MAX_SAFE_INTEGER;

test('a result is a bigint from 2^53 on, and exact there', () => {
  expect([add(MAX, 0), add(MAX, 1), add(MAX, MAX)]).toEqual([MAX, 2n ** 53n, 2n ** 54n - 2n]);
  expect([subtract(-MAX, 0), subtract(-MAX, 1)]).toEqual([-MAX, -(2n ** 53n)]);
  expect([multiply(2 ** 26, 2 ** 26), multiply(2 ** 26, 2 ** 27)]).toEqual([2 ** 52, 2n ** 53n]);
  expect(multiply(94_906_267, 94_906_267)).toBe(9_007_199_515_875_289n);
  expect([shift(9, 15), shift(10, 15), shift(0, 30)]).toEqual([9e15, 10n ** 16n, 0]);
  expect([integerOf(BigInt(MAX)), integerOf(BigInt(MAX) + 1n), integerOf(-BigInt(MAX) - 1n)]).toEqual([
    MAX,
    2n ** 53n,
    -(2n ** 53n),
  ]);
  // A bigint that comes back below 2^53 is a number again.
  expect([subtract(2n ** 53n, 1), add(-(2n ** 53n), 1), multiply(2n ** 60n, 0)]).toEqual([MAX, -MAX, 0]);
});

test('zero is never negative', () => {
  for (const zero of [
    multiply(0, -3),
    subtract(0, 0),
    add(-2, 2),
    shift(0, 5),
    divideHalfEven(-1, 3),
    divideHalfEven(0, -3),
    divideFloor(0, 7),
    wholeQuotient(0, -7),
  ])
    expect(Object.is(zero, 0)).toBe(true);
});

test('a quotient just below or above a whole number is not taken for one', () => {
  expect([divideFloor(MAX - 1, MAX), divideFloor(MAX, MAX - 1), divideFloor(-MAX, MAX - 1)]).toEqual([
    0, 1, -2,
  ]);
  expect([divideHalfEven(-MAX, MAX - 1), divideHalfEven(MAX - 1, MAX)]).toEqual([-1, 1]);
  // 94,906,265² is the greatest square below 2^53.
  const [root, square] = [94_906_265, 94_906_265 ** 2];
  expect([square - 1, square, square + 1].map((value) => divideFloor(value, root))).toEqual([
    root - 1,
    root,
    root,
  ]);
  expect([square - 1, square, square + 1].map((value) => wholeQuotient(value, root))).toEqual([
    NaN,
    root,
    NaN,
  ]);
  expect([1 - square, -square, -1 - square].map((value) => divideFloor(value, root))).toEqual([
    -root,
    -root,
    -root - 1,
  ]);
});

test('half a unit goes to the even one, of either sign', () => {
  const halves = [1, 3, 5, -1, -3, -5].map((odd) => divideHalfEven(odd, 2));
  expect(halves).toEqual([0, 2, 2, 0, -2, -2]);
  expect([divideHalfEven(MAX, 2), divideHalfEven(-MAX, 2)]).toEqual([2 ** 52, -(2 ** 52)]);
  expect([divideHalfEven(MAX - 2, 2), divideHalfEven(2 - MAX, 2)]).toEqual([2 ** 52 - 2, 2 - 2 ** 52]);
});

test('powers of ten are exact, however great', () => {
  expect([powerOfTen(0), powerOfTen(22), powerOfTen(23), powerOfTen(200)]).toEqual([
    1n,
    10n ** 22n,
    10n ** 23n,
    10n ** 200n,
  ]);
});
