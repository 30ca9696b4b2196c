import { describe, expect, test, vi } from 'vitest';
import { PORTFOLIOS_VALUED } from '../../../src/core/engine/portfolio-valued-event.js';
import { EngineWorld, START, portfolio, price } from './engine-world.js';
import { hanging } from './scripted-parts.js';

interface Lists {
  readonly touched: Int32Array;
  readonly changed: Int32Array;
}

/** The lists that the engine passes on, and copies of their content at that time. */
function spyOnTotals(world: EngineWorld): Array<{ readonly lists: Lists; readonly copies: Lists }> {
  const book = world.engine.positionBook;
  const results: Array<{ readonly lists: Lists; readonly copies: Lists }> = [];
  const compute = book.computeTotals.bind(book);
  vi.spyOn(book, 'computeTotals').mockImplementation(() => {
    const computed = compute();
    const { touched, changed } = computed;
    results.push({ lists: computed, copies: { touched: touched.slice(), changed: changed.slice() } });
    return computed;
  });
  return results;
}

describe('the totals of a batch', () => {
  test('are computed once, however often the values are published and stored', async () => {
    let letGo = (): void => undefined;
    const world = await EngineWorld.of([portfolio('p', { A: 1 }), portfolio('q', { B: 1 })], {
      detail: 'positions',
      emission: { minChange: 100, maxAgeMs: 500 },
    });
    const results = spyOnTotals(world);
    world.bus.scripts.set(PORTFOLIOS_VALUED, async (proceed) => {
      await new Promise<void>((resolve) => (letGo = resolve));
      return proceed();
    });
    await world.tick(price('A', 1000), price('B', 1000));
    await world.tick(price('A', 2000, START + 1));
    await world.tick(price('A', 2001, START + 2));
    expect(results).toHaveLength(3);
    for (let times = 0; times < 5; times++) {
      letGo();
      await world.clock.advance(1000);
    }
    await Promise.all([world.engine.flush(), world.clock.advance(100)]);
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('2001.00');
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('2001.00');
    expect(results).toHaveLength(3);
  });

  test('come with lists that later batches do not overwrite', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 }), portfolio('q', { B: 1 })]);
    const results = spyOnTotals(world);
    // Nothing is published or stored, so that all lists are still in use.
    world.bus.scripts.set(PORTFOLIOS_VALUED, hanging);
    await world.tick(price('A', 1));
    await world.tick(price('B', 1));
    await world.tick(price('B', 1, START + 1));
    await world.tick(price('A', 2, START + 2), price('B', 2, START + 2));
    const ofAll = (lists: Lists[]) => lists.map(({ touched, changed }) => [[...touched], [...changed]]);
    expect(ofAll(results.map(({ lists }) => lists))).toEqual(ofAll(results.map(({ copies }) => copies)));
    const book = world.engine.positionBook;
    const changed = results.map(({ lists }) =>
      Array.from(lists.changed, (number) => book.portfolio(number)!.id),
    );
    expect(changed).toEqual([['p'], ['q'], [], ['p', 'q']]);
  });
});
