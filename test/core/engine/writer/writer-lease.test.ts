import { describe, expect, test } from 'vitest';
import { LeaseWorld } from '../lease-world.js';

const LEASE = 10_000;
const LATEST = LEASE + 250;

async function pair(leaseMs = LEASE) {
  const world = new LeaseWorld();
  const [one, two] = [world.engine(leaseMs), world.engine(leaseMs)];
  await world.pass(100, [one]);
  await world.pass(1000, [one, two]);
  return { world, one, two, both: [one, two] };
}

describe('the lease of the writer', () => {
  test('is held while something is stored, however long a round of saves takes', async () => {
    const { world, one, two, both } = await pair();
    await world.pass(120_000, both);
    expect([one.mayStore, two.mayStore, two.stored]).toEqual([true, false, 0]);
    expect(world.lock.stats()).toMatchObject({ granted: 1, lost: 0 });
    expect(one.lease.lockedOut).toBe(0);
  });

  test('is checked by a standby five to ten times a second, and extended after a third of its time', async () => {
    const { world, both } = await pair();
    world.asked = 0;
    await world.pass(60_000, both);
    expect(world.asked).toBeGreaterThan(300);
    expect(world.asked).toBeLessThan(620);
  });

  test.each([
    ['died', 'isDead'],
    ['lost its store', 'isStoreDown'],
  ] as const)('is taken over from a holder that %s within the lease and 250 ms', async (_, fault) => {
    for (const after of [0, 1700, 3300, 3400]) {
      const { world, one, two, both } = await pair();
      await world.pass(after, both);
      one[fault] = true;
      const took = await world.pass(60_000, both, () => two.mayStore);
      expect(took).toBeLessThanOrEqual(LATEST);
      expect(one.mayStore).toBe(false);
      await world.pass(60_000, both);
      expect([one.mayStore, two.mayStore]).toEqual([false, true]);
    }
  });

  test('is released by a holder that has nothing to store, and not requested by an engine that has nothing to store', async () => {
    const { world, one, two, both } = await pair();
    one.isNeeded = false;
    expect(await world.pass(60_000, both, () => two.mayStore)).toBeLessThanOrEqual(LATEST);
    two.isNeeded = false;
    await world.pass(20_000, both);
    expect(world.lock.stats().held).toBe(0);
    expect(world.clock.pending).toBe(0);
    one.isNeeded = true;
    await world.pass(20, both);
    expect(one.mayStore).toBe(true);
  });

  test('is released at once by a holder that may have missed prices, which acquires it again only if it stays free', async () => {
    const { world, one, two, both } = await pair();
    one.isBlind = true;
    expect(await world.pass(60_000, both, () => two.mayStore)).toBeLessThanOrEqual(500);
    await world.pass(30_000, both);
    expect([one.mayStore, two.mayStore]).toEqual([false, true]);
    two.isDead = true;
    const before = one.stored;
    await world.pass(LATEST + 5_000, both);
    expect(one.stored).toBeGreaterThan(before);
    // Never for longer than one check: the engine that gets prices again acquires it.
    one.isBlind = false;
    await world.pass(2_000, both);
    expect(one.mayStore).toBe(true);
  });

  test('is released at once by an engine that closes', async () => {
    const { world, one, two, both } = await pair();
    const closed = one.lease.release();
    expect(await world.pass(1000, [two], () => two.mayStore)).toBeLessThanOrEqual(250);
    await closed;
    expect(one.mayStore).toBe(false);
    await two.lease.release();
    await world.pass(1000, both);
    expect(world.lock.stats()).toMatchObject({ held: 0, granted: 2 });
    expect(world.clock.pending).toBe(0);
  });

  test.each(['failing', 'silent'] as const)(
    'is not needed while the lock is %s, and acquired when the lock works again',
    async (server) => {
      const { world, one, two, both } = await pair();
      world.server = server;
      await world.pass(LEASE + 3000, both);
      expect([one.mayStore, two.mayStore]).toEqual([true, true]);
      expect(new Set(world.errors.map(({ code }) => code))).toEqual(new Set(['LOCK_FAILED']));
      // Storing continues while the lock is being requested.
      const before = [one.stored, two.stored];
      await world.pass(10_000, both);
      expect([one.stored - before[0]!, two.stored - before[1]!]).toEqual([1000, 1000]);
      // About one report per second from each.
      expect(world.errors.length).toBeLessThan(60);
      world.server = 'up';
      await world.pass(5000, both);
      expect(both.filter(({ mayStore }) => mayStore)).toHaveLength(1);
    },
  );

  test('that is lost is acquired again', async () => {
    const { world, one, both } = await pair();
    // The process was frozen for longer than the lease.
    world.server = 'silent';
    await world.pass(500, []);
    one.isNeeded = false;
    await world.pass(LEASE * 2, []);
    world.server = 'up';
    one.isNeeded = true;
    await world.pass(5000, both);
    expect(both.filter(({ mayStore }) => mayStore)).toHaveLength(1);
  });

  test.each([0, 99, NaN, Infinity, 3_600_001, -1])('does not last %d ms, which is rejected', (leaseMs) => {
    expect(() => new LeaseWorld().engine(leaseMs)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/leaseMs/) as string,
      }),
    );
  });
});
