import { expect, test } from 'vitest';
import { addsUp, fanOut } from './fan-out-run.js';

// At full size in fan-out.long.ts.
test('readers who never read cost the gateway little memory, and others nothing', async () => {
  const { after, growth, lost, least } = await fanOut({
    readers: 60,
    stalled: 10,
    updatesPerSecond: 10_000,
    seconds: 4,
  });
  expect(lost).toBe(0);
  expect(least).toBeGreaterThan(0);
  expect(growth).toBeLessThan(64 * 2 ** 20);
  expect(after.stats.conflated).toBeGreaterThan(0);
  expect(addsUp(after)).toBe(true);
});
