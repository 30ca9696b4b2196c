import { describe, expect, test } from 'vitest';
import { EngineWorld, START, portfolio, price } from './engine-world.js';
import type { EmissionPolicy } from '../../../src/core/engine/emission-policy.js';

const worldOf = (
  emission: EmissionPolicy | undefined,
  positions: Record<string, number | string> = { A: 1 },
) => EngineWorld.of([portfolio('p', positions)], emission ? { emission } : {});

const values = (world: EngineWorld) =>
  world.events('p').map(({ marketValue, priced }) => (marketValue ?? priced.marketValue).toNumber());

async function walk(world: EngineWorld, ...prices: number[]): Promise<number[]> {
  for (const value of prices) await world.tick(price('A', value, START + (at += 1)));
  return values(world).slice(1);
}
let at = 0;

describe('values are published', () => {
  test('on every change by default, and not without one', async () => {
    const world = await worldOf(undefined);
    expect(await walk(world, 10, 10, 10.01, 10.01, 10)).toEqual([10, 10.01, 10]);
  });

  test('with minChange, when they have moved that far from the last published value, even in small steps', async () => {
    const world = await worldOf({ minChange: '1.00' });
    expect(await walk(world, 100, 100.4, 100.8, 100.99, 101, 101.9, 100.01, 100, 100.5)).toEqual([
      100, 101, 100,
    ]);
  });

  test('with minChangeBps, when they moved by that share of the last published value', async () => {
    const world = await worldOf({ minChangeBps: 100 });
    expect(await walk(world, 100, 100.99, 101, 102, 102.01, 100.99, 100.9)).toEqual([
      100, 101, 102.01, 100.9,
    ]);
  });

  test('with both thresholds, when both are reached', async () => {
    const world = await worldOf({ minChange: 2, minChangeBps: 100 });
    expect(await walk(world, 100, 101.5, 102, 50, 51.9, 52)).toEqual([100, 102, 50, 52]);
  });

  test('after any change when the last published value was 0', async () => {
    const world = await worldOf({ minChangeBps: 100 }, { A: '0.0001' });
    expect(await walk(world, 1, 2, 100)).toEqual([0, 0.01]);
  });

  test('after any change of the holdings', async () => {
    const world = await worldOf({ minChange: 1000, minChangeBps: 10_000 });
    await walk(world, 100);
    await world.editor.update('p', (held) => held.buy('A', '0.001', 1));
    await world.clock.settle();
    expect(world.events('p').at(-1)).toMatchObject({ version: 2 });
  });

  test('when they become complete or incomplete, or other figures become unknown', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 }, { cash: { EUR: 1 } })], {
      emission: { minChange: 1_000_000 },
      fx: ['EUR/USD'],
      fxMaxAgeMs: 1000,
    });
    await world.tick(price('A', 10));
    expect(world.events('p').at(-1)).toMatchObject({ complete: false, cash: null });
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('10.00');
    await world.tick(price('EUR/USD', 2));
    expect(world.events('p').at(-1)).toMatchObject({ complete: true });
    await world.clock.advance(2000);
    expect(world.events('p').at(-1)).toMatchObject({ complete: false, cash: null });
  });

  test('by the same rules past 2^53 units', async () => {
    const world = await worldOf({ minChangeBps: 100 }, { A: '1000000000000000' });
    expect(await walk(world, 100, 100.5, 101, 101.5, 90)).toEqual([1e17, 1.01e17, 9e16]);
  });
});

describe('a value held back by a threshold', () => {
  test('is published maxAgeMs after the last one, with the newest figures', async () => {
    const world = await worldOf({ minChange: 10, maxAgeMs: 1000 });
    expect(await walk(world, 100)).toEqual([100]);
    await world.clock.advance(400);
    expect(await walk(world, 101, 102)).toEqual([100]);
    await world.clock.advance(599);
    expect(values(world).slice(1)).toEqual([100]);
    await world.clock.advance(1);
    expect(values(world).slice(1)).toEqual([100, 102]);
    await world.clock.advance(10_000);
    expect(values(world).slice(1)).toEqual([100, 102]);
    expect(await walk(world, 103)).toEqual([100, 102, 103]);
  });

  test('is not published when it has returned to the published value', async () => {
    const world = await worldOf({ minChange: 10, maxAgeMs: 1000 });
    await walk(world, 100, 101, 100);
    await world.clock.advance(5000);
    expect(values(world).slice(1)).toEqual([100]);
  });

  test('is published in time for each of many portfolios that were held back at different times', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => `p${at}`);
    const world = await EngineWorld.of(
      ids.map((id, at) => portfolio(id, { [`S${at}`]: 1 })),
      { emission: { minChange: 1000, maxAgeMs: 1000 } },
    );
    const publishedAt = (id: string) => world.events(id).at(-1)!.occurredAt;
    for (const [n] of ids.entries()) {
      await world.tick(price(`S${n}`, 100));
      await world.clock.advance(7);
    }
    const first = ids.map(publishedAt);
    // Those that are due last are held back first.
    for (const n of [...ids.keys()].reverse()) await world.tick(price(`S${n}`, 101, START + 1));
    await world.clock.advance(2000);
    ids.forEach((id, n) => {
      expect(world.events(id).at(-1)!.marketValue!.toNumber()).toBe(101);
      const age = publishedAt(id) - first[n]!;
      expect(age).toBeLessThanOrEqual(1000);
      expect(age).toBeGreaterThanOrEqual(984);
    });
    // Not one check for each of them.
    expect(new Set(ids.map(publishedAt)).size).toBeLessThan(40);
  });

  test('is not held longer because the wall clock was set back', async () => {
    const world = await worldOf({ minChange: 10, maxAgeMs: 1000 });
    await walk(world, 100, 101);
    world.clock.setWallClock(START - 3_600_000);
    await world.clock.advance(1000);
    expect(values(world).slice(1)).toEqual([100, 101]);
  });

  test('with an age longer than the longest timer does not set a timer that fires at once', async () => {
    const world = await worldOf({ minChange: 10, maxAgeMs: 1e12 });
    expect(await walk(world, 100, 101, 120)).toEqual([100, 120]);
    expect(world.bus.stats().failed).toBe(0);
  });

  test('is published by the next attempt after the bus has rejected one', async () => {
    const world = await worldOf({ minChange: 10 });
    await walk(world, 100);
    world.bus.scripts.set('tickmark.portfolios.valued', () => Promise.reject(new Error('down')));
    await walk(world, 120);
    world.bus.scripts.clear();
    await walk(world, 101);
    await world.clock.advance(100);
    expect(values(world).slice(1)).toEqual([100, 101]);
  });
});

test.each([{ minChange: -1 }, { minChangeBps: -1 }, { minChangeBps: NaN }, { maxAgeMs: -1 }])(
  'the policy %j is rejected',
  (emission) => {
    expect(() => new EngineWorld().make({ emission })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  },
);
