import { expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import { RateWindow } from '../../../src/streams/connection/rate-window.js';

test('admits so many in any window, and says how long the next one has to wait', async () => {
  const clock = new FakeClock();
  const window = new RateWindow(clock, 2, 1000);
  expect(window.take()).toBe(0);
  await clock.advance(400);
  expect(window.take()).toBe(0);
  expect(window.take()).toBe(600);
  await clock.advance(599);
  expect(window.take()).toBe(1);
  await clock.advance(1);
  expect([window.take(), window.take()]).toEqual([0, 400]);
});

test('admits all without a limit', () => {
  const window = new RateWindow(new FakeClock(), Infinity, 1000);
  expect(Array.from({ length: 100 }, () => window.take()).every((ms) => ms === 0)).toBe(true);
});
