import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../../src/conformance/index.js';
import { sleep } from '../../../../src/core/clock.js';
import type { TickmarkError } from '../../../../src/core/errors.js';
import { seededRandom } from '../../../../src/core/random.js';
import {
  LeaseShardAssignment,
  type LeaseShardAssignmentOptions,
} from '../../../../src/core/shards/lease/lease-shard-assignment.js';
import { InMemoryLock } from '../../../../src/memory/in-memory-lock.js';
import { IsolatedLock } from './isolated-lock.js';

const COUNT = 12;

/** Members on one store, each over a connection of its own. */
class World {
  readonly clock = new FakeClock();
  readonly lock = new InMemoryLock({ clock: this.clock });
  readonly errors: TickmarkError[] = [];
  readonly #random = seededRandom(3);

  member(options: Partial<LeaseShardAssignmentOptions> = {}) {
    const link = new IsolatedLock(this.lock);
    const assignment = new LeaseShardAssignment({
      lock: link,
      clock: this.clock,
      random: this.#random,
      shardCount: COUNT,
      onError: (error) => void this.errors.push(error),
      ...options,
    });
    const held = new Set<number>();
    const log: string[] = [];
    const handlers = {
      assigned: async (shards: readonly number[]) => {
        for (const shard of shards) held.add(shard);
        log.push('assigned');
      },
      revoked: async (shards: readonly number[]) => {
        for (const shard of shards) held.delete(shard);
        log.push('revoked');
      },
      lost: (shards: readonly number[]) => {
        for (const shard of shards) held.delete(shard);
        log.push('lost');
      },
    };
    return { assignment, link, held, log, handlers, start: () => assignment.start(handlers) };
  }
}

describe('LeaseShardAssignment', () => {
  test('the shards of a crashed member go to another when its leases have expired, and not before', async () => {
    const world = new World();
    const [one, other] = [world.member(), world.member()];
    await one.start();
    await other.start();
    await world.clock.advance(5_000);
    expect([one.held.size, other.held.size]).toEqual([6, 6]);
    one.link.isCut = true;
    // Its leases were extended at most a third of their time ago.
    await world.clock.advance(3_300);
    expect(other.held.size).toBe(6);
    await world.clock.advance(5_000 - 3_300 + 1_000);
    expect([one.held.size, other.held.size]).toEqual([0, 12]);
    expect(one.log.at(-1)).toBe('lost');
  });

  test('while the lock fails for longer than the leases, all shards are lost; they come back afterwards, and one error is reported', async () => {
    const world = new World();
    const one = world.member();
    await one.start();
    await world.clock.advance(3_000);
    expect(one.held.size).toBe(12);
    one.link.isCut = true;
    await world.clock.advance(8_000);
    expect(one.held.size).toBe(0);
    one.link.isCut = false;
    await world.clock.advance(8_000);
    expect(one.held.size).toBe(12);
    expect(world.errors.map(({ code, retryable }) => [code, retryable])).toEqual([['LOCK_FAILED', true]]);
    one.link.isCut = true;
    await world.clock.advance(8_000);
    expect(world.errors).toHaveLength(2);
  });

  test.each([
    ['answers nothing for two fifths', 'isCut', 2_000],
    ['refuses each call for more than half', 'refuses', 2_750],
  ] as const)('moves nothing while the lock %s of the leases', async (_, fault, ms) => {
    const world = new World();
    const one = world.member();
    await one.start();
    await world.clock.advance(3_000);
    // In all phases of the time between two extensions.
    for (let phase = 0; phase < 10; phase++) {
      one.link[fault] = true;
      await world.clock.advance(ms);
      one.link[fault] = false;
      await world.clock.advance(5_170);
    }
    expect(one.log).toEqual(['assigned']);
  });

  test('moves nothing when another member that looks holds a free place for a moment', async () => {
    const world = new World();
    const one = world.member();
    await one.start();
    await world.clock.advance(3_000);
    for (let phase = 0; phase < 20; phase++) {
      const lease = await world.lock.acquire('tickmark/shards/members/3');
      await world.clock.advance(370);
      await lease.release();
      await world.clock.advance(1_370);
    }
    expect(one.log).toEqual(['assigned']);
  });

  test('members that look while the lock is slow do not take each other for more members', async () => {
    const world = new World();
    const members = [world.member(), world.member(), world.member()];
    // A request takes long on its way there, and an answer on its way back.
    for (const { link } of members) link.delay = () => sleep(world.clock, 60);
    for (const each of members) {
      const starting = each.start();
      await world.clock.advance(1_000);
      await starting;
    }
    await world.clock.advance(20_000);
    const moves = members.map(({ held, log }) => [held.size, log.length]);
    await world.clock.advance(150_000);
    expect(members.map(({ held, log }) => [held.size, log.length])).toEqual(moves);
    expect(members.map(({ held }) => held.size)).toEqual([4, 4, 4]);
  });

  test('a member does not look while another one looks, and goes by its last look', async () => {
    const world = new World();
    const [one, other] = [world.member(), world.member()];
    for (const each of [one, other]) await each.start();
    await world.clock.advance(5_000);
    const look = await world.lock.acquire('tickmark/shards/members/look');
    await other.assignment.stop();
    await world.clock.advance(5_000);
    expect(one.held.size).toBe(6);
    await look.release();
    await world.clock.advance(200 + 200);
    expect(one.held.size).toBe(12);
  });

  test('what a member that is cut off while it looks leaves behind is no member', async () => {
    const world = new World();
    const members = [world.member(), world.member(), world.member()] as const;
    const [one, other, third] = members;
    for (const each of members) await each.start();
    await world.clock.advance(5_000);
    for (const { log } of [one, other]) log.length = 0;
    third.link.delay = () => sleep(world.clock, 100);
    const isLooking = (): boolean => world.lock.stats().held > members.length + COUNT + 10;
    while (!isLooking()) await world.clock.advance(1);
    third.link.isCut = true;
    await world.clock.advance(5_000 + 1_000);
    expect([one.held.size, other.held.size, third.held.size]).toEqual([6, 6, 0]);
    expect([...one.log, ...other.log]).not.toContain('revoked');
  });

  test('a lock that refuses each call is asked some times a second, no more', async () => {
    const world = new World();
    const one = world.member();
    await one.start();
    await world.clock.advance(3_000);
    one.link.refuses = true;
    const before = one.link.acquires;
    await world.clock.advance(2_000);
    expect(one.link.acquires - before).toBeGreaterThan(5);
    expect(one.link.acquires - before).toBeLessThan(25);
  });

  test('members that start one after another within a look give nothing up again', async () => {
    const world = new World();
    const members = [world.member(), world.member(), world.member()];
    for (const each of members) {
      await each.start();
      await world.clock.advance(100);
    }
    await world.clock.advance(5_000);
    expect(members.map(({ held }) => held.size)).toEqual([4, 4, 4]);
    expect(members.flatMap(({ log }) => log)).not.toContain('revoked');
  });

  test('does not assign a shard that was lost while others were taken', async () => {
    const world = new World();
    const one = world.member({ shardCount: 3 });
    const { acquire } = one.link;
    const lost = new AbortController();
    let shards = 0;
    one.link.acquire = async (key, options) => {
      const lease = await acquire.call(one.link, key, options);
      if (key.includes('members') || ++shards > 2) return lease;
      if (shards === 1) return { ...lease, held: true, signal: lost.signal };
      lost.abort();
      return lease;
    };
    const assigned: number[][] = [];
    await one.assignment.start({
      ...one.handlers,
      assigned: async (given) => void assigned.push([...given]),
    });
    await world.clock.advance(1_000);
    expect(assigned[0]).toHaveLength(2);
  });

  test('a member that joins takes its part within two looks and 200 ms', async () => {
    const world = new World();
    const [one, other] = [world.member(), world.member()];
    await one.start();
    await world.clock.advance(3_000);
    await other.start();
    await world.clock.advance(2 * 625 + 200);
    expect([one.held.size, other.held.size]).toEqual([6, 6]);
  });

  test('groups with different names have their own shards', async () => {
    const world = new World();
    const members = [world.member({ name: 'a' }), world.member({ name: 'b' })];
    for (const each of members) await each.start();
    await world.clock.advance(3_000);
    expect(members.map(({ held }) => held.size)).toEqual([12, 12]);
  });

  test('refuses to start when all places are taken, with the name of the option', async () => {
    const world = new World();
    await world.member({ maxMembers: 1 }).start();
    const starting = world.member({ maxMembers: 1 }).start();
    const refused = expect(starting).rejects.toThrow(
      'All 1 places of members are taken. LeaseShardAssignment: raise maxMembers',
    );
    await world.clock.advance(2_000);
    await refused;
  });

  test('start() fails if the lock fails', async () => {
    const world = new World();
    const one = world.member();
    one.link.acquire = () => Promise.reject(new Error('connection refused'));
    const refused = expect(one.start()).rejects.toThrow('connection refused');
    await world.clock.advance(2_000);
    await refused;
  });

  test('stop() ends even if the lock answers no more, and leaves no timer behind', async () => {
    const world = new World();
    const one = world.member();
    await one.start();
    await world.clock.advance(3_000);
    one.link.isCut = true;
    const stopping = one.assignment.stop();
    await world.clock.advance(5_000);
    await stopping;
    expect(one.held.size).toBe(0);
    await world.clock.advance(5_000);
    expect(world.clock.pending).toBe(0);
  });

  test('an error of a handler is reported, and the shards stay', async () => {
    const world = new World();
    const one = world.member();
    await one.assignment.start({ ...one.handlers, assigned: () => Promise.reject(new Error('store down')) });
    await world.clock.advance(8_000);
    expect(world.errors.map(({ code }) => code)).toEqual(['HANDLER_FAILED']);
    expect(world.lock.stats().held).toBe(12 + 1);
  });

  test.each<[Partial<LeaseShardAssignmentOptions>, string]>([
    [{ shardCount: 0 }, 'LeaseShardAssignment: shardCount: expected a whole number from 1 to 65536, got 0'],
    [{ leaseMs: 299 }, 'LeaseShardAssignment: leaseMs: expected a number from 300 to 600000, got 299'],
    [{ checkMs: 0 }, 'LeaseShardAssignment: checkMs'],
    [{ checkMs: 2 ** 31 }, 'LeaseShardAssignment: checkMs'],
    [{ maxMembers: 1.5 }, 'LeaseShardAssignment: maxMembers: expected a whole number from 1 to 1024'],
  ])('refuses %j', (options, message) => {
    expect(() => new World().member(options)).toThrow(message);
  });
});
