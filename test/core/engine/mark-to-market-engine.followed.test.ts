import { describe, expect, test } from 'vitest';
import { PortfolioFollower } from '../../../src/core/following/portfolio-follower.js';
import { EngineWorld, START, portfolio, price } from './engine-world.js';

const portfolios = ['a', 'b', 'c'].map((id) => portfolio(id, { A: 1 }));

describe("an engine with publish: 'followed'", () => {
  async function followedWorld(): Promise<{ world: EngineWorld; follower: PortfolioFollower }> {
    const world = await EngineWorld.of(portfolios, { publish: 'followed' });
    const { bus, clock } = world;
    const follower = new PortfolioFollower({ bus, clock, random: () => 0 });
    return { world, follower };
  }

  test('values and stores everything, and publishes what somebody follows', async () => {
    const { world, follower } = await followedWorld();
    await world.tick(price('A', 20));
    await world.clock.advance(1000);
    expect(world.batches).toEqual([]);
    follower.follow('b');
    await world.clock.advance(0);
    // Its current value, although nothing has moved.
    expect(world.events('b').map(({ marketValue }) => String(marketValue))).toEqual(['20.00']);
    await world.tick(price('A', 21, START + 1));
    await world.clock.advance(1000);
    expect(world.events('b').map(({ marketValue }) => String(marketValue))).toEqual(['20.00', '21.00']);
    expect(world.batches.flatMap((batch) => [...batch])).toHaveLength(2);
    for (const id of ['a', 'b', 'c'])
      expect((await world.stored(id))?.marketValue?.toString(), id).toBe('21.00');
    expect(world.engine.stats()).toMatchObject({ followed: 1, published: 2 });
    expect(world.errors).toEqual([]);
  });

  test('stops publishing a portfolio when its follower is gone, and publishes its value when it is back', async () => {
    const { world, follower } = await followedWorld();
    const unfollow = follower.follow('a');
    await world.clock.advance(0);
    await world.tick(price('A', 20));
    await world.clock.advance(0);
    unfollow();
    await world.clock.advance(31_000);
    const before = world.events('a').length;
    await world.tick(price('A', 22, world.clock.now()));
    await world.clock.advance(1000);
    expect(world.events('a')).toHaveLength(before);
    follower.follow('a');
    await world.clock.advance(0);
    expect(world.events('a').at(-1)?.marketValue?.toString()).toBe('22.00');
  });

  test('an emission policy does not hold back the first value of somebody who follows', async () => {
    const world = await EngineWorld.of(portfolios, { publish: 'followed', emission: { minChange: 100 } });
    const follower = new PortfolioFollower({ bus: world.bus, clock: world.clock, random: () => 0 });
    await world.tick(price('A', 20));
    const unfollow = follower.follow('a');
    await world.clock.advance(0);
    unfollow();
    await world.clock.advance(31_000);
    follower.follow('a');
    await world.clock.advance(0);
    expect(world.events('a').map(({ marketValue }) => String(marketValue))).toEqual(['20.00', '20.00']);
  });

  test('an engine that starts later hears at once who is followed', async () => {
    const { world, follower } = await followedWorld();
    follower.follow('c');
    await world.clock.advance(0);
    const closed = world.engine.close();
    await world.clock.advance(2000);
    await closed;
    world.batches.length = 0;
    await world.make({ publish: 'followed' }).start();
    await world.clock.advance(0);
    await world.tick(price('A', 23, START + 5));
    await world.clock.advance(0);
    expect(world.events('c').at(-1)?.marketValue?.toString()).toBe('23.00');
    expect(world.events('a')).toEqual([]);
  });

  test('a portfolio that does not exist yet is published when it is made', async () => {
    const { world, follower } = await followedWorld();
    follower.follow('later');
    await world.tick(price('A', 20));
    await world.editor.create(portfolio('later', { A: 2 }));
    await world.clock.advance(1000);
    expect(world.events('later').at(-1)?.marketValue?.toString()).toBe('40.00');
  });

  test('refuses another word', () => {
    const world = new EngineWorld();
    expect(() => world.make({ publish: 'none' as never })).toThrow(
      "MarkToMarketEngine: publish: expected 'all' or 'followed'",
    );
  });
});
