import { expect, test } from 'vitest';
import { seed, size, sized } from '../sizes.js';
import { Chance } from './fuzz/chance.js';
import { InProcess } from './fuzz/in-process.js';
import { ProcessErrors, Tracked, heapInUse } from './fuzz/leftovers.js';
import { OnSockets } from './fuzz/on-sockets.js';

// Valid and almost valid inputs of all kinds, from a seeded generator: none ends the process, none leaves anything behind, and honest
// readers are served.

const INPUTS = {
  inProcess: sized({ quick: 3000, gate: 8000, full: 9_000_000 }),
  onSockets: sized({ quick: 1500, gate: 4000, full: 1_000_000 }),
};
/** Inputs to one gateway. A failure prints the seed of its gateway, which a run can start with. */
const A_GATEWAY = {
  inProcess: sized({ quick: 1000, gate: 2000, full: 20_000 }),
  onSockets: sized({ quick: 1500, gate: 2500, full: 50_000 }),
};
/** How much larger the heap may be at the end than after the first gateway, however many inputs there were. */
const MOST_GROWTH_BYTES = 8 * 2 ** 20;
/** Connections at the same time. */
const PEERS = 30;

interface Fuzzed {
  readonly inputs: number;
  readonly lately: readonly unknown[];
}

/** Creates a gateway, feeds it and ends it. Names the seed of a failure. @returns Number of inputs. */
async function feed<F extends Fuzzed>(
  seedOfGateway: number,
  start: (chance: Chance, tracked: Tracked) => Promise<F>,
  run: (fuzzed: F, check: () => void) => Promise<void>,
): Promise<number> {
  using errors = new ProcessErrors();
  const tracked = new Tracked();
  const fuzzed = await start(new Chance(seedOfGateway), tracked);
  const check = (): void => {
    if (errors.seen.length > 0) throw new Error('An error reached the process.', { cause: errors.seen[0] });
  };
  try {
    await run(fuzzed, check);
    const held = await tracked.held();
    check();
    expect(tracked.made).toBeGreaterThan(10);
    expect(held, 'identities and authorizations that are kept').toBe(0);
  } catch (cause) {
    const last = JSON.stringify(fuzzed.lately.slice(-20)).slice(0, 20_000);
    const repeat = `TICKMARK_SIZE=${size} TICKMARK_SEED=${seedOfGateway}`;
    throw new Error(
      `${String(cause)} ${repeat} repeats it. It was after ${fuzzed.inputs} inputs; the last: ${last}`,
      { cause },
    );
  }
  return fuzzed.inputs;
}

/** Feeds one gateway after the other. None may leave memory behind. */
async function feedMany(most: number, one: (seedOfGateway: number) => Promise<number>): Promise<void> {
  const begin = performance.now();
  let inputs = await one(seed);
  const before = await heapInUse();
  for (let run = 1; inputs < most; run++) inputs += await one(seed + run);
  const growth = (await heapInUse()) - before;
  const seconds = Math.round((performance.now() - begin) / 1000);
  if (size !== 'quick')
    console.info(`${inputs} inputs in ${seconds} s; the heap has grown by ${growth} bytes`);
  expect(growth).toBeLessThan(MOST_GROWTH_BYTES);
}

test('no input stops the process or outlives its connection, fed without a network', async () => {
  await feedMany(INPUTS.inProcess, (seedOfGateway) =>
    feed(seedOfGateway, InProcess.start, async (fuzzed, check) => {
      while (fuzzed.inputs < A_GATEWAY.inProcess) {
        await fuzzed.step();
        check();
        if (fuzzed.inputs % 500 === 0) expect(await fuzzed.serves(), 'an honest reader is served').toBe(true);
      }
      const left = await fuzzed.left();
      expect(Object.entries(left).filter(([, count]) => count !== 0)).toEqual([]);
      // Fails if timers are left.
      await fuzzed.rig.end();
    }),
  );
});

test('no input stops the process or outlives its connection, over HTTP/1, HTTP/2 and WebSockets', async () => {
  await feedMany(INPUTS.onSockets, (seedOfGateway) =>
    feed(seedOfGateway, OnSockets.start, async (fuzzed, check) => {
      const peer = async (): Promise<void> => {
        while (fuzzed.inputs < A_GATEWAY.onSockets) {
          await fuzzed.attack();
          check();
        }
      };
      await Promise.all(Array.from({ length: PEERS }, peer));
      expect(await fuzzed.serves(), 'an honest reader is served').toBe(true);
      await fuzzed.end();
    }),
  );
});
