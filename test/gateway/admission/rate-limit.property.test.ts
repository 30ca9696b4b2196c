import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RateLimit } from '../../../src/gateway/admission/rate-limit.js';
import { sized } from '../../sizes.js';

test('permits twice the rate per second at once, then as many as are refilled', () => {
  const limit = new RateLimit(5, 0);
  expect(limit.isFull(0)).toBe(true);
  expect(Array.from({ length: 11 }, () => limit.take(0)).filter(Boolean)).toHaveLength(10);
  expect(limit.waitMs).toBe(200);
  expect(limit.take(199)).toBe(false);
  expect(limit.take(200)).toBe(true);
  expect(limit.waitMs).toBe(200);
  expect(limit.isFull(2199)).toBe(false);
  expect(limit.isFull(2200)).toBe(true);
  expect(limit.takeSome(100, 1e9)).toBe(10);
});

test('permits one at once even with a rate below one per second', () => {
  const limit = new RateLimit(0.1, 0);
  expect([limit.take(0), limit.take(9999), limit.take(10_000)]).toEqual([true, false, true]);
});

test('permits everything without a limit, also at one moment', () => {
  const limit = new RateLimit(Infinity, 5);
  for (let time = 0; time < 3; time++) expect(limit.takeSome(1e9, 5)).toBe(1e9);
  expect([limit.left(5), limit.isFull(6), limit.waitMs]).toEqual([Infinity, true, 0]);
});

test('permits nothing until a negative balance is refilled', () => {
  const limit = new RateLimit(1000, 0);
  limit.charge(5000, 0);
  expect(limit.left(0)).toBe(-3000);
  expect([limit.take(3000), limit.take(3001)]).toEqual([false, true]);
});

test('never permits more than the burst and what was refilled, and never less', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.array(fc.tuple(fc.nat(3000), fc.nat(2000)), { maxLength: 60 }),
      (perSecond, burst, steps) => {
        const limit = new RateLimit(perSecond, 0, burst);
        let now = 0;
        let taken = 0;
        // The contents of a bucket that is refilled once per ms.
        let left = burst;
        for (const [waitMs, wanted] of steps) {
          now += waitMs;
          left = Math.min(burst, left + (waitMs * perSecond) / 1000);
          const some = limit.takeSome(wanted, now);
          expect(some).toBeLessThanOrEqual(left + 1e-6);
          expect(some).toBeGreaterThanOrEqual(Math.min(wanted, Math.floor(left - 1e-6)));
          left -= some;
          taken += some;
          expect(taken).toBeLessThanOrEqual(burst + (now * perSecond) / 1000 + 1e-6);
        }
      },
    ),
    { numRuns: sized({ quick: 500, gate: 10_000, full: 100_000 }) },
  );
});
