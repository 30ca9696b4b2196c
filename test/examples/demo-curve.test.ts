import { describe, expect, test } from 'vitest';
import type { Point } from '../../examples/demo/history.js';
import { curveOf, pointOf, startsAtZero } from '../../examples/demo/page/curve.js';

const POINTS: readonly Point[] = [
  [1000, 100, null],
  [2000, null, null],
  [3000, 110, -5],
  [4000, 105, 5],
];

describe('a curve', () => {
  test('has gaps where values are not complete, and ends at its first and last values', () => {
    const curve = curveOf(POINTS, 'value');
    expect(curve.times).toEqual([1, 2, 3, 4]);
    expect(curve.values).toEqual([100, null, 110, 105]);
    expect(curve.ends).toEqual([100, 105]);
    expect(curve.isOpen).toBe(false);
    expect(curveOf(POINTS, 'profit').values).toEqual([null, null, -5, 5]);
  });

  test('is none through one value, or through none', () => {
    expect(curveOf([], 'value')).toMatchObject({ ends: null, isOpen: false });
    expect(curveOf(POINTS.slice(0, 1), 'value')).toMatchObject({ ends: null, isOpen: false });
    expect(curveOf(POINTS.slice(0, 2), 'value')).toMatchObject({ ends: null, isOpen: true });
  });

  test('has room above and below, also where nothing has moved', () => {
    for (const points of [POINTS, POINTS.slice(0, 1), [[0, 0, 0] as Point]]) {
      const { values, range } = curveOf(points, 'value');
      const known = values.filter((value) => value !== null);
      expect(range[0]).toBeLessThan(Math.min(...known));
      expect(range[1]).toBeGreaterThan(Math.max(...known));
    }
  });

  test('gets a gap from a value that is not complete, or of which a part is not known', () => {
    const value = { complete: true, marketValue: '10.5', unrealizedPnl: '-1' };
    expect(pointOf(value, 7)).toEqual([7, 10.5, -1]);
    expect(pointOf({ ...value, unrealizedPnl: null }, 7)).toEqual([7, 10.5, null]);
    expect(pointOf({ ...value, complete: false }, 7)).toEqual([7, null, null]);
  });

  test('tells whether its axis shows 0', () => {
    expect(startsAtZero(curveOf(POINTS, 'value').range)).toBe(false);
    expect(startsAtZero(curveOf(POINTS, 'profit').range)).toBe(true);
  });
});
