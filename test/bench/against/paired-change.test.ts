import { describe, expect, it } from 'vitest';
import { isWithin, pairedChange, signTestRank } from '../../../bench/against/paired-change.js';
import { normal, seededRandom } from '../../../src/core/random.js';

/** Pairs whose newer side needs so many percent more. */
const pairsOf = (percents: readonly number[]) =>
  percents.map((percent) => ({ older: 50, newer: 50 * (1 + percent / 100) }));

describe('signTestRank', () => {
  // From the binomial distribution with p = 1/2, as in tables of the sign test.
  it.each([
    [6, 1, 0.96875],
    [8, 1, 0.9921875],
    [9, 2, 0.9609375],
    [10, 2, 0.978515625],
    [12, 3, 0.961426],
    [20, 6, 0.958611],
    [25, 8, 0.956715],
  ])('of %i samples takes number %i from both ends', (samples, rank, confidence) => {
    const found = signTestRank(samples);
    expect(found.rank).toBe(rank);
    expect(found.confidence).toBeCloseTo(confidence, 6);
  });

  it('finds none of five samples', () => {
    expect(signTestRank(5).rank).toBe(0);
  });

  it('takes a thousand samples', () => {
    // The normal approximation: 500 - 1.96 * sqrt(1000) / 2 = 469.01.
    expect(signTestRank(1000).rank).toBe(469);
  });
});

describe('pairedChange', () => {
  it('answers the median of the ratios and the third from both ends of twelve', () => {
    const change = pairedChange(pairsOf([9, -4, 1, 2, 30, -1, 3, 0, 6, -8, 4, 5]));
    // -8 -4 [-1] 0 1 2 | 3 4 5 [6] 9 30; between 2 and 3 lies the geometric mean.
    expect(change.low).toBeCloseTo(-1, 9);
    expect(change.high).toBeCloseTo(6, 9);
    expect(change.median).toBeCloseTo(100 * (Math.sqrt(1.02 * 1.03) - 1), 9);
  });

  it('pairs: what disturbs both sides of a pair alike does not count', () => {
    const pairs = [1, 7, 2, 90, 3, 4].map((older) => ({ older, newer: older * 1.05 }));
    const { low, median, high } = pairedChange(pairs);
    for (const each of [low, median, high]) expect(each).toBeCloseTo(5, 9);
  });

  it('is the reciprocal when the sides change places', () => {
    const pairs = pairsOf([3, -2, 8, 1, 0, 5, 12]);
    const { low, median, high } = pairedChange(pairs);
    const swapped = pairedChange(pairs.map(({ older, newer }) => ({ older: newer, newer: older })));
    expect((1 + median / 100) * (1 + swapped.median / 100)).toBeCloseTo(1, 12);
    expect((1 + low / 100) * (1 + swapped.high / 100)).toBeCloseTo(1, 12);
    expect((1 + high / 100) * (1 + swapped.low / 100)).toBeCloseTo(1, 12);
  });

  it('refuses fewer pairs than give an interval, and figures that are no times', () => {
    expect(() => pairedChange(pairsOf([1, 2, 3, 4, 5]))).toThrow('5 pairs were given; 6 are the fewest');
    const pairs = pairsOf([1, 2, 3, 4, 5]);
    for (const older of [0, -1, NaN, Infinity])
      expect(() => pairedChange([...pairs, { older, newer: 1 }])).toThrow('not a number above zero');
  });

  it.each([6, 12, 15])('holds the true median as often as it says, with %i skewed samples', (count) => {
    const random = seededRandom(count);
    const runs = 4_000;
    let held = 0;
    let confidence = 0;
    for (let run = 0; run < runs; run++) {
      // Noise of a busy machine: much of it in one direction. The median of exp(z) is 1, so that of the change is 3 %.
      const pairs = Array.from({ length: count }, () => {
        return { older: 1, newer: 1.03 * Math.exp(0.02 * (Math.exp(normal(random)) - 1)) };
      });
      const change = pairedChange(pairs);
      confidence = change.confidence;
      if (change.low <= 3 && 3 <= change.high) held++;
    }
    // Four standard errors of a share of 4,000 runs at 96 %.
    expect(Math.abs(held / runs - confidence)).toBeLessThan(0.0125);
    expect(confidence).toBeGreaterThanOrEqual(0.95);
  });
});

describe('isWithin', () => {
  const change = (median: number, high: number) => ({ median, low: -50, high, confidence: 0.96 });

  it('allows the median to reach the limit, and the bound to stay below twice that', () => {
    expect(isWithin(change(5, 9.99), 5)).toBe(true);
    expect(isWithin(change(5.01, 6), 5)).toBe(false);
    expect(isWithin(change(1, 10), 5)).toBe(false);
    expect(isWithin(change(-30, -20), 5)).toBe(true);
  });
});
