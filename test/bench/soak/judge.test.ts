import { describe, expect, test } from 'vitest';
import { median, merged, quantile, slope } from '../../../bench/soak/judge.js';

describe('latencies', () => {
  // Tenths of a ms: 98 values of 1 ms, one of 5 ms, one of 90 ms.
  const histogram = { 10: 98, 50: 1, 900: 1 };

  test('have the quantile that so many values stay within', () => {
    expect([0.5, 0.98, 0.99, 1].map((share) => quantile(histogram, share))).toEqual([1, 1, 5, 90]);
    expect(quantile({}, 0.99)).toBeNaN();
  });

  test('of several windows are one', () => {
    expect(merged([histogram, { 10: 2, 70: 3 }, {}])).toEqual({ 10: 100, 50: 1, 70: 3, 900: 1 });
  });
});

describe('the median', () => {
  test.each([
    [[3], 3],
    [[9, 1, 2], 2],
    [[4, 1, 2, 100], 3],
    [[], NaN],
  ])('of %j is %d', (values, expected) => expect(median(values)).toBe(expected));
});

describe('the slope', () => {
  test('is that of most points, whatever single ones do', () => {
    const line = Array.from({ length: 20 }, (_, x): [number, number] => [x, 5 + 2 * x]);
    line[3] = [3, 1000];
    line[19] = [19, -1000];
    expect(slope(line)).toBeCloseTo(2, 6);
  });

  test('of a single point is none', () => expect(slope([[1, 7]])).toBe(0));
});
