import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../../../src/core/random.js';
import { sized } from '../../../sizes.js';
import { LeaseWorld } from '../lease-world.js';

const step = fc.record({
  what: fc.constantFrom(
    'pass',
    'idle',
    'busy',
    'blind',
    'seeing',
    'die',
    'revive',
    'down',
    'mend',
  ) as fc.Arbitrary<'pass' | 'idle' | 'busy' | 'blind' | 'seeing' | 'die' | 'revive' | 'down' | 'mend'>,
  who: fc.nat(1),
  ms: fc.integer({ min: 10, max: 3_000 }),
});

test('whatever happens to two engines, one of them stores steadily, and a holder that died or gets no prices is replaced within the lease time and 250 ms', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.integer({ min: 200, max: 10_000 }),
      fc.integer(),
      async (steps, leaseMs, chance) => {
        const world = new LeaseWorld();
        const random = seededRandom(chance);
        const engines = [world.engine(leaseMs, random), world.engine(leaseMs, random)];
        for (const { what, who, ms } of steps) {
          const engine = engines[who]!;
          if (what === 'idle') engine.isNeeded = false;
          if (what === 'busy') engine.isNeeded = true;
          if (what === 'blind') engine.isBlind = true;
          if (what === 'seeing') engine.isBlind = false;
          if (what === 'die') engine.isDead = true;
          if (what === 'revive') engine.isDead = false;
          if (what === 'down') world.server = 'failing';
          if (what === 'mend') world.server = 'up';
          await world.pass(ms, engines);
        }
        // From here on the lock answers and both engines work.
        world.server = 'up';
        for (const engine of engines) {
          engine.isDead = false;
          engine.isBlind = false;
          engine.isNeeded = true;
        }
        await world.pass(leaseMs + 4_000, engines);
        const storing = () => engines.filter(({ mayStore }) => mayStore).length;
        expect(storing()).toBe(1);
        for (let look = 0; look < 20; look++) {
          await world.pass(leaseMs / 10, engines);
          expect(storing()).toBe(1);
        }
        const [holder, standby] = engines[0]!.mayStore ? engines : [...engines].reverse();
        await world.pass(random() * leaseMs, engines);
        if (random() < 0.5) holder!.isDead = true;
        else holder!.isNeeded = false;
        const took = await world.pass(leaseMs * 3, engines, () => standby!.mayStore);
        expect(took).toBeLessThanOrEqual(leaseMs + 260);
        await Promise.all(
          engines.map(({ lease }) => Promise.race([lease.release(), world.clock.advance(1)])),
        );
      },
    ),
    { numRuns: sized({ quick: 15, gate: 50, full: 2000 }) },
  );
});
