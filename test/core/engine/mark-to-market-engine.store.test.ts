import { describe, expect, test } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { LockError } from '../../../src/core/errors.js';
import type { ValuationOutcome, ValuationRecord } from '../../../src/core/portfolio/portfolio-repository.js';
import { lastPrice, type PricePolicy } from '../../../src/core/book/price-policy.js';
import { InMemoryLock } from '../../../src/memory/in-memory-lock.js';
import { EngineWorld, START, figures, portfolio, price } from './engine-world.js';
import { ScriptedRepository, down, hanging, lockOf, throwing } from './scripted-parts.js';

const many = (count: number) => Array.from({ length: count }, (_, at) => portfolio(`p${at}`, { A: at + 1 }));

describe('the repository', () => {
  test.each([
    ['rejects', down],
    ['throws', throwing],
  ])(
    'that %s gets the newest values when it works again, and no queue grows until then',
    async (_, script) => {
      const world = await EngineWorld.of(many(20));
      await world.clock.advance(1000);
      world.repository.scripts.saveValuations = script;
      world.repository.scripts.savePrices = script;
      for (let i = 1; i <= 100; i++) {
        await world.tick(price('A', i, START + i));
        await world.clock.advance(100);
      }
      await world.clock.advance(10_000);
      expect(new Set(world.codes())).toEqual(new Set(['REPOSITORY_FAILED']));
      expect(world.engine.stats()).toMatchObject({ unsaved: 20 });
      expect(world.engine.stats().saveFailures).toBe(world.errors.length);
      // With backoff; five rounds a second would be a hundred.
      expect(world.repository.counts.saveValuations).toBeLessThan(30);
      world.repository.scripts.saveValuations = undefined;
      world.repository.scripts.savePrices = undefined;
      await world.clock.advance(6000);
      expect(world.engine.stats().unsaved).toBe(0);
      expect(figures(await world.stored('p3'))).toEqual(
        figures(await world.expected('p3', [price('A', 100, START + 100)])),
      );
      expect((await world.repository.loadPrices())[0]).toMatchObject({ timestamp: START + 100 });
    },
  );

  test('whose save never settles is reported after 30 s and called again', async () => {
    const world = await EngineWorld.of(many(3));
    await world.clock.advance(1000);
    world.repository.scripts.saveValuations = hanging;
    await world.tick(price('A', 1));
    await world.clock.advance(200);
    await world.tick(price('A', 2, START + 1));
    await world.clock.advance(29_000);
    expect(world.codes()).toEqual([]);
    world.repository.scripts.saveValuations = undefined;
    await world.clock.advance(10_000);
    expect(world.errors[0]).toMatchObject({
      code: 'REPOSITORY_FAILED',
      retryable: true,
      cause: { code: 'TIMEOUT' },
    });
    expect((await world.stored('p0'))!.marketValue!.toString()).toBe('2.00');
  });

  test('that hangs on savePrices() still gets valuations', async () => {
    const world = await EngineWorld.of(many(3));
    world.repository.scripts.savePrices = hanging;
    await world.tick(price('A', 1));
    await world.clock.advance(1000);
    expect((await world.stored('p0'))!.marketValue!.toString()).toBe('1.00');
  });

  test('that answers too late replaces nothing newer', async () => {
    const world = await EngineWorld.of(many(1));
    await world.clock.advance(1000);
    const late: Array<() => Promise<void>> = [];
    world.repository.scripts.saveValuations = (proceed) =>
      new Promise((resolve) => late.push(async () => resolve(await proceed())));
    await world.tick(price('A', 1));
    await world.clock.advance(300);
    world.repository.scripts.saveValuations = undefined;
    await world.tick(price('A', 2, START + 1));
    await world.clock.advance(40_000);
    expect((await world.stored('p0'))!.marketValue!.toString()).toBe('2.00');
    for (const land of late) await land();
    await world.clock.advance(1000);
    expect((await world.stored('p0'))!.marketValue!.toString()).toBe('2.00');
  });

  test('that returns a wrong number of outcomes is reported, and the values are kept', async () => {
    class TooFew extends ScriptedRepository {
      isBroken = true;
      override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
        const outcomes = await super.saveValuations(valuations);
        return this.isBroken ? outcomes.slice(1) : outcomes;
      }
    }
    const repository = new TooFew();
    const world = new EngineWorld();
    for (const each of many(3)) await repository.save(each);
    await world.start({ repository });
    await world.clock.advance(1000);
    expect(world.codes()).toContain('REPOSITORY_FAILED');
    expect(world.engine.stats()).toMatchObject({ unsaved: 3, saved: 0 });
    repository.isBroken = false;
    await world.clock.advance(10_000);
    expect(world.engine.stats().unsaved).toBe(0);
  });

  test('that wrongly reports a conflict gets the value again until it saves it', async () => {
    class Stubborn extends ScriptedRepository {
      left = 5;
      override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
        if (this.left-- > 0) return valuations.map(() => 'conflict');
        return super.saveValuations(valuations);
      }
    }
    const repository = new Stubborn();
    const world = new EngineWorld();
    await repository.save(portfolio('p', { A: 1 }));
    await world.start({ repository });
    await world.tick(price('A', 1));
    await world.clock.advance(3000);
    expect((await repository.loadValuations(['p']))[0]!.marketValue!.toString()).toBe('1.00');
  });

  test('that is slow gets newer values, not more of them', async () => {
    const world = await EngineWorld.of(many(2));
    world.repository.scripts.saveValuations = async (proceed) => {
      await sleep(world.clock, 1000);
      return proceed();
    };
    for (let i = 1; i <= 500; i++) {
      await world.tick(price('A', i, START + i));
      await world.clock.advance(10);
    }
    expect(world.repository.counts.saveValuations).toBeLessThan(10);
    await world.clock.advance(5000);
    expect((await world.stored('p1'))!.marketValue!.toString()).toBe('1000.00');
  });

  test('gets sets of values, a few at a time', async () => {
    const world = await EngineWorld.of(many(25), { saveBatchSize: 10, saveConcurrency: 2 });
    await world.clock.advance(1000);
    let underWay = 0;
    let most = 0;
    world.repository.scripts.saveValuations = async (proceed) => {
      most = Math.max(most, ++underWay);
      await sleep(world.clock, 10);
      underWay--;
      return proceed();
    };
    world.repository.offered.length = 0;
    await world.tick(price('A', 1));
    await world.clock.advance(1000);
    expect(world.repository.offered.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(most).toBe(2);
  });

  test('is called in one round for all flush() calls made at once', async () => {
    const lock = new InMemoryLock();
    const world = await EngineWorld.of(many(3), { lock, persistMs: 60_000 });
    let underWay = 0;
    let most = 0;
    world.repository.scripts.saveValuations = async (proceed) => {
      most = Math.max(most, ++underWay);
      await sleep(world.clock, 10);
      underWay--;
      return proceed();
    };
    await world.tick(price('A', 2));
    const flushed = Promise.all([world.engine.flush(), world.engine.flush(), world.engine.flush()]);
    await world.clock.advance(1000);
    await flushed;
    expect(most).toBe(1);
    expect(world.engine.stats().lockedOut).toBe(0);
    expect((await world.stored('p0'))!.marketValue!.toString()).toBe('2.00');
    await lock.close();
  });

  test.each([
    ['saveBatchSize', 0],
    ['saveConcurrency', 0],
    ['persistMs', Number.NaN],
  ] as const)('is not waited for with %s %d, which is rejected', (name, value) => {
    expect(() => new EngineWorld().make({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

describe('a callback that throws', () => {
  test('does not stop the engine', async () => {
    const boom = () => {
      throw new Error('callback');
    };
    const world = await EngineWorld.of(many(2), { onError: boom, onProgress: boom, onNewSymbols: boom });
    world.repository.scripts.saveValuations = down;
    await world.tick(price('A', 2));
    await world.clock.advance(1000);
    await world.editor.create(portfolio('new', { N: 1 }));
    world.repository.scripts.saveValuations = undefined;
    await world.clock.advance(5000);
    expect((await world.stored('p0'))!.marketValue!.toString()).toBe('2.00');
    expect(await world.stored('new')).toBeDefined();
  });

  test('in the price policy leaves that symbol unpriced, is reported, and affects no other symbol', async () => {
    let isBroken = true;
    const policy: PricePolicy = {
      name: 'own',
      choose: (quote, side) => {
        if (isBroken && quote.symbol === 'B') throw new Error('no such symbol');
        return lastPrice.choose(quote, side);
      },
    };
    const world = await EngineWorld.of(
      [portfolio('ab', { A: 1, B: 1 }), portfolio('c', { C: 1 }), portfolio('short', { B: -1 })],
      { policy },
    );
    await world.tick(price('A', 1), price('B', 2), price('C', 3));
    expect(world.events('c').at(-1)!.marketValue!.toString()).toBe('3.00');
    expect(world.events('ab').at(-1)).toMatchObject({ marketValue: null, complete: false });
    expect(world.errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'HANDLER_FAILED The price policy threw: long positions of "B" are unpriced.',
      'HANDLER_FAILED The price policy threw: short positions of "B" are unpriced.',
    ]);
    expect(world.errors[0]!.cause).toEqual(new Error('no such symbol'));
    expect(world.engine.value('ab')!.priced.marketValue.toString()).toBe('1.00');
    isBroken = false;
    await world.tick(price('B', 4, START + 1));
    expect(world.events('ab').at(-1)!.marketValue!.toString()).toBe('5.00');
    expect(world.events('short').at(-1)!.marketValue!.toString()).toBe('-4.00');
  });

  test('is reported with HANDLER_FAILED', async () => {
    const world = await EngineWorld.of(many(1), {
      onProgress: () => {
        throw new Error('progress');
      },
      onNewSymbols: () => {
        throw new Error('symbols');
      },
    });
    expect(world.codes()).toEqual(['HANDLER_FAILED', 'HANDLER_FAILED']);
  });
});

describe('loading the portfolios at the start', () => {
  test('reports its progress', async () => {
    const progress: Array<[number, boolean]> = [];
    const world = new EngineWorld();
    for (const each of many(2500)) await world.repository.save(each);
    const engine = world.make({
      onProgress: ({ portfolios, done }) => void progress.push([portfolios, done]),
    });
    const started = engine.start();
    await world.clock.advance(0);
    await started;
    expect(progress).toEqual([
      [1000, false],
      [2000, false],
      [2500, true],
    ]);
  });

  test.each(['stream', 'loadPrices'] as const)(
    'rejects with REPOSITORY_FAILED when %s fails, and can be retried',
    async (call) => {
      const world = new EngineWorld();
      await world.repository.save(portfolio('p', { A: 1 }));
      world.repository.scripts[call] = down;
      const engine = world.make();
      await expect(engine.start()).rejects.toMatchObject({ code: 'REPOSITORY_FAILED', retryable: true });
      expect(world.bus.stats().subscriptions).toBe(0);
      world.repository.scripts[call] = undefined;
      await engine.start();
      expect(engine.value('p')).not.toBeNull();
      expect(world.bus.stats().subscriptions).toBe(8);
    },
  );

  test.each(['stream', 'loadPrices'] as const)('can be aborted and closed while %s hangs', async (call) => {
    for (const end of ['ABORTED', 'CLOSED']) {
      const world = new EngineWorld();
      await world.repository.save(portfolio('p', { A: 1 }));
      world.repository.scripts[call] = hanging;
      const engine = world.make();
      const abort = new AbortController();
      const started = engine.start({ signal: abort.signal });
      started.catch(() => undefined);
      await world.clock.advance(1000);
      if (end === 'ABORTED') abort.abort();
      else await engine.close();
      await expect(started).rejects.toMatchObject({ code: end });
      await engine.close();
      expect(world.clock.pending).toBe(0);
      expect(world.bus.stats().subscriptions).toBe(0);
    }
  });

  test('keeps holdings that were loaded in between, not older ones of the stream', async () => {
    const world = new EngineWorld();
    await world.repository.save(portfolio('p', { A: 1 }));
    await world.repository.save(portfolio('q', { A: 1 }));
    world.repository.scripts.stream = async (proceed) => {
      const held = await proceed();
      world.repository.scripts.stream = undefined;
      await sleep(world.clock, 100);
      return held;
    };
    const started = world.start();
    await world.clock.advance(50);
    await world.editor.update('p', (held) => held.buy('A', 1, 10));
    await world.clock.settle();
    expect(world.engine.value('p')).toMatchObject({ version: 2 });
    await world.clock.advance(100);
    await started;
    expect(world.engine.value('p')).toMatchObject({ version: 2 });
    expect(world.events('p').map(({ version }) => version)).toEqual([2]);
  });
});

describe('stored prices', () => {
  test('value the portfolios after a restart, graded stale and of kind stored, until a tick replaces them', async () => {
    const first = await EngineWorld.of(many(1));
    await first.tick(price('A', 7, START, { previousClose: 6, currency: 'USD' }));
    await first.clock.advance(1000);
    const world = new EngineWorld();
    await world.repository.save(portfolio('p', { A: 2 }));
    await world.repository.savePrices(await first.repository.loadPrices());
    await world.start({ detail: 'positions' });
    const restored = world.events('p').at(-1)!;
    expect(restored.marketValue!.toString()).toBe('14.00');
    expect(restored.valuation!.positions[0]).toMatchObject({
      grade: 'stale',
      price: { kind: 'stored', source: 'store', asOf: START },
    });
    expect(restored.valuation!.positions[0]!.dayPnl!.toString()).toBe('2.00');
    await world.tick(price('A', 9, START - 5));
    expect(world.engine.stats().outdatedPrices).toBe(1);
    await world.tick(price('A', 8, START));
    const live = world.events('p').at(-1)!;
    expect(live.marketValue!.toString()).toBe('16.00');
    expect(live.valuation!.positions[0]).toMatchObject({ grade: 'live', price: { kind: 'last' } });
    expect(world.engine.stats().outdatedPrices).toBe(1);
  });
});

describe('the lock', () => {
  test('lets one of two engines save, and the other once the lock is free', async () => {
    const world = new EngineWorld();
    const lock = new InMemoryLock({ clock: world.clock });
    await world.repository.save(portfolio('p', { A: 1 }));
    const one = world.make({ lock });
    const two = world.make({ lock });
    await one.start();
    await two.start();
    for (let i = 1; i <= 20; i++) {
      await world.tick(price('A', i, START + i));
      await world.clock.advance(500);
    }
    expect(one.stats()).toMatchObject({ unsaved: 0, lockedOut: 0 });
    // Values that another engine stores do not count as unsaved.
    expect(two.stats()).toMatchObject({ unsaved: 0, oldestUnsavedMs: 0, standby: 1, saved: 0 });
    expect(one.stats().standby).toBe(0);
    expect(two.stats().lockedOut).toBeGreaterThan(10);
    await one.close();
    await world.tick(price('A', 99, START + 99));
    await world.clock.advance(1000);
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('99.00');
    await two.close();
    expect(lock.stats().held).toBe(0);
    expect(world.clock.pending).toBe(0);
  });

  test('is taken over from an engine that died, and a lost lease stops neither', async () => {
    const world = new EngineWorld();
    const lock = new InMemoryLock({ clock: world.clock });
    await world.repository.save(portfolio('p', { A: 1 }));
    const dead = await lock.acquire('tickmark/valuations', { ttlMs: 10_000 });
    await world.start({ lock });
    await world.tick(price('A', 1));
    await world.clock.advance(9000);
    expect(await world.stored('p')).toBeUndefined();
    await world.clock.advance(2000);
    expect(dead.held).toBe(false);
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('1.00');
    // Nothing to save for longer than the lease: it expires, and is acquired again.
    await world.clock.advance(60_000);
    await world.tick(price('A', 2, START + 1));
    await world.clock.advance(1000);
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('2.00');
    expect(world.codes()).toEqual([]);
  });

  test('that fails or never answers is reported, and values are saved without it', async () => {
    for (const acquire of [
      () => Promise.reject(new Error('no lock server')),
      () => {
        throw new Error('thrown');
      },
      () => new Promise<never>(() => undefined),
    ]) {
      const world = await EngineWorld.of(many(1), { lock: lockOf(acquire) });
      await world.tick(price('A', 1));
      await world.clock.advance(3000);
      expect((await world.stored('p0'))!.marketValue!.toString()).toBe('1.00');
      expect(new Set(world.codes())).toEqual(new Set(['LOCK_FAILED']));
      await world.engine.close();
      expect(world.clock.pending).toBe(0);
    }
  });

  test('that is not granted for a long time delays the saves until it is', async () => {
    let isTaken = true;
    const inner = new InMemoryLock();
    const lock = lockOf((key, options) =>
      isTaken ? Promise.reject(new LockError('LOCK_TIMEOUT', key, 'taken')) : inner.acquire(key, options),
    );
    const world = await EngineWorld.of(many(2), { lock });
    await world.tick(price('A', 1));
    await world.clock.advance(5000);
    expect(world.engine.stats()).toMatchObject({ unsaved: 0, standby: 2, saved: 0 });
    expect(world.codes()).toEqual([]);
    isTaken = false;
    await world.clock.advance(1000);
    expect(world.engine.stats()).toMatchObject({ unsaved: 0, standby: 0, saved: 2 });
    await inner.close();
  });

  test('granted too late, or after close(), is released', async () => {
    const world = new EngineWorld();
    const inner = new InMemoryLock({ clock: world.clock });
    const lock = lockOf(async (key, options) => {
      await sleep(world.clock, 2500);
      return inner.acquire(key, options);
    });
    await world.repository.save(portfolio('p', { A: 1 }));
    await world.start({ lock });
    await world.clock.advance(2300);
    const closed = world.engine.close({ timeoutMs: 100 });
    await world.clock.advance(100);
    await closed;
    await world.clock.advance(5000);
    expect(inner.stats()).toMatchObject({ held: 0, granted: 1 });
    expect(world.clock.pending).toBe(0);
  });

  test('whose lease cannot be extended once is still held', async () => {
    const world = new EngineWorld();
    const inner = new InMemoryLock({ clock: world.clock });
    let isDown = false;
    const lock = lockOf(async (key, options) => {
      const lease = await inner.acquire(key, options);
      const extend = lease.extend.bind(lease);
      lease.extend = (ttlMs) => (isDown ? Promise.reject(new Error('blip')) : extend(ttlMs));
      return lease;
    });
    await world.repository.save(portfolio('p', { A: 1 }));
    await world.start({ lock });
    await world.clock.advance(1000);
    isDown = true;
    // Extended after a third of the lease, and retried after a tenth.
    await world.clock.advance(2700);
    expect(world.codes()).toEqual(['LOCK_FAILED']);
    isDown = false;
    await world.tick(price('A', 1));
    await world.clock.advance(8000);
    await world.tick(price('A', 2, START + 1));
    await world.clock.advance(1000);
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('2.00');
    expect(world.engine.stats().lockedOut).toBe(0);
    expect(inner.stats()).toMatchObject({ granted: 1, held: 1 });
    expect(world.codes()).toEqual(['LOCK_FAILED']);
  });
});

describe('close()', () => {
  test('publishes and stores the newest values and leaves no timer and no subscription', async () => {
    const world = await EngineWorld.of(many(3), {
      fx: ['EUR/USD'],
      fxMaxAgeMs: 1000,
      emission: { minChange: 1000, maxAgeMs: 500 },
    });
    await world.tick(price('A', 5));
    await world.tick(price('A', 6, START + 1));
    const closed = world.engine.close();
    await world.clock.advance(0);
    await closed;
    expect((await world.stored('p1'))!.marketValue!.toString()).toBe('12.00');
    expect(world.clock.pending).toBe(0);
    expect(world.bus.stats().subscriptions).toBe(1);
    await expect(world.engine.start()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('is idempotent, and rejects a timeout that no timer can take', async () => {
    const world = await EngineWorld.of(many(1));
    await expect(world.engine.close({ timeoutMs: Infinity })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    const closed = Promise.all([
      world.engine.close(),
      world.engine.close(),
      world.engine[Symbol.asyncDispose](),
    ]);
    await world.clock.advance(0);
    await closed;
    expect(world.clock.pending).toBe(0);
  });

  test('retries the last failure while there is time', async () => {
    const world = await EngineWorld.of(many(1));
    await world.clock.advance(1000);
    world.bus.scripts.set('tickmark.portfolios.valued', down);
    world.repository.scripts.saveValuations = down;
    world.repository.scripts.loadMany = down;
    await world.tick(price('A', 5));
    await world.editor.update('p0', (held) => held.buy('A', 1, 10));
    await world.clock.advance(200);
    world.bus.scripts.clear();
    world.repository.scripts.saveValuations = undefined;
    world.repository.scripts.loadMany = undefined;
    const closed = world.engine.close();
    await world.clock.advance(0);
    await closed;
    expect(world.events('p0').at(-1)!.marketValue!.toString()).toBe('10.00');
    expect((await world.stored('p0'))!.marketValue!.toString()).toBe('10.00');
  });

  test('stores even if the bus hangs, publishes even if the store hangs, and ends in time', async () => {
    for (const part of ['bus', 'save', 'load'] as const) {
      // Only close() stores.
      const world = await EngineWorld.of(many(2), { persistMs: 60_000 });
      await world.clock.advance(1000);
      if (part === 'bus') world.bus.scripts.set('tickmark.portfolios.valued', hanging);
      if (part === 'save') world.repository.scripts.saveValuations = hanging;
      if (part === 'load') {
        world.repository.scripts.loadMany = hanging;
        await world.editor.update('p1', (held) => held.buy('A', 1, 10));
      }
      await world.tick(price('A', 5));
      let isClosed = false;
      void world.engine.close({ timeoutMs: 300 }).then(() => (isClosed = true));
      await world.clock.advance(299);
      expect(isClosed).toBe(false);
      await world.clock.advance(1);
      expect(isClosed).toBe(true);
      expect(world.clock.pending).toBe(0);
      if (part !== 'bus') expect(world.events('p0').at(-1)!.marketValue!.toString()).toBe('5.00');
      if (part !== 'save') expect((await world.stored('p0'))!.marketValue!.toString()).toBe('5.00');
    }
  });

  test('ends in time and without an error even if the lease cannot be released', async () => {
    for (const release of [
      () => Promise.reject(new Error('gone')),
      () => new Promise<void>(() => undefined),
    ]) {
      const world = new EngineWorld();
      const inner = new InMemoryLock();
      await world.repository.save(portfolio('p', { A: 1 }));
      await world.start({
        lock: lockOf(async (key, options) => Object.assign(await inner.acquire(key, options), { release })),
      });
      await world.clock.advance(1000);
      const closed = world.engine.close();
      await world.clock.advance(1000);
      await closed;
      expect(world.clock.pending).toBe(0);
      await inner.close();
    }
  });

  test('is followed by no save, publish or load, whatever was still running', async () => {
    const world = await EngineWorld.of(many(2));
    await world.clock.advance(1000);
    const held: Array<() => void> = [];
    const wait = async <Result>(proceed: () => Promise<Result>): Promise<Result> => {
      await new Promise<void>((resolve) => held.push(resolve));
      return proceed();
    };
    world.repository.scripts.saveValuations = wait;
    world.bus.scripts.set('tickmark.portfolios.valued', wait);
    await world.tick(price('A', 5));
    await world.clock.advance(200);
    await world.tick(price('A', 6, START + 1));
    const closed = world.engine.close({ timeoutMs: 10 });
    await world.clock.advance(10);
    await closed;
    const { counts } = world.repository;
    const before = { ...counts };
    await world.engine.flush();
    for (const letGo of held) letGo();
    await world.clock.advance(60_000);
    expect(counts).toEqual(before);
    expect(world.clock.pending).toBe(0);
  });
});
