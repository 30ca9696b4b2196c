import { beforeEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import { EventIds } from '../../../src/core/messaging/event-ids.js';
import { BUS_GAP } from '../../../src/core/messaging/event-bus.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { FOLLOWERS_REQUESTED, PORTFOLIOS_FOLLOWED } from '../../../src/core/following/followed-events.js';
import { FollowedPortfolios } from '../../../src/core/following/followed-portfolios.js';
import { ScriptedBus, down } from '../engine/scripted-parts.js';

describe('FollowedPortfolios', () => {
  let clock: FakeClock;
  let bus: ScriptedBus;
  let fresh: Array<readonly string[]>;
  let errors: TickmarkError[];
  let requests: number;
  let followed: FollowedPortfolios;

  beforeEach(() => {
    clock = new FakeClock({ now: 1000 });
    bus = new ScriptedBus({ clock });
    [fresh, errors, requests] = [[], [], 0];
    bus.subscribe(FOLLOWERS_REQUESTED, () => void requests++);
    followed = new FollowedPortfolios({
      bus,
      clock,
      ids: new EventIds('engine', seededRandom(1)),
      onFollowed: (ids) => void fresh.push(ids),
      onError: (error) => void errors.push(error),
    });
    followed.start();
  });

  async function announce(portfolioIds: unknown, more: object = {}): Promise<void> {
    await bus.publish({
      type: PORTFOLIOS_FOLLOWED,
      id: 'f',
      occurredAt: 0,
      format: 1,
      portfolioIds,
      expiresInMs: 30_000,
      ...more,
    } as never);
    await clock.settle();
  }

  test('knows who is followed until it was not renewed in time, and tells of those that nobody followed before', async () => {
    await announce(['a', 'b', 'b']);
    await clock.advance(20_000);
    await announce(['a', 'c']);
    expect(fresh).toEqual([['a', 'b'], ['c']]);
    await clock.advance(9999);
    expect(['a', 'b', 'c', 'd'].map((id) => followed.has(id))).toEqual([true, true, true, false]);
    await clock.advance(1);
    expect(followed.has('b')).toBe(false);
    await announce(['b']);
    expect(fresh.at(-1)).toEqual(['b']);
    expect(followed.has('a')).toBe(true);
  });

  test('a follower that asks for a shorter time does not shorten that of another', async () => {
    await announce(['a']);
    await announce(['a'], { expiresInMs: 5 });
    await clock.advance(100);
    expect(followed.has('a')).toBe(true);
  });

  test('forgets what has expired', async () => {
    await announce(Array.from({ length: 100 }, (_, id) => `p${id}`));
    await clock.advance(61_000);
    await announce(['a']);
    expect(followed.size).toBe(1);
  });

  test('asks who follows what when it starts, and when the bus has lost announcements', async () => {
    await clock.settle();
    expect(requests).toBe(1);
    const gap = { type: BUS_GAP, id: 'g', occurredAt: 0, from: 0, to: 1, lost: 1, reason: 'reconnect' };
    await bus.publish({ ...gap, types: ['another'] } as never);
    await clock.settle();
    expect(requests).toBe(1);
    await bus.publish({ ...gap, types: [PORTFOLIOS_FOLLOWED] } as never);
    await clock.settle();
    expect(requests).toBe(2);
  });

  test('a bus that does not take the question changes nothing', async () => {
    bus.scripts.set(FOLLOWERS_REQUESTED, down);
    followed.stop();
    followed.start();
    await clock.settle();
    await announce(['a']);
    expect(followed.has('a')).toBe(true);
    expect(errors).toEqual([]);
  });

  test('listens no longer when it is stopped', async () => {
    followed.stop();
    await announce(['a']);
    expect(followed.has('a')).toBe(false);
  });

  test.each([
    ['a newer format', ['a'], { format: 2 }, 'format 2 is newer than this version of tickmark reads (1)'],
    ['no list', 'a', {}, 'portfolioIds: expected a list'],
    ['an id that is none', ['a', 1], {}, 'portfolioIds[1]: expected a string'],
    ['a time that is none', ['a'], { expiresInMs: Infinity }, 'expiresInMs: expected a number above 0'],
    ['a time of 0', ['a'], { expiresInMs: 0 }, 'expiresInMs: expected a number above 0'],
  ])('reports %s once, and takes nothing of it', async (_what, ids, more, message) => {
    await announce(ids, more);
    await announce(ids, more);
    expect(errors.map((error) => error.message)).toEqual([expect.stringContaining(message)]);
    expect(followed.size).toBe(0);
  });
});
