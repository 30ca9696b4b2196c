import { describe, expect, test } from 'vitest';
import type { MarkToMarketEngine } from '../../../src/core/engine/mark-to-market-engine.js';
import type { MarkToMarketEngineOptions } from '../../../src/core/engine/mark-to-market-engine-options.js';
import { SHARDS_OWNED } from '../../../src/core/engine/shards/shards-owned-event.js';
import { shardOf } from '../../../src/core/shards/shard-of.js';
import { PortfolioFollower } from '../../../src/core/following/portfolio-follower.js';
import { PORTFOLIOS_VALUED } from '../../../src/core/engine/portfolio-valued-event.js';
import { EngineWorld, START, figures, portfolio, price } from './engine-world.js';
import { ScriptedShards, down, hanging, losing } from './scripted-parts.js';

const COUNT = 4;
const IDS = Array.from({ length: 40 }, (_, n) => `p${n}`);
const inShard = (...shards: number[]): string[] => IDS.filter((id) => shards.includes(shardOf(id, COUNT)));

interface Process {
  readonly engine: MarkToMarketEngine;
  readonly shards: ScriptedShards;
}

/** Processes on one store and one bus, first an owner of shards 0 and 1 and its standby. */
class StandbyWorld {
  readonly base = new EngineWorld();
  owner!: Process;
  standby!: Process;
  #time = START;

  static async of(options: Partial<MarkToMarketEngineOptions> = {}): Promise<StandbyWorld> {
    const world = new StandbyWorld();
    for (const id of IDS) await world.base.repository.save(portfolio(id, { A: 1 }));
    world.base.bus.subscribe(PORTFOLIOS_VALUED, (batch) => void world.base.batches.push(batch));
    world.owner = await world.join('owner');
    world.standby = await world.join('standby', options);
    await world.owner.shards.assign(0, 1);
    await world.standby.shards.assign(0, 1);
    await world.base.clock.advance(1_000);
    return world;
  }

  async join(role: 'owner' | 'standby', options: Partial<MarkToMarketEngineOptions> = {}): Promise<Process> {
    const shards = new ScriptedShards(COUNT);
    const engine = this.base.make({ name: role, role, shards, ...options });
    await engine.start();
    return { engine, shards };
  }

  /** A new price of A; returns it. */
  async tick(value: number): Promise<number> {
    await this.base.tick(price('A', value, ++this.#time));
    return value;
  }

  /** Ids of portfolios that are stored at this price. */
  async storedAt(value: number): Promise<string[]> {
    const stored = await this.base.repository.loadValuations(IDS);
    return IDS.filter((id) =>
      stored.some((each) => each.portfolioId === id && each.marketValue?.toNumber() === value),
    );
  }

  /** Ids of portfolios that a process has published since the last call. */
  published(name: 'owner' | 'standby'): string[] {
    const own = this.base.batches.filter(({ id }) => id.startsWith(`${name}-`));
    const ids = new Set(own.flatMap((batch) => batch.portfolios.map((each) => each.id)));
    this.base.batches.length = 0;
    return IDS.filter((id) => ids.has(id));
  }

  /** The owner is gone without a word: its lease or session ends later. */
  kill(): void {
    this.silence();
    this.owner.shards.handlers.lost([0, 1]);
  }

  /** Loses what owners say of their shards. */
  silence(): void {
    this.base.bus.scripts.set(SHARDS_OWNED, losing);
  }
}

describe('a standby', () => {
  test('loads and computes, and neither stores nor publishes while the owner values its shards', async () => {
    const world = await StandbyWorld.of();
    world.published('standby');
    for (let value = 20; value < 30; value++) {
      await world.tick(value);
      await world.base.clock.advance(500);
    }
    expect(world.published('standby')).toEqual([]);
    expect(world.standby.engine.stats()).toMatchObject({
      ...{ saved: 0, outdated: 0, conflict: 0, published: 0, unsaved: 0, unpublished: 0 },
      ...{ shards: 2, takenOver: 0, portfolios: inShard(0, 1).length },
    });
    expect(world.owner.engine.stats().takenOver).toBe(0);
    const { repository } = world.base;
    const prices = repository.counts.savePrices!;
    await world.standby.engine.flush();
    expect(repository.counts.savePrices).toBe(prices);
    expect(world.standby.engine.value(inShard(0)[0]!)?.marketValue?.toString()).toBe('29.00');
    expect(world.base.errors).toEqual([]);
  });

  test('stores and publishes all its values as soon as the owner has been silent for standbyAfterMs', async () => {
    const world = await StandbyWorld.of();
    world.kill();
    await world.tick(20);
    await world.base.clock.advance(700);
    expect(await world.storedAt(20)).toEqual([]);
    await world.base.clock.advance(400);
    expect(await world.storedAt(20)).toEqual(inShard(0, 1));
    expect(world.published('standby')).toEqual(inShard(0, 1));
    expect(world.standby.engine.stats()).toMatchObject({ takenOver: 2, unsaved: 0 });
    await world.tick(21);
    await world.base.clock.advance(200);
    expect(await world.storedAt(21)).toEqual(inShard(0, 1));
    expect(world.published('standby')).toEqual(inShard(0, 1));
    const [id] = inShard(0);
    const expected = await world.base.expected(id!, [price('A', 21, START + 2)]);
    expect(figures(await world.base.stored(id!))).toEqual(figures(expected));
  });

  test('standbyAfterMs says how long, for owners and standbys', async () => {
    const world = await StandbyWorld.of({ standbyAfterMs: 4_000 });
    world.kill();
    await world.tick(20);
    await world.base.clock.advance(3_700);
    expect(await world.storedAt(20)).toEqual([]);
    await world.base.clock.advance(400);
    expect(await world.storedAt(20)).toEqual(inShard(0, 1));
    const slow = new EngineWorld();
    const shards = new ScriptedShards(COUNT);
    let beats = 0;
    slow.bus.subscribe(SHARDS_OWNED, () => void beats++);
    await slow.start({ shards, standbyAfterMs: 4_000 });
    await slow.clock.advance(3_999);
    expect(beats).toBe(4);
  });

  test('stores the prices that it has received before it stores values, and none while it follows', async () => {
    const world = await StandbyWorld.of();
    const { repository } = world.base;
    world.kill();
    // Without the owner, no price is stored any more.
    await world.owner.engine.close();
    repository.counts.savePrices = 0;
    await world.tick(20);
    const pricesAtValues: number[] = [];
    const { saveValuations } = repository;
    repository.saveValuations = async (valuations) => {
      const [stored] = await repository.loadPrices();
      pricesAtValues.push(stored!.price.toNumber());
      return saveValuations.call(repository, valuations);
    };
    await world.base.clock.advance(2_000);
    expect(await world.storedAt(20)).toEqual(inShard(0, 1));
    expect(pricesAtValues[0]).toBe(20);
  });

  test('acts at once for a shard whose owner gives it up, while that stores its last values', async () => {
    const world = await StandbyWorld.of();
    await world.tick(20);
    await world.base.clock.advance(300);
    world.published('standby');
    world.base.repository.scripts.saveValuations = hanging;
    void world.owner.shards.handlers.revoked([1]);
    await world.base.clock.settle();
    expect(world.standby.engine.stats().takenOver).toBe(1);
    expect(world.published('standby')).toEqual(inShard(1));
    delete world.base.repository.scripts.saveValuations;
    // Until the calls that hang are given up.
    await world.base.clock.advance(40_000);
    await world.tick(21);
    await world.base.clock.advance(1_000);
    expect(await world.storedAt(21)).toEqual(inShard(0, 1));
    expect(world.standby.engine.stats().takenOver).toBe(1);
  });

  test('acts at once for all shards of an owner that closes', async () => {
    const world = await StandbyWorld.of();
    const closing = world.owner.engine.close();
    await world.tick(20);
    await world.base.clock.advance(1);
    expect(world.published('standby')).toEqual(inShard(0, 1));
    await world.base.clock.advance(300);
    await closing;
    expect(await world.storedAt(20)).toEqual(inShard(0, 1));
    expect(world.base.errors).toEqual([]);
  });

  test('acts at once for a shard that a new owner has yet to load, and follows when that has loaded it', async () => {
    const world = await StandbyWorld.of();
    const { repository, clock } = world.base;
    const next = await world.join('owner', { name: 'next' });
    repository.scripts.stream = down;
    void next.shards.assign(1);
    await clock.settle();
    world.owner.shards.handlers.lost([1]);
    await clock.settle();
    expect(world.standby.engine.stats().takenOver).toBe(1);
    await world.tick(20);
    await clock.advance(300);
    expect(await world.storedAt(20)).toEqual(inShard(0, 1));
    delete repository.scripts.stream;
    await clock.advance(10_000);
    expect(next.engine.stats().portfolios).toBe(inShard(1).length);
    expect(world.standby.engine.stats().takenOver).toBe(0);
    const { saved } = world.standby.engine.stats();
    await world.tick(21);
    await clock.advance(300);
    expect(await world.storedAt(21)).toEqual(inShard(0, 1));
    expect(world.standby.engine.stats().saved).toBe(saved);
  });

  test('stores nothing of what still waits when an owner is back', async () => {
    const world = await StandbyWorld.of();
    const { repository, bus, clock } = world.base;
    world.silence();
    repository.scripts.saveValuations = down;
    bus.scripts.set(PORTFOLIOS_VALUED, down);
    await world.tick(20);
    await clock.advance(3_000);
    const { stats } = world.standby.engine;
    expect(stats.call(world.standby.engine)).toMatchObject({ takenOver: 2, unsaved: inShard(0, 1).length });
    bus.scripts.delete(SHARDS_OWNED);
    await clock.advance(300);
    expect(stats.call(world.standby.engine)).toMatchObject({ takenOver: 0, unsaved: 0 });
    delete repository.scripts.saveValuations;
    bus.scripts.delete(PORTFOLIOS_VALUED);
    world.published('standby');
    await clock.advance(10_000);
    expect(stats.call(world.standby.engine)).toMatchObject({
      saved: 0,
      outdated: 0,
      published: 0,
      unpublished: 0,
    });
    expect(world.published('standby')).toEqual([]);
    expect(await world.storedAt(20)).toEqual(inShard(0, 1));
  });

  test('stores nothing of one shard while it acts for another one', async () => {
    const world = await StandbyWorld.of();
    const { repository, clock } = world.base;
    world.silence();
    repository.scripts.saveValuations = down;
    await world.tick(20);
    await clock.advance(3_000);
    void world.owner.shards.handlers.revoked([1]);
    await clock.advance(5_000);
    world.base.bus.scripts.delete(SHARDS_OWNED);
    await clock.advance(300);
    expect(world.standby.engine.stats().takenOver).toBe(1);
    delete repository.scripts.saveValuations;
    await clock.advance(5_000);
    expect(world.standby.engine.stats()).toMatchObject({
      ...{ saved: inShard(1).length, outdated: 0, unsaved: 0 },
    });
    expect(await world.storedAt(20)).toEqual(inShard(0, 1));
  });

  test('a value that its emission policy held back is not published when an owner is back', async () => {
    const emission = { minChange: 100, maxAgeMs: 20_000 };
    const world = await StandbyWorld.of({ emission });
    world.silence();
    await world.tick(20);
    await world.base.clock.advance(3_000);
    expect(world.published('standby')).toEqual(inShard(0, 1));
    await world.tick(21);
    await world.base.clock.advance(100);
    world.base.bus.scripts.delete(SHARDS_OWNED);
    await world.base.clock.advance(300);
    world.published('standby');
    await world.base.clock.advance(30_000);
    expect(world.published('standby')).toEqual([]);
    // When it acts again, all values are published, however small their change, and however young the last ones.
    for (let time = 0; time < 2; time++) {
      world.silence();
      await world.base.clock.advance(2_000);
      expect(world.published('standby')).toEqual(inShard(0, 1));
      world.base.bus.scripts.delete(SHARDS_OWNED);
      await world.base.clock.advance(300);
    }
  });

  test('has taken over what it still loads: the portfolios are stored as they are loaded', async () => {
    const world = await StandbyWorld.of();
    await world.tick(20);
    let isOpen = false;
    world.base.repository.scripts.stream = (proceed) => (isOpen ? proceed() : down(proceed));
    void world.standby.shards.assign(2);
    await world.base.clock.advance(5_000);
    expect(world.standby.engine.stats().takenOver).toBe(1);
    isOpen = true;
    await world.base.clock.advance(10_000);
    expect(await world.storedAt(20)).toEqual(inShard(0, 1, 2));
  });

  test('drops a shard that its group takes away, and acts for it no longer', async () => {
    const world = await StandbyWorld.of();
    world.kill();
    await world.base.clock.advance(2_000);
    await world.standby.shards.handlers.revoked([0]);
    expect(world.standby.engine.stats()).toMatchObject({ shards: 1, takenOver: 1 });
    world.standby.shards.handlers.lost([1]);
    expect(world.standby.engine.stats()).toMatchObject({ shards: 0, takenOver: 0, portfolios: 0 });
  });

  test('owns the shards for which it acts, since it took them over, for the totals of a firm', async () => {
    const world = await StandbyWorld.of();
    expect(world.standby.engine.ownedShards()).toEqual([]);
    world.kill();
    await world.base.clock.advance(2_000);
    const owned = world.standby.engine.ownedShards();
    expect(owned.map(({ shard }) => shard)).toEqual([0, 1]);
    for (const { since } of owned) expect(since).toBeGreaterThan(START + 1_500);
  });

  test("with publish: 'followed' publishes what is followed, and only while it acts", async () => {
    const world = await StandbyWorld.of({ publish: 'followed' });
    const { bus, clock } = world.base;
    const follower = new PortfolioFollower({ bus, clock });
    const [id, other] = inShard(1);
    follower.follow(id!);
    await clock.advance(1_000);
    world.published('standby');
    await world.tick(20);
    await clock.advance(300);
    expect(world.published('standby')).toEqual([]);
    world.kill();
    await clock.advance(2_000);
    expect(world.published('standby')).toEqual([id]);
    expect(await world.storedAt(20)).toEqual(inShard(0, 1));
    follower.follow(other!);
    await clock.advance(1_000);
    expect(world.published('standby')).toContain(other);
    follower.close();
  });

  test('stores a trade while it acts', async () => {
    const world = await StandbyWorld.of();
    world.kill();
    await world.tick(20);
    await world.base.clock.advance(2_000);
    const [id] = inShard(1);
    await world.base.editor.update(id!, (held) => held.buy('A', 2, 10));
    await world.base.clock.advance(500);
    expect(await world.storedAt(60)).toEqual([id]);
  });

  test('close() stores what it acts for, reports nothing that it only follows, and leaves no timer', async () => {
    for (const isActing of [true, false]) {
      const world = await StandbyWorld.of();
      if (isActing) {
        world.kill();
        await world.base.clock.advance(2_000);
      }
      await world.owner.engine.close();
      if (!isActing) world.base.bus.scripts.set(SHARDS_OWNED, losing);
      await world.tick(20);
      const closing = world.standby.engine.close();
      await world.base.clock.advance(100);
      await closing;
      if (isActing) expect(await world.storedAt(20)).toEqual(inShard(0, 1));
      expect(world.base.errors).toEqual([]);
      expect(world.base.clock.pending).toBe(0);
    }
  });

  test('flush() says that another engine stores, unless it acts', async () => {
    const world = await StandbyWorld.of();
    await world.tick(20);
    expect(await world.standby.engine.flush()).toMatchObject({ lockedOut: true, stored: 0, unstored: 0 });
    world.kill();
    await world.base.clock.advance(2_000);
    expect(await world.standby.engine.flush()).toMatchObject({ lockedOut: false, unstored: 0 });
  });

  test.each<[Partial<MarkToMarketEngineOptions>, string]>([
    [{ role: 'standby' }, "MarkToMarketEngine: shards, with role 'standby': expected a ShardAssignment"],
    [
      { role: 'leader' as 'owner' },
      "MarkToMarketEngine: role: expected 'owner' or 'standby', got \"leader\"",
    ],
    [{ standbyAfterMs: 99 }, 'standbyAfterMs: expected a number from 100 to 600000, got 99'],
  ])('%j is refused', (options, message) => {
    expect(() => new EngineWorld().make(options)).toThrow(message);
  });
});

describe('an owner', () => {
  test('says at once what it has been assigned, has loaded and has lost', async () => {
    const world = new EngineWorld();
    for (const id of IDS) await world.repository.save(portfolio(id, { A: 1 }));
    const said: string[] = [];
    world.bus.subscribe(SHARDS_OWNED, ({ loaded, loading, shardCount }) => {
      said.push(`${loaded.join()} of ${shardCount}, loading ${loading.join()}`);
    });
    const shards = new ScriptedShards(COUNT);
    await world.start({ shards });
    await shards.assign(2, 3);
    await world.clock.settle();
    shards.handlers.lost([2]);
    await world.clock.settle();
    const revoked = shards.handlers.revoked([3]);
    await world.clock.advance(100);
    await revoked;
    await shards.handlers.assigned([3]);
    await world.clock.settle();
    const closing = world.engine.close();
    await world.clock.advance(100);
    await closing;
    expect(said).toEqual([
      ' of 4, loading ',
      ' of 4, loading 2,3',
      '2,3 of 4, loading ',
      '3 of 4, loading ',
      // At the beginning and at the end of giving it up.
      ' of 4, loading ',
      ' of 4, loading ',
      ' of 4, loading 3',
      '3 of 4, loading ',
      ' of 4, loading ',
      ' of 4, loading ',
    ]);
    expect(world.clock.pending).toBe(0);
  });

  test('does not own a shard that was lost and assigned again at once, until it is loaded again', async () => {
    const world = new EngineWorld();
    for (const id of IDS) await world.repository.save(portfolio(id, { A: 1 }));
    const shards = new ScriptedShards(COUNT);
    await world.start({ shards });
    world.repository.scripts.stream = hanging;
    void shards.assign(1);
    shards.handlers.lost([1]);
    void shards.assign(1);
    await world.clock.advance(100);
    expect(world.engine.ownedShards()).toEqual([]);
  });

  test('says nothing without shards', async () => {
    const world = new EngineWorld();
    let said = 0;
    world.bus.subscribe(SHARDS_OWNED, () => void said++);
    await world.start();
    await world.clock.advance(2_000);
    expect(said).toBe(0);
  });

  test('says nothing more when it could not take part', async () => {
    const world = new EngineWorld();
    const shards = new ScriptedShards(COUNT);
    shards.onStart = () => Promise.reject(new Error('not a member'));
    let said = 0;
    world.bus.subscribe(SHARDS_OWNED, () => void said++);
    await expect(world.start({ shards })).rejects.toThrow('not a member');
    await world.clock.advance(2_000);
    expect(said).toBe(1);
  });
});
