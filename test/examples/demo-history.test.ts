import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { History, type Point } from '../../examples/demo/history.js';

const T = 1_700_000_000_000;
const HOUR = 3_600_000;
const at = (time: number, value: number | null = 1): Point => [time, value, value];
const values = (points: readonly Point[]) => points.map(([, value]) => value);
const times = (points: readonly Point[]) => points.map(([time]) => time);
const isAscending = (points: readonly Point[]): boolean =>
  points.every(([time], index) => index === 0 || time > points[index - 1]![0]);

/** A history with a sample of each second, ended by one at `T`. */
function ofSeconds(count: number): History {
  const history = new History();
  for (let index = count - 1; index >= 0; index--) history.add(at(T - index * 1000, count - index));
  return history;
}

describe('a history', () => {
  test('ends with the newest value, also between two samples', () => {
    const history = ofSeconds(3);
    history.add(at(T + 400, 8));
    history.add(at(T + 500, 9));
    expect(values(history.recent)).toEqual([1, 2, 3, 9]);
    expect(values(history.long)).toEqual([1, 2, 3, 9]);
    history.add(at(T + 1000, 4));
    expect(values(history.recent)).toEqual([1, 2, 3, 4]);
  });

  test('goes on at once when the clock is set back, after all that was before', () => {
    const history = ofSeconds(3);
    history.add(at(T - HOUR, 4));
    history.add(at(T - HOUR + 1000, 5));
    for (const points of [history.recent, history.long]) {
      expect(values(points)).toEqual([1, 2, 3, 4, 5]);
      expect(times(points).map((time) => time - T + HOUR)).toEqual([-3000, -2000, -1000, 0, 1000]);
    }
  });

  test('goes on when the clock is set forward', () => {
    const history = ofSeconds(2);
    history.add(at(T + HOUR, 3));
    history.add(at(T + HOUR + 1000, 4));
    expect(values(history.recent)).toEqual([1, 2, 3, 4]);
  });

  test('takes a time that is a little earlier for the same moment', () => {
    const history = ofSeconds(2);
    history.add(at(T - 20, 7));
    expect(values(history.recent)).toEqual([1, 7]);
    expect(times(history.recent)).toEqual([T - 1000, T]);
  });

  test('keeps gaps', () => {
    const history = ofSeconds(1);
    history.add(at(T + 1000, null));
    history.add(at(T + 2000, 3));
    expect(values(history.recent)).toEqual([1, null, 3]);
    const again = new History();
    again.load(JSON.parse(JSON.stringify(history)));
    expect(values(again.recent)).toEqual([1, null, 3]);
  });

  test('that was loaded goes on where the saved one ended', () => {
    const history = new History();
    history.add(at(T + 5000, 99));
    history.load(JSON.parse(JSON.stringify(ofSeconds(2))));
    expect(values(history.recent)).toEqual([1, 2]);
    history.add(at(T + 1000, 3));
    expect(values(history.recent)).toEqual([1, 2, 3]);
  });

  test('has a bounded number of points in ascending order, the newest last, whatever the clock does', () => {
    const steps = fc.array(
      fc.record({
        byMs: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: -2 * HOUR, max: 2 * HOUR })),
        value: fc.option(fc.integer()),
      }),
      { maxLength: 2000 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const history = new History();
        let now = T;
        for (const { byMs, value } of all) {
          now += byMs;
          history.add(at(now, value));
          for (const points of [history.recent, history.long])
            expect(points.at(-1)!.slice(1)).toEqual([value, value]);
        }
        for (const [points, most] of [
          [history.recent, 301],
          [history.long, 720],
        ] as const) {
          expect(points.length).toBeLessThanOrEqual(most);
          expect(isAscending(points)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});
