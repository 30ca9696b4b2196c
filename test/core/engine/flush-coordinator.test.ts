import { describe, expect, test } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { RepositoryError } from '../../../src/core/errors.js';
import { BUS_GAP } from '../../../src/core/messaging/event-bus.js';
import { PRICES_CHANGED } from '../../../src/core/prices/price-changed-event.js';
import { PORTFOLIOS_VALUED } from '../../../src/core/engine/portfolio-valued-event.js';
import { InMemoryLock } from '../../../src/memory/in-memory-lock.js';
import { EngineWorld, START, portfolio, price } from './engine-world.js';
import { down, hanging, lockOf, type Script } from './scripted-parts.js';

const many = (count: number) => Array.from({ length: count }, (_, at) => portfolio(`p${at}`, { A: at + 1 }));
const KEY = 'tickmark/valuations';

async function settled<Result>(world: EngineWorld, work: Promise<Result>, ms = 1000): Promise<Result> {
  await world.clock.advance(ms);
  return work;
}

/** Calls of the store take 200 ms; after `times` calls they hang. */
function slow(world: EngineWorld, times = Infinity): Script {
  return async (proceed) => {
    if (times-- <= 0) return hanging(proceed);
    await sleep(world.clock, 200);
    return proceed();
  };
}

describe('flush()', () => {
  test('returns what it has stored and published', async () => {
    const world = await EngineWorld.of(many(3), { persistMs: 60_000 });
    expect(await settled(world, world.engine.flush())).toMatchObject({ stored: 3, unstored: 0 });
    await world.tick(price('A', 1));
    expect(await settled(world, world.engine.flush())).toEqual({
      stored: 3,
      unstored: 0,
      published: 0,
      unpublished: 0,
      lockedOut: false,
    });
  });

  test('returns what a store and a bus that are down have not taken', async () => {
    const world = await EngineWorld.of(many(3), { persistMs: 60_000 });
    await settled(world, world.engine.flush());
    world.repository.scripts.saveValuations = down;
    world.bus.scripts.set(PORTFOLIOS_VALUED, down);
    await world.tick(price('A', 1));
    expect(await settled(world, world.engine.flush(), 10)).toEqual({
      stored: 0,
      unstored: 3,
      published: 0,
      unpublished: 3,
      lockedOut: false,
    });
  });

  test('counts refused values as unstored', async () => {
    const world = await EngineWorld.of(many(20));
    await world.clock.advance(1000);
    const save = world.repository.saveValuations.bind(world.repository);
    world.repository.saveValuations = async (records) => {
      if (records.some(({ portfolioId }) => portfolioId === 'p3'))
        throw new RepositoryError('CHECK', { retryable: false });
      return save(records);
    };
    await world.tick(price('A', 1));
    expect(await settled(world, world.engine.flush())).toMatchObject({ stored: 19, unstored: 1 });
  });

  test('of an engine that is locked out returns that, and tries to acquire the lock first', async () => {
    const world = new EngineWorld();
    const lock = new InMemoryLock({ clock: world.clock });
    for (const each of many(3)) await world.repository.save(each);
    const other = await lock.acquire(KEY, { ttlMs: 60_000 });
    await world.start({ lock });
    await world.tick(price('A', 1));
    expect(await settled(world, world.engine.flush())).toMatchObject({
      stored: 0,
      unstored: 3,
      unpublished: 0,
      lockedOut: true,
    });
    await other.release();
    expect(await settled(world, world.engine.flush(), 0)).toMatchObject({
      stored: 3,
      unstored: 0,
      lockedOut: false,
    });
    await lock.close();
  });
});

describe('close()', () => {
  test('stores a large backlog, however long that takes, while there is progress', async () => {
    const world = await EngineWorld.of(many(300), { saveBatchSize: 10, saveConcurrency: 1 });
    await world.clock.advance(1000);
    world.repository.scripts.saveValuations = slow(world);
    await world.tick(price('A', 2));
    const closed = world.engine.close();
    await settled(world, closed, 7000);
    expect((await world.stored('p299'))!.marketValue!.toString()).toBe('600.00');
    expect(world.codes()).toEqual([]);
    expect(world.clock.pending).toBe(0);
  });

  test('ends without progress, and reports in one error how many values were not stored, and of which portfolios', async () => {
    const world = await EngineWorld.of(many(300), { saveBatchSize: 10, saveConcurrency: 1 });
    await world.clock.advance(1000);
    world.repository.scripts.saveValuations = slow(world, 10);
    await world.tick(price('A', 2));
    let isClosed = false;
    const closed = world.engine.close().then(() => (isClosed = true));
    await world.clock.advance(2999);
    expect(isClosed).toBe(false);
    await settled(world, closed, 1);
    expect(world.errors.map(({ code, message }) => [code, message])).toEqual([
      [
        'REPOSITORY_FAILED',
        'Closed with 200 values not known to be stored (of "p100", "p101", "p102", "p103", "p104", …).',
      ],
    ]);
    expect(world.clock.pending).toBe(0);
  });

  test('ends at its ceiling despite progress', async () => {
    const world = await EngineWorld.of(many(300), { saveBatchSize: 10, saveConcurrency: 1 });
    await world.clock.advance(1000);
    world.repository.scripts.saveValuations = slow(world);
    await world.tick(price('A', 2));
    let isClosed = false;
    const closed = world.engine.close({ ceilingMs: 2000 }).then(() => (isClosed = true));
    await world.clock.advance(1999);
    expect(isClosed).toBe(false);
    await settled(world, closed, 1);
    expect(world.errors.at(-1)!.message).toMatch(/^Closed with 2[01]0 values not known to be stored/);
    await expect(world.engine.close({ ceilingMs: NaN })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('retries a failing store until its time is over', async () => {
    const world = await EngineWorld.of(many(2));
    await world.clock.advance(1000);
    world.repository.scripts.saveValuations = down;
    await world.tick(price('A', 2));
    const closed = world.engine.close();
    await world.clock.advance(600);
    world.repository.scripts.saveValuations = undefined;
    await settled(world, closed, 400);
    expect((await world.stored('p1'))!.marketValue!.toString()).toBe('4.00');
    expect(world.errors.some(({ message }) => message.startsWith('Closed'))).toBe(false);
  });

  test('reports what the bus has not taken', async () => {
    const world = await EngineWorld.of(many(2));
    await world.clock.advance(1000);
    world.bus.scripts.set(PORTFOLIOS_VALUED, hanging);
    await world.tick(price('A', 2));
    await settled(world, world.engine.close());
    expect(world.errors.map(({ code, message }) => [code, message])).toEqual([
      ['BUS_FAILED', 'Closed with 2 values not known to be published.'],
    ]);
  });

  test('of an engine that is locked out ends at once, and reports nothing', async () => {
    const world = new EngineWorld();
    const lock = new InMemoryLock({ clock: world.clock });
    for (const each of many(3)) await world.repository.save(each);
    const other = await lock.acquire(KEY, { ttlMs: 60_000 });
    await world.start({ lock });
    await world.tick(price('A', 1));
    await settled(world, world.engine.close(), 0);
    expect(world.codes()).toEqual([]);
    await other.release();
    await lock.close();
    expect(world.clock.pending).toBe(0);
  });
});

describe('the lock of an engine', () => {
  test('that does not answer delays no round of saves', async () => {
    let isDown = false;
    const inner = new InMemoryLock();
    const lock = lockOf((key, options) =>
      isDown ? new Promise(() => undefined) : inner.acquire(key, options),
    );
    const world = await EngineWorld.of(many(2), { lock, leaseMs: 500 });
    await world.clock.advance(500);
    isDown = true;
    await inner.close();
    // The lease has expired, and the lock does not answer.
    await world.clock.advance(3000);
    const before = world.repository.counts.saveValuations!;
    for (let at = 1; at <= 50; at++) {
      await world.tick(price('A', at, START + at));
      await world.clock.advance(100);
    }
    expect(world.repository.counts.saveValuations! - before).toBeGreaterThan(20);
  });

  test('is kept through a round of saves that takes many times as long as the lease', async () => {
    const world = new EngineWorld();
    const lock = new InMemoryLock({ clock: world.clock });
    for (const each of many(200)) await world.repository.save(each);
    const options = { lock, leaseMs: 1000, saveBatchSize: 10, saveConcurrency: 1 };
    const one = world.make(options);
    await one.start();
    await world.clock.advance(500);
    const two = world.make(options);
    await two.start();
    world.repository.scripts.saveValuations = async (proceed) => {
      await sleep(world.clock, 3000);
      return proceed();
    };
    await world.tick(price('A', 1));
    await world.clock.advance(60_300);
    expect(one.stats()).toMatchObject({ unsaved: 0, standby: 0 });
    expect(two.stats()).toMatchObject({ saved: 0, outdated: 0, unsaved: 0, standby: 200 });
    expect(lock.stats()).toMatchObject({ granted: 1, lost: 0 });
    await Promise.all([settled(world, one.close(), 4000), two.close({ timeoutMs: 0 })]);
    await lock.close();
  });

  test('is released when the bus has lost prices, until the next price comes', async () => {
    const world = new EngineWorld();
    const lock = new InMemoryLock({ clock: world.clock });
    await world.repository.save(portfolio('p', { A: 1 }));
    await world.start({ lock });
    await world.tick(price('A', 1));
    await world.clock.advance(1000);
    const gap = (types: readonly string[]) =>
      world.bus.publish({ type: BUS_GAP, id: 'g', occurredAt: 1, types, lost: null } as never);
    await gap(['other']);
    await world.clock.advance(1000);
    expect(lock.stats().held).toBe(1);
    await gap([PRICES_CHANGED]);
    await world.clock.advance(250);
    expect(lock.stats().held).toBe(0);
    const other = await lock.acquire(KEY, { ttlMs: 1000, waitMs: 0 });
    await other.release();
    await world.tick(price('A', 2, START + 1));
    await world.clock.advance(2000);
    expect(lock.stats().held).toBe(1);
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('2.00');
    await lock.close();
  });
});
