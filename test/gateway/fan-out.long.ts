import { loadavg } from 'node:os';
import { expect, test } from 'vitest';
import { NEVER, addsUp, fanOut, type FanOut, type FanOutResult } from './fan-out-run.js';

const SECONDS = 60;
const MOST_GROWTH = 64 * 2 ** 20;

async function run(name: string, what: Omit<FanOut, 'updatesPerSecond' | 'seconds'>): Promise<FanOutResult> {
  const result = await fanOut({ ...what, updatesPerSecond: 10_000, seconds: SECONDS });
  const { p50, p99, growth, values, cut, after } = result;
  console.log(
    `${name}: p50 ${p50} ms, p99 ${p99} ms, ${Math.round(values / SECONDS)} values/s, memory +${(growth / 2 ** 20).toFixed(1)} MB, ` +
      `${cut} cut, ${after.stats.conflated} conflated, ${after.stats.pending} pending, load ${loadavg()[0]!.toFixed(1)}`,
  );
  expect(result.lost).toBe(0);
  expect(addsUp(after)).toBe(true);
  return result;
}

test(
  '100 of 1,000 readers never read, at 10,000 updates a second for a minute',
  { timeout: 20 * 60_000 },
  async () => {
    const alone: number[] = [];
    const beside: number[] = [];
    // In turns, so that whatever else the machine does meets both. Nobody is cut, so that all hundred hold what they can.
    for (let round = 0; round < 3; round++) {
      alone.push((await run('without', { readers: 900, stalled: 0, stallMs: NEVER })).p99);
      const result = await run('beside ', { readers: 1000, stalled: 100, stallMs: NEVER });
      beside.push(result.p99);
      expect(result.growth).toBeLessThan(MOST_GROWTH);
      expect(result.after.stats.pending).toBeGreaterThan(10_000);
    }
    const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[1]!;
    // Where the same run differs by more from one time to the next, nothing can be said of a tenth.
    const isQuiet = Math.max(...alone) <= 1.1 * Math.min(...alone);
    if (isQuiet) expect(median(beside)).toBeLessThanOrEqual(1.1 * median(alone));
    else
      console.log(
        `void: p99 without them was ${alone.join(', ')} ms: the machine is too busy to compare by a tenth.`,
      );
  },
);

test(
  '100 of 1,000 readers never read, are cut, and come back at once, for a minute',
  { timeout: 5 * 60_000 },
  async () => {
    const result = await run('come back', { readers: 1000, stalled: 100, stallMs: 10_000 });
    expect(result.growth).toBeLessThan(MOST_GROWTH);
    expect(result.cut).toBeGreaterThan(100);
  },
);
