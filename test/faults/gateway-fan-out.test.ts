import { loadavg } from 'node:os';
import { expect, test } from 'vitest';
import { size, sized } from '../sizes.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { addsUp, fanOut, type FanOut, type FanOutResult } from './gateway-fan-out.js';

const MEGABYTE = 2 ** 20;
// A busy machine collects garbage later: 64 MB are judged at full size.
const MOST_GROWTH = sized({ quick: 256, gate: 256, full: 64 }) * MEGABYTE;
const ROUNDS = sized({ quick: 1, gate: 1, full: 3 });
const BESIDE: FanOut = {
  readers: sized({ quick: 60, gate: 300, full: 1000 }),
  stalled: sized({ quick: 10, gate: 30, full: 100 }),
  updatesPerSecond: 10_000,
  seconds: sized({ quick: 4, gate: 8, full: 60 }),
  cuts: sized({ quick: 0, gate: 1, full: 101 }),
};
const ALONE: FanOut = { ...BESIDE, readers: BESIDE.readers - BESIDE.stalled, stalled: 0, cuts: 0 };

test(
  'readers who never read cost the gateway little memory, and the other readers nothing',
  { timeout: ROUNDS * SLOW_TEST_MS * 5 },
  async () => {
    const runs: Array<{ alone: FanOutResult; beside: FanOutResult }> = [];
    // In turns, so that whatever else the machine does meets both.
    for (let round = 0; round < ROUNDS; round++) {
      const alone = await fanOut(ALONE);
      const beside = await fanOut(BESIDE);
      runs.push({ alone, beside });
      for (const [name, result] of Object.entries({ alone, beside })) print(`round ${round} ${name}`, result);
    }
    for (const { alone, beside } of runs) {
      expect(beside.lost + alone.lost).toBe(0);
      expect(beside.growth).toBeLessThan(MOST_GROWTH);
      expect(beside.after.stats.conflated).toBeGreaterThan(0);
      expect([addsUp(alone.after), addsUp(beside.after)]).toEqual([true, true]);
    }
    // The gate prints how long values take; how much longer they may take is judged at full size.
    if (size === 'full') expectSameLatency(runs);
  },
);

function print(name: string, { p50, p99, growth, values, seconds, cut, after }: FanOutResult): void {
  console.info(
    `${name}: p50 ${p50} ms, p99 ${p99} ms, ${Math.round(values / seconds)} values/s, ` +
      `memory +${(growth / MEGABYTE).toFixed(1)} MB, ${cut} cut, ${after.stats.conflated} conflated, load ${loadavg()[0]!.toFixed(1)}`,
  );
}

function expectSameLatency(runs: ReadonlyArray<{ alone: FanOutResult; beside: FanOutResult }>): void {
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const alone = runs.map((run) => run.alone.p99);
  // Where the same run differs by more from one time to the next, nothing can be said of a tenth.
  if (Math.max(...alone) > 1.1 * Math.min(...alone)) {
    console.info(
      `void: p99 without them was ${alone.join(', ')} ms, so the machine is too busy to compare by 10 %.`,
    );
    return;
  }
  expect(median(runs.map((run) => run.beside.p99))).toBeLessThanOrEqual(1.1 * median(alone));
}
