import { describe, expect, test } from 'vitest';
import { seed, sized } from '../../sizes.js';
import { SLOW_TEST_MS } from '../../waiting.js';
import { PLANTED_BUGS } from './shards/planted-bugs.js';
import { PLANTED_STANDBY_BUGS } from './shards/planted-standby-bugs.js';
import { ShardsWorld } from './shards/shards-world.js';

const SEEDS = sized({ quick: 4, gate: 5, full: 10_000 });
const MOST_SEEDS_FOR_A_BUG = 1_000;

async function violationsOf(world: ShardsWorld): Promise<readonly string[]> {
  await world.run();
  return world.violations;
}

// How long a fault takes to be found, chance decides.
describe(
  'owners and standbys that share shards, with crashes, pauses, cut networks, lost and repeated messages',
  { timeout: SLOW_TEST_MS },
  () => {
    test(`never store or publish a wrong or an older value, are right within 10 s of quiet, and are taken over in time, for ${SEEDS} seeds`, async () => {
      for (let run = 0; run < SEEDS; run++) {
        const world = new ShardsWorld(seed + run);
        expect(await violationsOf(world), `seed ${seed + run}`).toEqual([]);
        // A run without a fault shows nothing.
        expect(world.takeovers, `seed ${seed + run}`).toBeGreaterThan(0);
      }
    });

    test.each(Object.entries({ ...PLANTED_BUGS, ...PLANTED_STANDBY_BUGS }))(
      'the simulation finds %s',
      async (_, parts) => {
        let found: readonly string[] = [];
        for (let run = 0; run < MOST_SEEDS_FOR_A_BUG && found.length === 0; run++) {
          const world = parts();
          const repair = world.plant?.();
          found = await violationsOf(new ShardsWorld(seed + run, world)).finally(repair);
        }
        expect(found).not.toEqual([]);
      },
    );
  },
);
