import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { SHARDS_OWNED } from '../../../../src/core/engine/shards/shards-owned-event.js';
import { StandbyShards } from '../../../../src/core/engine/shards/standby-shards.js';
import type { TickmarkError } from '../../../../src/core/errors.js';
import { BusGap } from '../../../../src/core/messaging/bus-gap.js';
import { InMemoryEventBus } from '../../../../src/memory/in-memory-event-bus.js';

/** A standby of shards 0 and 1 of 4, and owners that speak. */
function standby(afterMs = 1_000) {
  const clock = new FakeClock();
  const bus = new InMemoryEventBus({ clock });
  const errors: TickmarkError[] = [];
  const takenOver: number[][] = [];
  const part = new StandbyShards({
    bus,
    clock,
    shardCount: 4,
    afterMs,
    onError: (error) => void errors.push(error),
    onTakeOver: (shards) => void takenOver.push([...shards]),
  });
  part.start();
  part.add([0, 1]);
  const numbers = new Map<string, number>();
  const say = async (
    owner: string,
    loaded: number[],
    loading: number[] = [],
    more: object = {},
  ): Promise<void> => {
    const number = (numbers.get(owner) ?? 0) + 1;
    numbers.set(owner, number);
    await bus.publish({
      ...{ type: SHARDS_OWNED, id: `${owner}${number}`, occurredAt: clock.now() },
      ...{ format: 1, owner, number, shardCount: 4, loaded, loading, ...more },
    });
    await clock.settle();
  };
  /** Owners that say the same each 250 ms. */
  const sayFor = async (
    ms: number,
    owner: string,
    loaded: number[],
    loading: number[] = [],
  ): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 250) {
      await say(owner, loaded, loading);
      await clock.advance(250);
    }
  };
  const acting = (): number[] => [0, 1, 2, 3].filter((shard) => part.has(shard));
  return { clock, bus, errors, takenOver, part, say, sayFor, acting };
}

describe('StandbyShards', () => {
  test('acts for a shard when its owner has been silent for the time, within 50 ms', async () => {
    const { clock, sayFor, say, acting, takenOver, part } = standby();
    await sayFor(3_000, 'a', [0, 1]);
    await say('a', [0, 1]);
    await clock.advance(999);
    expect([acting(), part.size]).toEqual([[], 0]);
    await clock.advance(51);
    expect([acting(), part.size]).toEqual([[0, 1], 2]);
    expect(takenOver).toEqual([[0, 1]]);
  });

  test('acts when nobody has ever spoken of a shard', async () => {
    const { clock, sayFor, acting } = standby();
    await sayFor(750, 'a', [0]);
    expect(acting()).toEqual([]);
    await sayFor(500, 'a', [0]);
    expect(acting()).toEqual([1]);
    await clock.advance(2_000);
    expect(acting()).toEqual([0, 1]);
  });

  test('follows again when an owner says that it values the shard', async () => {
    const { clock, say, acting, takenOver } = standby();
    await clock.advance(1_100);
    await say('a', [1]);
    expect(acting()).toEqual([0]);
    await clock.advance(1_100);
    expect(takenOver).toEqual([[0, 1], [1]]);
  });

  test('acts at once when a new owner has yet to load the shard, and until it has', async () => {
    const { say, sayFor, acting } = standby();
    await say('a', [0, 1]);
    await say('b', [], [1]);
    expect(acting()).toEqual([1]);
    await sayFor(5_000, 'b', [], [1]);
    await say('b', [1]);
    expect(acting()).not.toContain(1);
  });

  test('does not go back and forth while one owner values a shard and another one loads it', async () => {
    const { say, sayFor, acting, takenOver } = standby();
    await say('a', [0, 1]);
    await say('b', [], [1]);
    for (let round = 0; round < 4; round++) {
      await sayFor(250, 'a', [0, 1]);
      await sayFor(250, 'b', [], [1]);
    }
    expect(acting()).toEqual([]);
    expect(takenOver).toEqual([[1]]);
    // The owner loads it once more: it had lost it.
    await say('b', []);
    await say('b', [], [1]);
    expect(acting()).toEqual([1]);
  });

  test('acts at once when the last owner gives a shard up, but not while another one values it', async () => {
    const { say, acting } = standby();
    await say('a', [0, 1]);
    await say('b', [1]);
    await say('a', []);
    expect(acting()).toEqual([0]);
    await say('b', []);
    expect(acting()).toEqual([0, 1]);
  });

  test('an owner that died silently does not count when the next one gives the shard up', async () => {
    const { clock, say, acting } = standby();
    await say('a', [0, 1]);
    await clock.advance(1_100);
    await say('b', [0, 1]);
    await say('b', [0]);
    expect(acting()).toEqual([1]);
  });

  test('what an owner said earlier, and arrives late or again, changes nothing', async () => {
    const { say, acting } = standby();
    await say('a', [0, 1]);
    await say('a', [0]);
    expect(acting()).toEqual([1]);
    await say('a', [0, 1], [], { number: 1 });
    await say('a', [], [], { number: 2 });
    expect(acting()).toEqual([1]);
  });

  test('time in which this process stands still is no silence of others', async () => {
    const { clock, say, acting } = standby();
    await say('a', [0, 1]);
    // A stall: many seconds pass, and no timer fires.
    const { monotonic } = clock;
    let stalledMs = 0;
    clock.monotonic = () => monotonic.call(clock) + stalledMs;
    for (let stall = 0; stall < 5; stall++) {
      stalledMs += 60_000;
      await clock.advance(100);
    }
    expect(acting()).toEqual([]);
    await say('a', [0, 1]);
    stalledMs += 60_000;
    await clock.advance(800);
    expect(acting()).toEqual([]);
    await clock.advance(250);
    expect(acting()).toEqual([0, 1]);
  });

  test('waits once more when the bus has lost what owners may have said', async () => {
    const { clock, bus, say, acting } = standby();
    const gap = async (types: string[]): Promise<void> => {
      const what = { from: 0, to: 1, lost: null, reason: 'disconnect' } as const;
      await bus.publish(new BusGap('gap', { ...what, types }));
      await clock.settle();
    };
    await say('a', [0, 1]);
    await clock.advance(900);
    await gap([SHARDS_OWNED]);
    await clock.advance(950);
    expect(acting()).toEqual([]);
    await gap(['other']);
    await clock.advance(100);
    expect(acting()).toEqual([0, 1]);
  });

  test('reports once an owner of another format, and one with another number of shards, and ignores both', async () => {
    const { clock, say, errors, acting } = standby();
    for (let time = 0; time < 3; time++) {
      await say('a', [0, 1], [], { format: 2 });
      await say('b', [0, 1], [], { shardCount: 8 });
    }
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('speaks of format 2; this standby accepts format 1'),
      expect.stringContaining('speaks of 8 shards; this standby accepts 4'),
    ]);
    await clock.advance(1_100);
    expect(acting()).toEqual([0, 1]);
  });

  test('knows nothing of a shard that it has given up', async () => {
    const { clock, part, say, acting } = standby();
    await clock.advance(1_100);
    part.delete([1]);
    await clock.advance(1_100);
    expect([acting(), part.size]).toEqual([[0], 1]);
    part.add([1]);
    await say('a', []);
    expect(acting()).toEqual([0]);
  });

  test('forgets owners of long ago, the one that was silent for longest first', async () => {
    const { say, acting } = standby();
    await say('a', [0, 1]);
    await say('b', [0, 1]);
    await say('a', [0, 1]);
    for (let other = 0; other < 999; other++) await say(`other ${other}`, []);
    // Known still, so its repeated event is dropped.
    await say('a', [], [], { number: 2 });
    await say('b', [], [], { number: 1 });
    expect(acting()).toEqual([]);
    await say('a', []);
    expect(acting()).toEqual([0, 1]);
  });

  test('the time to act of a short limit is short', async () => {
    const { clock, say, acting } = standby(100);
    await clock.advance(33);
    await say('a', [0, 1]);
    await clock.advance(99);
    expect(acting()).toEqual([]);
    await clock.advance(6);
    expect(acting()).toEqual([0, 1]);
  });

  test('stops listening, and leaves no timer', async () => {
    const { clock, bus, part } = standby();
    part.stop();
    await clock.settle();
    expect([clock.pending, bus.stats().subscriptions]).toEqual([0, 0]);
  });
});
