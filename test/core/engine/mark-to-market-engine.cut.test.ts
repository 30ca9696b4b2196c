import { describe, expect, test } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { seededRandom } from '../../../src/core/random.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import {
  EngineWorld,
  START,
  contradictions,
  figures,
  portfolio,
  price,
  publishPrices,
} from './engine-world.js';
import type { PriceKind } from '../../../src/core/portfolio/figures/portfolio-valuation.js';
import { PORTFOLIOS_VALUED } from '../../../src/core/engine/portfolio-valued-event.js';

const mixed = Portfolio.create({
  id: 'mixed',
  currency: 'USD',
  cash: { USD: '100.10', EUR: '33.33', JPY: '1000' },
  positions: [
    { symbol: 'AAPL', quantity: 3, averageCost: '10.01' },
    { symbol: 'SAP', quantity: '7.77', averageCost: '99.99', currency: 'EUR' },
    { symbol: 'SIE', quantity: '-1.11', averageCost: '150.5', currency: 'EUR' },
    { symbol: 'VOD', quantity: 11, averageCost: '75', currency: 'GBp' },
  ],
});

describe('a consistent cut', () => {
  test('has rows that sum to the totals, and events with the same totals, whatever is known', async () => {
    const world = await EngineWorld.of([mixed, portfolio('plain', { AAPL: 1, SAP: -2 })], {
      detail: 'positions',
      fx: ['EUR/USD', 'GBP/USD', 'USD/JPY'],
      fxMaxAgeMs: 500,
    });
    const random = seededRandom(3);
    const symbols = ['AAPL', 'SAP', 'SIE', 'VOD', 'EUR/USD', 'GBP/USD', 'USD/JPY'];
    for (let round = 0; round < 300; round++) {
      const updates = symbols
        .filter(() => random() < 0.4)
        .map((symbol) => price(symbol, (random() * 200 + 0.01).toFixed(4), START + round));
      if (updates.length > 0) await world.tick(...updates);
      await world.clock.advance(Math.floor(random() * 300));
    }
    const events = world.batches.flatMap((batch) => [...batch]);
    expect(events.length).toBeGreaterThan(200);
    expect(events.flatMap(contradictions)).toEqual([]);
    expect(events.some(({ complete }) => complete)).toBe(true);
    expect(events.some(({ complete, version }) => !complete && version === 1)).toBe(true);
  });

  test('contains all prices of a batch or none, and values a portfolio once per batch', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1, B: 1 })]);
    await world.tick(price('A', 10), price('B', 10));
    const before = world.engine.stats().valuations;
    for (let i = 1; i <= 50; i++)
      await world.tick(price('A', 10 + i, START + i), price('B', 10 - i / 10, START + i));
    expect(world.engine.stats().valuations - before).toBe(50);
    const values = world.events('p').slice(-50);
    values.forEach((event, at) => expect(event.marketValue!.toNumber()).toBeCloseTo(20 + (at + 1) * 0.9, 10));
  });

  test('of a batch with prices and rates converts the new price at the new rate', async () => {
    const world = await EngineWorld.of(
      [portfolio('p', {}, { positions: [{ symbol: 'SAP', quantity: 1, currency: 'EUR' }] })],
      {
        fx: ['EUR/USD'],
      },
    );
    await world.tick(price('EUR/USD', 1), price('SAP', 100));
    const before = world.batches.length;
    await world.tick(price('EUR/USD', 2, START + 1), price('SAP', 300, START + 1));
    expect(world.batches.length - before).toBe(1);
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('600.00');
  });

  test('is valued, published and saved after only a rate has changed', async () => {
    const world = await EngineWorld.of(
      [portfolio('p', {}, { positions: [{ symbol: 'SAP', quantity: 1, currency: 'EUR' }] })],
      {
        fx: ['EUR/USD'],
      },
    );
    await world.tick(price('EUR/USD', 1), price('SAP', 100));
    await world.clock.advance(1000);
    await world.tick(price('EUR/USD', '1.25', START + 5));
    await world.clock.advance(1000);
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('125.00');
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('125.00');
  });

  test('shows what is missing as null and incomplete in events, records and rows, never as 0 or at rate 1', async () => {
    const world = await EngineWorld.of([mixed], {
      detail: 'positions',
      fx: ['EUR/USD', 'GBP/USD', 'USD/JPY'],
    });
    const last = () => world.events('mixed').at(-1)!;
    await world.tick(price('AAPL', 20));
    await world.clock.advance(1000);
    for (const known of [last(), (await world.stored('mixed'))!]) {
      expect(known).toMatchObject({
        marketValue: null,
        costBasis: null,
        cash: null,
        equity: null,
        complete: false,
      });
      expect(known.priced.marketValue.toString()).toBe('60.00');
    }
    const rows = last().valuation!.positions;
    expect(rows.map(({ symbol, marketValue }) => [symbol, marketValue?.toString() ?? null])).toEqual([
      ['AAPL', '60.00'],
      ['SAP', null],
      ['SIE', null],
      ['VOD', null],
    ]);
    await world.tick(
      price('SAP', 100),
      price('SIE', 100),
      price('VOD', 100),
      price('EUR/USD', 2),
      price('USD/JPY', 100),
    );
    expect(last()).toMatchObject({ marketValue: null, costBasis: null, complete: false });
    expect(last().cash!.toString()).toBe('176.76');
    await world.tick(price('GBP/USD', '1.5'));
    await world.clock.advance(1000);
    expect(last().complete).toBe(true);
    expect((await world.stored('mixed'))!.complete).toBe(true);
    expect(last().marketValue!.toString()).toBe((60 + 2 * (777 - 111) + 16.5).toFixed(2));
  });

  test('has rows and totals of the same moment, even if a rate expired while the bus was busy', async () => {
    const world = await EngineWorld.of(
      [portfolio('p', {}, { positions: [{ symbol: 'SAP', quantity: 1, currency: 'EUR' }] })],
      {
        fx: ['EUR/USD'],
        fxMaxAgeMs: 1000,
        detail: 'positions',
      },
    );
    await world.tick(price('EUR/USD', 1), price('SAP', 100));
    let letGo = (): void => undefined;
    world.bus.scripts.set(PORTFOLIOS_VALUED, async (proceed) => {
      await new Promise<void>((resolve) => (letGo = resolve));
      return proceed();
    });
    await world.tick(price('SAP', 101, START + 1));
    await world.clock.advance(990);
    await world.tick(price('SAP', 102, START + 2));
    // After the rate has expired, and before the engine checks by itself.
    world.clock.setWallClock(START + 1001);
    world.bus.scripts.clear();
    letGo();
    await world.clock.settle();
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('102.00');
    await world.clock.advance(12);
    expect(world.events('p').at(-1)).toMatchObject({ marketValue: null, complete: false });
    expect(world.events('p').flatMap(contradictions)).toEqual([]);
  });

  test('notices without an event that a rate has become too old', async () => {
    const world = await EngineWorld.of(
      [portfolio('p', {}, { positions: [{ symbol: 'SAP', quantity: 1, currency: 'EUR' }] })],
      {
        fx: ['EUR/USD'],
        fxMaxAgeMs: 1000,
      },
    );
    await world.tick(price('EUR/USD', 1), price('SAP', 100));
    expect(world.events('p').at(-1)!.complete).toBe(true);
    await world.clock.advance(1251);
    expect(world.events('p').at(-1)).toMatchObject({ complete: false, marketValue: null });
  });

  test('is stored and published with the same figures as a new book computes', async () => {
    const world = await EngineWorld.of([mixed], { fx: ['EUR/USD', 'GBP/USD', 'USD/JPY'] });
    const updates = ['AAPL', 'SAP', 'SIE', 'VOD', 'EUR/USD', 'GBP/USD', 'USD/JPY'].map((symbol, at) =>
      price(symbol, `${at + 1}.37`, START + at),
    );
    await world.tick(...updates);
    await world.clock.advance(1000);
    expect(figures(await world.stored('mixed'))).toEqual(figures(await world.expected('mixed', updates)));
  });

  test('stays exact past 2^53 units in events, records and rows', async () => {
    const huge = portfolio(
      'huge',
      {},
      {
        cash: { USD: '5.01' },
        positions: [
          { symbol: 'A', quantity: '99999999999999.99', averageCost: '1' },
          { symbol: 'B', quantity: '-1', averageCost: '1' },
        ],
      },
    );
    const world = await EngineWorld.of([huge], { detail: 'positions' });
    const updates = [price('A', '7777.77'), price('B', '0.03')];
    await world.tick(...updates);
    await world.clock.advance(1000);
    const event = world.events('huge').at(-1)!;
    expect(contradictions(event)).toEqual([]);
    expect(event.marketValue!.toString()).toBe('777776999999999922.19');
    expect(event.equity!.toString()).toBe('777776999999999927.20');
    const stored = (await world.stored('huge'))!;
    expect(stored.marketValue!.toString()).toBe('777776999999999922.19');
    expect(stored.complete).toBe(true);
    await world.tick(price('A', '0.01', START + 1));
    expect(world.events('huge').at(-1)!.marketValue!.toString()).toBe('999999999999.97');
  });

  test('values portfolios of cash only, and empty ones, without any price', async () => {
    const world = await EngineWorld.of([portfolio('cash', {}, { cash: { USD: 5 } }), portfolio('empty')]);
    await world.clock.advance(1000);
    for (const [id, worth] of [
      ['cash', '5.00'],
      ['empty', '0.00'],
    ] as const) {
      expect(world.events(id)).toHaveLength(1);
      expect(world.events(id)[0]).toMatchObject({ complete: true });
      expect(world.events(id)[0]!.equity!.toString()).toBe(worth);
      expect((await world.stored(id))!.equity!.toString()).toBe(worth);
      expect((await world.stored(id))!.priceTime).toBe(0);
    }
  });

  test('values futures with their open profit', async () => {
    const instruments = { A: { symbol: 'A', currency: 'USD', valuationMethod: 'futures' as const } };
    const world = await EngineWorld.of([portfolio('m', { A: 10 }, { instruments, cash: { USD: 50 } })]);
    await world.tick(price('A', 12));
    expect(world.events('m').at(-1)!.equity!.toString()).toBe('70.00');
  });
});

describe('the publication clock', () => {
  test('collects changes while the bus is busy, and publishes each portfolio once with its newest value', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 }), portfolio('q', { A: 2, B: 1 })]);
    await world.tick(price('A', 1), price('B', 1));
    const before = world.batches.length;
    let letGo = (): void => undefined;
    world.bus.scripts.set(PORTFOLIOS_VALUED, async (proceed) => {
      await new Promise<void>((resolve) => (letGo = resolve));
      return proceed();
    });
    for (let i = 1; i <= 100; i++) await world.tick(price('A', i, START + i));
    expect(world.engine.stats().unpublished).toBe(2);
    world.bus.scripts.clear();
    letGo();
    await world.clock.settle();
    expect(world.batches.length - before).toBe(2);
    expect(world.batches.at(-1)!.length).toBe(2);
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('100.00');
  });

  test('reports a bus that does not answer, waits for it, and then publishes the newest values', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    let letGo = (): void => undefined;
    world.bus.scripts.set(PORTFOLIOS_VALUED, async (proceed) => {
      await new Promise<void>((resolve) => (letGo = resolve));
      return proceed();
    });
    await world.tick(price('A', 1));
    for (let i = 2; i <= 20; i++) await world.tick(price('A', i, START + i));
    await world.clock.advance(60_000);
    expect(world.codes()).toEqual(['TIMEOUT']);
    expect(world.errors[0]!.message).toContain(' 1 values within 10000 ms');
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('20.00');
    // The next batch is late as well.
    letGo();
    await world.clock.advance(9_990);
    expect(world.codes()).toEqual(['TIMEOUT']);
    await world.clock.advance(20);
    expect(world.codes()).toEqual(['TIMEOUT', 'TIMEOUT']);
    world.bus.scripts.clear();
    letGo();
    await world.clock.advance(0);
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('20.00');
    expect(world.engine.stats().unpublished).toBe(0);
  });

  test('leaves no timer when the bus answers late, but in time', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })], { persistMs: 1 });
    let letGo = (): void => undefined;
    world.bus.scripts.set(PORTFOLIOS_VALUED, async (proceed) => {
      await new Promise<void>((resolve) => (letGo = resolve));
      return proceed();
    });
    await world.tick(price('A', 1));
    await world.clock.advance(100);
    // One for the next poll for holdings.
    expect(world.clock.pending).toBe(2);
    letGo();
    await world.clock.advance(0);
    expect(world.clock.pending).toBe(1);
  });

  test('retries with the newest values when the bus rejects or throws', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    await world.tick(price('A', 1));
    await world.clock.settle();
    const { published } = world.engine.stats();
    world.bus.scripts.set(PORTFOLIOS_VALUED, () => Promise.reject(new Error('down')));
    await world.tick(price('A', 2, START + 1));
    world.bus.scripts.set(PORTFOLIOS_VALUED, () => {
      throw new Error('down');
    });
    await world.clock.advance(100);
    await world.tick(price('A', 3, START + 2));
    world.bus.scripts.clear();
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('1.00');
    await world.clock.advance(2000);
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('3.00');
    const codes = world.codes();
    expect(codes.length).toBeGreaterThanOrEqual(2);
    expect(new Set(codes)).toEqual(new Set(['BUS_FAILED']));
    expect(world.engine.stats()).toMatchObject({
      publishRetries: codes.length,
      published: published + 1,
      unpublished: 0,
    });
  });

  test('retries less and less often while the bus is down', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    world.bus.scripts.set(PORTFOLIOS_VALUED, () => Promise.reject(new Error('down')));
    await world.tick(price('A', 1));
    await world.clock.advance(60_000);
    const { publishRetries } = world.engine.stats();
    expect(publishRetries).toBeGreaterThan(20);
    expect(publishRetries).toBeLessThan(150);
  });

  test('delivers every value to the next listener when one throws', async () => {
    const world = new EngineWorld();
    await world.repository.save(portfolio('p', { A: 1 }));
    world.bus.subscribe(PORTFOLIOS_VALUED, () => {
      throw new Error('listener');
    });
    await world.start();
    await world.tick(price('A', 1));
    await world.tick(price('A', 2, START + 1));
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('2.00');
  });

  test('retries to compute positions that failed, and publishes the other portfolios', async () => {
    let isBroken = false;
    const world = await EngineWorld.of([portfolio('p', { A: 1 })], {
      detail: 'positions',
      policy: {
        name: 'own',
        choose: ({ last }) => ({
          price: last,
          get kind(): PriceKind {
            if (isBroken) throw new Error('no such kind');
            return 'last';
          },
        }),
      },
    });
    isBroken = true;
    await world.tick(price('A', 5));
    expect(world.codes()).toEqual(['BUS_FAILED']);
    isBroken = false;
    await world.clock.advance(100);
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('5.00');
  });

  test('resolves flush() although ticks keep coming and the bus is never idle', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    let at = 1;
    world.bus.scripts.set(PORTFOLIOS_VALUED, async (proceed) => {
      await sleep(world.clock, 1);
      at++;
      await publishPrices(world.bus, world.clock, [price('A', at, START + at)]);
      return proceed();
    });
    await world.tick(price('A', 1));
    const known = at;
    let isFlushed = false;
    void world.engine.flush().then(() => (isFlushed = true));
    await world.clock.advance(50);
    expect(isFlushed).toBe(true);
    expect((await world.stored('p'))!.marketValue!.toNumber()).toBeGreaterThanOrEqual(known);
    expect(world.events('p').at(-1)!.marketValue!.toNumber()).toBeGreaterThanOrEqual(known);
  });
});
