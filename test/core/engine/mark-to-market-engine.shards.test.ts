import { describe, expect, test } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { TickmarkError } from '../../../src/core/errors.js';
import { fixedShards } from '../../../src/core/shards/fixed-shards.js';
import { shardOf } from '../../../src/core/shards/shard-of.js';
import { EngineWorld, START, figures, portfolio, price } from './engine-world.js';
import { ScriptedShards, down, hanging, lockOf, losing } from './scripted-parts.js';
import { HOLDINGS_CHANGED } from '../../../src/core/portfolio/holdings-changed-event.js';

const COUNT = 4;
const IDS = Array.from({ length: 40 }, (_, n) => `p${n}`);
const inShard = (...shards: number[]): string[] => IDS.filter((id) => shards.includes(shardOf(id, COUNT)));
const portfolios = (quantity = 1) => IDS.map((id) => portfolio(id, { A: quantity }));

async function worldWith(...assigned: number[]): Promise<{ world: EngineWorld; shards: ScriptedShards }> {
  const shards = new ScriptedShards(COUNT);
  const world = await EngineWorld.of(portfolios(), { shards });
  await shards.assign(...assigned);
  await world.clock.advance(0);
  return { world, shards };
}

const valued = (world: EngineWorld): string[] => IDS.filter((id) => world.engine.value(id) !== null);
const storedIds = async (world: EngineWorld): Promise<string[]> =>
  (await world.repository.loadValuations(IDS)).map(({ portfolioId }) => portfolioId);

describe('an engine with shards', () => {
  test('values and stores the portfolios of its shards only, and two engines together all of them', async () => {
    const world = await EngineWorld.of(portfolios(), { shards: fixedShards(0, 2, { shardCount: COUNT }) });
    const first = world.engine;
    await world.tick(price('A', 20));
    await world.clock.advance(1000);
    expect(valued(world)).toEqual(inShard(0, 2));
    expect(new Set(await storedIds(world))).toEqual(new Set(inShard(0, 2)));
    expect(first.stats()).toMatchObject({ portfolios: inShard(0, 2).length, shards: 2 });
    await world.start({ shards: fixedShards(1, 2, { shardCount: COUNT }) });
    await world.tick(price('A', 21, START + 1));
    await world.clock.advance(1000);
    expect(valued(world)).toEqual(inShard(1, 3));
    for (const id of IDS)
      expect(figures(await world.stored(id))).toEqual(
        figures(await world.expected(id, [price('A', 21, START + 1)])),
      );
    expect(world.errors).toEqual([]);
  });

  test('does not load the portfolios of other shards when they change, and misses no change of its own', async () => {
    const { world } = await worldWith(0);
    const before = world.repository.counts.loadMany ?? 0;
    const [ours, other] = [inShard(0)[0]!, inShard(1)[0]!];
    await world.editor.update(other, (held) => held.buy('A', 1, 10));
    // One change without its event.
    world.bus.scripts.set(HOLDINGS_CHANGED, losing);
    await world.editor.update(other, (held) => held.buy('B', 1, 10));
    await world.clock.advance(5000);
    expect(world.repository.counts.loadMany ?? 0).toBe(before);
    await world.editor.update(ours, (held) => held.buy('B', 1, 10));
    await world.clock.advance(5000);
    expect(world.engine.value(ours)?.version).toBe(2);
    expect(world.engine.stats().discoveredHoldings).toBe(1);
  });

  test('loads a shard when it is assigned, with what changes meanwhile, and says when it is loaded', async () => {
    const { world, shards } = await worldWith(0);
    await world.tick(price('A', 20));
    const id = inShard(1).at(-1)!;
    let isChanged = false;
    world.repository.scripts.stream = async (proceed) => {
      const loaded = await proceed();
      if (!isChanged) {
        isChanged = true;
        await world.editor.update(id, (held) => held.buy('A', 4, 10));
      }
      return loaded;
    };
    const streamed = world.repository.counts.stream ?? 0;
    await shards.assign(1);
    expect(world.repository.counts.stream! - streamed).toBe(inShard(1).length);
    await world.clock.advance(1000);
    expect(valued(world)).toEqual(inShard(0, 1));
    expect(world.engine.value(id)?.marketValue?.toString()).toBe('100.00');
    expect(new Set(await storedIds(world))).toEqual(new Set(inShard(0, 1)));
  });

  test('a store that gives one portfolio after the other slowly is loaded, however long that takes, and what it has given is valued', async () => {
    const { world, shards } = await worldWith();
    await world.tick(price('A', 20));
    world.repository.scripts.stream = async (proceed) => {
      await sleep(world.clock, 4_000);
      return proceed();
    };
    const assigned = shards.assign(0, 1);
    await world.clock.advance(2 * 4_000);
    expect(valued(world)).toHaveLength(2);
    await world.clock.advance(4_000 * IDS.length);
    await assigned;
    expect(valued(world)).toEqual(inShard(0, 1));
    expect(valued(world).length).toBeGreaterThan(30_000 / 4_000);
    expect(world.errors).toEqual([]);
  });

  test('stores the last values of a revoked shard before it drops it', async () => {
    const { world, shards } = await worldWith(0, 1);
    await world.tick(price('A', 20));
    await world.clock.advance(1000);
    await world.tick(price('A', 21, START + 1));
    const revoked = shards.handlers.revoked([1]);
    await world.clock.advance(100);
    await revoked;
    expect(valued(world)).toEqual(inShard(0));
    for (const id of inShard(1)) expect((await world.stored(id))!.marketValue?.toString()).toBe('21.00');
    const events = world.events(inShard(1)[0]!).length;
    await world.tick(price('A', 22, START + 2));
    await world.clock.advance(1000);
    expect(world.events(inShard(1)[0]!)).toHaveLength(events);
    expect((await world.stored(inShard(1)[0]!))!.marketValue?.toString()).toBe('21.00');
    expect((await world.stored(inShard(0)[0]!))!.marketValue?.toString()).toBe('22.00');
    expect(world.engine.stats().shards).toBe(1);
  });

  test('gives up a revoked shard after 5 s, even if the store does not answer', async () => {
    const { world, shards } = await worldWith(0, 1);
    world.repository.scripts.saveValuations = hanging;
    await world.tick(price('A', 20));
    let isDone = false;
    const revoked = shards.handlers.revoked([1]).then(() => (isDone = true));
    await world.clock.advance(4999);
    expect(isDone).toBe(false);
    await world.clock.advance(1);
    await revoked;
    expect(valued(world)).toEqual(inShard(0));
  });

  test('drops a lost shard at once, and stores nothing more of it', async () => {
    const { world, shards } = await worldWith(0, 1);
    await world.tick(price('A', 20));
    shards.handlers.lost([1]);
    expect(valued(world)).toEqual(inShard(0));
    await world.clock.advance(1000);
    expect(new Set(await storedIds(world))).toEqual(new Set(inShard(0)));
  });

  test('has a whole shard that was lost and assigned again while it was loaded', async () => {
    const shards = new ScriptedShards(COUNT);
    let again: Promise<void> | undefined;
    let progress = 0;
    const onProgress = (): void => {
      // The first is of the start, which loads nothing.
      if (++progress === 2) again = shards.handlers.assigned([1]);
    };
    const world = await EngineWorld.of(portfolios(), { shards, onProgress });
    let count = 0;
    world.repository.scripts.stream = async (proceed) => {
      if (++count === 3) shards.handlers.lost([1]);
      return proceed();
    };
    const first = shards.handlers.assigned([1]);
    await world.clock.advance(1000);
    await Promise.all([first, again]);
    expect(valued(world)).toEqual(inShard(1));
  });

  test('a shard that is lost while it is loaded leaves nothing in the book', async () => {
    const { world, shards } = await worldWith(0);
    world.repository.scripts.stream = async (proceed) => {
      shards.handlers.lost([1]);
      return proceed();
    };
    await shards.handlers.assigned([1]);
    await world.clock.advance(1000);
    expect(valued(world)).toEqual(inShard(0));
  });

  test('loads a shard again until the store answers', async () => {
    const { world, shards } = await worldWith(0);
    world.repository.scripts.stream = down;
    let isLoaded = false;
    void shards.assign(1).then(() => (isLoaded = true));
    await world.clock.advance(2000);
    expect([isLoaded, world.codes()[0]]).toEqual([false, 'REPOSITORY_FAILED']);
    delete world.repository.scripts.stream;
    await world.clock.advance(10_000);
    expect(isLoaded).toBe(true);
    expect(valued(world)).toEqual(inShard(0, 1));
  });

  test('finds a change in a new shard that a poll has passed over while the shard was assigned', async () => {
    const { world, shards } = await worldWith(0);
    const id = inShard(1)[0]!;
    const { changesSince } = world.repository;
    // A refused save would find it as well.
    world.repository.scripts.saveValuations = hanging;
    let isOnce = true;
    world.repository.changesSince = async (since, options) => {
      if (!isOnce) return changesSince.call(world.repository, since, options);
      isOnce = false;
      await shards.assign(1);
      world.bus.scripts.set(HOLDINGS_CHANGED, losing);
      await world.editor.update(id, (held) => held.buy('B', 1, 10));
      return changesSince.call(world.repository, since, options);
    };
    await world.clock.advance(10_000);
    expect(world.engine.value(id)?.version).toBe(2);
  });

  test('close() stores the last values, gives the shards up, and leaves the assignment', async () => {
    const { world, shards } = await worldWith(0, 1);
    await world.tick(price('A', 20));
    const closing = world.engine.close();
    await world.clock.advance(100);
    await closing;
    expect(shards.stops).toBe(1);
    expect(valued(world)).toEqual([]);
    expect(new Set(await storedIds(world))).toEqual(new Set(inShard(0, 1)));
    expect(world.errors).toEqual([]);
  });

  test('close() waits for an assignment that does not let go for one second longer than timeoutMs', async () => {
    const { world, shards } = await worldWith(0);
    shards.stop = () => new Promise<never>(() => undefined);
    const closing = world.engine.close({ timeoutMs: 700 });
    await world.clock.advance(1699);
    expect(world.codes()).toEqual([]);
    await world.clock.advance(1);
    await closing;
    expect(world.codes()).toEqual(['TIMEOUT']);
  });

  test('stores without the lock, which is for engines on the same portfolios', async () => {
    const lock = lockOf(() => Promise.reject(new Error('used')));
    const world = await EngineWorld.of(portfolios(), {
      shards: fixedShards(0, 1, { shardCount: COUNT }),
      lock,
    });
    await world.tick(price('A', 20));
    await world.clock.advance(1000);
    expect(await storedIds(world)).toHaveLength(IDS.length);
    expect(world.errors).toEqual([]);
  });

  test('start() fails if the assignment cannot be joined, and leaves it', async () => {
    const shards = new ScriptedShards(COUNT);
    shards.onStart = () =>
      Promise.reject(new TickmarkError('INVALID_ARGUMENT', 'another number of partitions'));
    const world = new EngineWorld();
    await expect(world.start({ shards })).rejects.toThrow('another number of partitions');
    expect(shards.stops).toBe(1);
  });

  test('start() ends when its signal fires while the assignment is joined', async () => {
    const shards = new ScriptedShards(COUNT);
    shards.onStart = () => new Promise<never>(() => undefined);
    const world = new EngineWorld();
    const abort = new AbortController();
    const starting = world.make({ shards }).start({ signal: abort.signal });
    await world.clock.settle();
    abort.abort();
    await expect(starting).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('refuses a shard out of range, and a number of shards out of range', async () => {
    const { shards } = await worldWith(0);
    await expect(shards.handlers.assigned([COUNT])).rejects.toThrow('a whole number from 0 to 3');
    const wrong = new ScriptedShards(0);
    expect(() => new EngineWorld().make({ shards: wrong })).toThrow('from 1 to 65536');
  });
});
