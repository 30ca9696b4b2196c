import { describe, expect, test } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { BUS_GAP, type BusGapEvent } from '../../../src/core/messaging/event-bus.js';
import { HOLDINGS_CHANGED } from '../../../src/core/portfolio/holdings-changed-event.js';
import { PRICES_CHANGED } from '../../../src/core/prices/price-changed-event.js';
import { EngineWorld, START, figures, portfolio, price } from './engine-world.js';
import { down, hanging, losing } from './scripted-parts.js';

function gap(...types: string[]): BusGapEvent {
  return {
    type: BUS_GAP,
    id: 'g',
    occurredAt: START,
    from: START,
    to: START,
    types,
    lost: null,
    reason: 'disconnect',
  };
}

const buy = (world: EngineWorld, id: string, symbol: string, quantity: number) =>
  world.editor.update(id, (held) => held.buy(symbol, quantity, 10));

describe('a HoldingsChanged event', () => {
  test('of a trade leads to a new value at once', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    await world.tick(price('A', 20));
    await buy(world, 'p', 'A', 4);
    await world.clock.advance(1000);
    expect(world.events('p').at(-1)).toMatchObject({ version: 2 });
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('100.00');
    expect(figures(await world.stored('p'))).toEqual(figures(await world.expected('p', [price('A', 20)])));
  });

  test('of a new portfolio leads to its value, and its new symbols are announced once', async () => {
    const announced: string[][] = [];
    const world = await EngineWorld.of([portfolio('p', { A: 1 })], {
      onNewSymbols: (symbols) => void announced.push([...symbols]),
    });
    await world.tick(price('A', 20));
    await world.editor.create(portfolio('new', { A: 2, B: 1 }));
    await world.editor.create(portfolio('newer', { A: 2, B: 1 }));
    await world.tick(price('B', 5));
    expect(announced).toEqual([['A'], ['B']]);
    expect(world.events('new').at(-1)!.marketValue!.toString()).toBe('45.00');
  });

  test('of a deletion removes the portfolio, and its valuation is not written back', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 }), portfolio('q', { A: 1 })]);
    await world.tick(price('A', 20));
    await world.clock.advance(1000);
    await world.editor.delete('p', 1);
    await world.clock.settle();
    expect(world.engine.value('p')).toBeNull();
    expect(world.engine.stats().portfolios).toBe(1);
    const events = world.events('p').length;
    await world.tick(price('A', 21, START + 1));
    await world.clock.advance(1000);
    expect(await world.stored('p')).toBeUndefined();
    expect(world.events('p')).toHaveLength(events);
    expect(world.events('q').at(-1)!.marketValue!.toString()).toBe('21.00');
  });

  test('of a portfolio deleted and created again leads to a value of its new holdings', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    await world.tick(price('A', 20), price('B', 3));
    await world.editor.delete('p', 1);
    await world.editor.create(portfolio('p', { B: 7 }));
    await world.clock.advance(1000);
    expect(world.events('p').at(-1)).toMatchObject({ version: 2 });
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('21.00');
  });

  test('that the bus loses is made up for by the conflict of the next save', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    await world.tick(price('A', 20));
    await world.clock.advance(1000);
    world.bus.scripts.set(HOLDINGS_CHANGED, losing);
    await buy(world, 'p', 'A', 4);
    await world.tick(price('A', 30, START + 1));
    await world.clock.advance(1000);
    expect(world.engine.stats()).toMatchObject({ conflict: 1, reloads: 1, unsaved: 0 });
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('150.00');
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('150.00');
  });

  test('that was lost is made up for by one flush()', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    world.bus.scripts.set(HOLDINGS_CHANGED, losing);
    await buy(world, 'p', 'A', 4);
    await world.tick(price('A', 30));
    let isFlushed = false;
    void world.engine.flush().then(() => (isFlushed = true));
    await world.clock.advance(0);
    expect(isFlushed).toBe(true);
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('150.00');
  });

  test('of a deletion that the bus loses is made up for by the next save', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    world.bus.scripts.set(HOLDINGS_CHANGED, losing);
    await world.editor.delete('p', 1);
    await world.tick(price('A', 30));
    await world.clock.advance(1000);
    expect(world.engine.value('p')).toBeNull();
    expect(world.engine.stats()).toMatchObject({ missing: 1, portfolios: 0, unsaved: 0 });
  });

  test('of a trade between load and save leads to a new valuation, and the trade is kept', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    await world.clock.advance(1000);
    let trades = 0;
    world.repository.scripts.saveValuations = async (proceed) => {
      if (trades++ < 3) await buy(world, 'p', 'A', 1);
      return proceed();
    };
    await world.tick(price('A', 30));
    await world.clock.advance(2000);
    expect((await world.repository.load('p'))!.version).toBe(4);
    expect(figures(await world.stored('p'))).toEqual(figures(await world.expected('p', [price('A', 30)])));
    expect(world.engine.stats().conflict).toBe(3);
  });

  test('leads to loads until the repository answers', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    await world.tick(price('A', 20));
    await world.clock.advance(1000);
    world.repository.scripts.loadMany = down;
    await buy(world, 'p', 'A', 1);
    await world.clock.advance(1000);
    expect(new Set(world.codes())).toEqual(new Set(['REPOSITORY_FAILED']));
    world.repository.scripts.loadMany = undefined;
    await world.clock.advance(1000);
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('40.00');
  });

  test('whose load never settles is reported after 30 s and loaded again', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    await world.tick(price('A', 20));
    await world.clock.advance(1000);
    world.repository.scripts.loadMany = hanging;
    await buy(world, 'p', 'A', 1);
    world.repository.scripts.loadMany = undefined;
    await world.clock.advance(29_999);
    expect(world.codes()).toEqual([]);
    await world.clock.advance(1000);
    expect(world.errors[0]).toMatchObject({ code: 'REPOSITORY_FAILED', cause: { code: 'TIMEOUT' } });
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('40.00');
  });

  test('may bring an earlier version than the one known', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    await buy(world, 'p', 'A', 1);
    await world.clock.settle();
    const restored = portfolio('p', { A: 5 }).withVersion(1);
    world.repository.scripts.loadMany = (async () => [restored]) as never;
    await world.bus.publish({
      type: HOLDINGS_CHANGED,
      id: 'x',
      occurredAt: START,
      portfolioId: 'p',
      version: 1,
      change: 'saved',
    } as never);
    await world.tick(price('A', 2));
    expect(world.engine.value('p')).toMatchObject({ version: 1 });
    expect(world.engine.value('p')!.marketValue!.toString()).toBe('10.00');
  });
});

describe('a gap of the bus', () => {
  test('is made up for by loading trades, new and deleted portfolios from the repository', async () => {
    const announced: string[] = [];
    const world = await EngineWorld.of([portfolio('p', { A: 1 }), portfolio('gone', { A: 1 })], {
      onNewSymbols: (symbols) => void announced.push(...symbols),
    });
    await world.tick(price('A', 20));
    world.bus.scripts.set(HOLDINGS_CHANGED, losing);
    await buy(world, 'p', 'A', 1);
    await world.editor.create(portfolio('new', { N: 1 }));
    await world.editor.delete('gone', 1);
    await world.clock.advance(100);
    expect(world.engine.value('new')).toBeNull();
    await world.bus.publish(gap(HOLDINGS_CHANGED));
    await world.clock.advance(0);
    expect(world.engine.value('p')).toMatchObject({ version: 2 });
    expect(world.engine.value('new')).not.toBeNull();
    expect(world.engine.value('gone')).toBeNull();
    expect(announced).toEqual(['A', 'N']);
    expect(world.engine.stats()).toMatchObject({ gaps: 1, portfolios: 2 });
  });

  test('of prices grades the known prices as stale and loads no holdings', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    await world.tick(price('A', 20));
    expect(world.engine.value('p')!.positions[0]!.grade).toBe('live');
    const { stream } = world.repository.counts;
    await world.bus.publish(gap(PRICES_CHANGED));
    await world.clock.advance(0);
    expect(world.engine.value('p')!.positions[0]!.grade).toBe('stale');
    expect(world.repository.counts.stream).toBe(stream);
    await world.tick(price('A', 20, START + 1));
    expect(world.engine.value('p')!.positions[0]!.grade).toBe('live');
  });

  test.each(['stream', 'loadPrices'] as const)(
    'is made up for when %s of the repository works again',
    async (call) => {
      const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
      world.bus.scripts.set(HOLDINGS_CHANGED, losing);
      await world.editor.create(portfolio('new', { A: 1 }));
      world.repository.scripts[call] = down;
      await world.bus.publish(gap(HOLDINGS_CHANGED));
      await world.clock.advance(5000);
      expect(world.errors.length).toBeGreaterThan(2);
      expect(new Set(world.codes())).toEqual(new Set(['REPOSITORY_FAILED']));
      world.repository.scripts[call] = hanging;
      await world.clock.advance(40_000);
      expect(world.errors.at(-1)).toMatchObject({ cause: { code: 'TIMEOUT' } });
      world.repository.scripts[call] = undefined;
      await world.clock.advance(40_000);
      expect(world.engine.value('new')).not.toBeNull();
    },
  );

  test('during another one is made up for afterwards, and several of them by a single load', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    world.bus.scripts.set(HOLDINGS_CHANGED, losing);
    const { loadPrices } = world.repository.counts;
    world.repository.scripts.stream = async (proceed) => {
      const portfolio = await proceed();
      world.repository.scripts.stream = undefined;
      await sleep(world.clock, 100);
      return portfolio;
    };
    await world.bus.publish(gap(HOLDINGS_CHANGED));
    await world.clock.advance(50);
    await buy(world, 'p', 'A', 1);
    for (let i = 0; i < 10; i++) await world.bus.publish(gap(HOLDINGS_CHANGED));
    await world.clock.advance(100);
    expect(world.engine.value('p')).toMatchObject({ version: 2 });
    expect(world.repository.counts.loadPrices).toBe(loadPrices! + 2);
  });

  test('never leads to totals of old holdings with a new version, in the repository or on the bus', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 }), portfolio('q', { A: 1 })]);
    await world.tick(price('A', 20));
    await world.clock.advance(1000);
    world.bus.scripts.set(HOLDINGS_CHANGED, losing);
    await buy(world, 'p', 'A', 1);
    // The store returns p at once and is slow with q; in between, ticks are valued and saved.
    let isFirst = true;
    world.repository.scripts.stream = async (proceed) => {
      if (!isFirst) await sleep(world.clock, 1000);
      isFirst = false;
      return proceed();
    };
    await world.tick(price('A', 21, START + 1));
    await world.bus.publish(gap(HOLDINGS_CHANGED));
    for (let i = 2; i < 20; i++) {
      await world.clock.advance(100);
      await world.tick(price('A', 20 + i, START + i));
    }
    await world.clock.advance(1000);
    const wrong = world.repository.offered
      .flat()
      .filter(
        ({ portfolioId, version, costBasis }) =>
          portfolioId === 'p' && costBasis!.toNumber() !== version * 10,
      );
    expect(wrong).toEqual([]);
    expect(
      world.events('p').filter(({ version, costBasis }) => costBasis!.toNumber() !== version * 10),
    ).toEqual([]);
    expect(world.engine.value('p')).toMatchObject({ version: 2 });
  });

  test('does not restore a portfolio that was deleted during the load', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 }), portfolio('q', { A: 1 })]);
    let isFirst = true;
    world.repository.scripts.stream = async (proceed) => {
      const portfolio = await proceed();
      if (!isFirst) await sleep(world.clock, 100);
      isFirst = false;
      return portfolio;
    };
    world.repository.scripts.saveValuations = hanging;
    await world.bus.publish(gap(HOLDINGS_CHANGED));
    await world.clock.advance(50);
    await world.editor.delete('p', 1);
    await world.clock.advance(100);
    expect(world.engine.value('p')).toBeNull();
    expect(world.engine.stats().portfolios).toBe(1);
  });
});

describe('the number of a removed portfolio, used again', () => {
  test('a save of the removed portfolio has no effect on the new one', async () => {
    const world = await EngineWorld.of([portfolio('old', { A: 1 })]);
    await world.clock.advance(1000);
    let letGo = (): void => undefined;
    world.repository.scripts.saveValuations = async (proceed) => {
      await new Promise<void>((resolve) => (letGo = resolve));
      throw new Error(String(await proceed()));
    };
    await world.tick(price('A', 20));
    await world.clock.advance(500);
    await world.editor.delete('old', 1);
    await world.editor.create(portfolio('new', { A: 3 }));
    await world.clock.settle();
    world.repository.scripts.saveValuations = undefined;
    letGo();
    await world.clock.advance(20_000);
    expect(await world.stored('old')).toBeUndefined();
    expect(figures(await world.stored('new'))).toEqual(
      figures(await world.expected('new', [price('A', 20)])),
    );
    expect(world.engine.stats().unsaved).toBe(0);
  });

  test('published values of the removed portfolio do not hold back values of the new one', async () => {
    const world = await EngineWorld.of([portfolio('old', { A: 1 })], { emission: { minChange: 1000 } });
    await world.tick(price('A', 20));
    await world.editor.delete('old', 1);
    await world.editor.create(portfolio('new', { A: 1 }));
    await world.clock.settle();
    expect(world.events('new')).toHaveLength(1);
  });
});
