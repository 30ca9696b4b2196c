import { describe, expect, test } from 'vitest';
import { verify, type ValuationDifference, type VerifyOptions, type VerifyReport } from 'tickmark/verify';
import { Decimal } from '../../src/core/money/decimal.js';
import { priceRecord } from '../../src/core/portfolio/price-record.js';
import { STREAMED_FIGURES } from '../../src/core/portfolio/figures/portfolio-totals.js';
import type { ValuationRecord } from '../../src/core/portfolio/portfolio-repository.js';
import { EngineWorld, START, portfolio, price } from '../core/engine/engine-world.js';
import { down } from '../core/engine/scripted-parts.js';
import { rejection } from '../rejection.js';

/** Three portfolios, valued and stored by an engine. */
async function valued(): Promise<EngineWorld> {
  const held = { p: { A: 1, B: 2 }, q: { B: 3 }, r: {} };
  const world = await EngineWorld.of(
    Object.entries(held).map(([id, positions]) => portfolio(id, positions, { cash: { EUR: 10 } })),
    { fx: ['EUR/USD'] },
  );
  await world.tick(price('A', 5), price('B', 7), price('EUR/USD', '1.1'));
  await world.clock.advance(1000);
  return world;
}

async function verified(world: EngineWorld, options: VerifyOptions = {}): Promise<VerifyReport> {
  const work = verify(world.repository, { fx: ['EUR/USD'], clock: world.clock, ...options });
  let isDone = false;
  work.then(
    () => (isDone = true),
    () => (isDone = true),
  );
  for (let turn = 0; turn < 100 && !isDone; turn++) await world.clock.advance(250);
  return work;
}

/** Changes a stored value, as no engine does. */
async function corrupt(world: EngineWorld, id: string, change: Partial<ValuationRecord>): Promise<void> {
  const stored = (await world.stored(id))!;
  const basis = 'corrupt';
  await world.repository.saveValuations([{ ...stored, basis, ...change }]);
  if (change.basis === undefined)
    await world.repository.saveValuations([{ ...stored, ...change, valuedAt: stored.valuedAt }]);
}

const shown = ({ portfolioId, kind, fields, isRepaired }: ValuationDifference) => [
  portfolioId,
  kind,
  fields.map(({ field, stored, expected }) => `${field} ${stored} ${expected}`).join('; '),
  isRepaired,
];

describe('correct values', () => {
  test('are compared, with progress, and cause no difference and no write', async () => {
    const world = await valued();
    const before = world.repository.saved.length;
    const progress: number[] = [];
    const report = await verified(world, {
      sliceSize: 2,
      repair: true,
      onProgress: ({ checked }) => progress.push(checked),
    });
    expect(report).toEqual({ checked: 3, differences: 0, repaired: 0, changing: 0, found: [] });
    expect(progress).toEqual([2, 3, 3]);
    expect(world.repository.saved).toHaveLength(before);
  });

  test('are those of the day of the engines', async () => {
    const held = portfolio('p').buy('A', 10, 100, { id: 'b1', at: START - 3_600_000 });
    const dayStart = () => START - 1_800_000;
    const world = await EngineWorld.of([held], { dayStart });
    await world.tick(price('A', 110, START, { previousClose: 105 }));
    await world.clock.advance(1000);
    expect((await world.stored('p'))!.dayPnl!.toString()).toBe('50.00');
    expect(await verified(world, { fx: [], dayStart })).toMatchObject({ checked: 1, differences: 0 });
    const { found } = await verified(world, { fx: [] });
    expect(found.map(({ fields }) => fields[0])).toEqual([
      { field: 'dayPnl', stored: '50', expected: '100' },
    ]);
  });

  test('of an empty store are none', async () => {
    expect(await verified(new EngineWorld())).toMatchObject({ checked: 0, differences: 0 });
  });
});

describe('a wrong value', () => {
  const wrong = { marketValue: Decimal.from('18.99'), unpriced: ['X'] };

  test('is reported with the fields that differ, and left alone', async () => {
    const world = await valued();
    await corrupt(world, 'p', wrong);
    const told: unknown[] = [];
    const report = await verified(world, { onDifference: (difference) => told.push(shown(difference)) });
    expect(report).toMatchObject({ differences: 1, repaired: 0 });
    expect(told).toEqual([['p', 'figures', 'marketValue 18.99 19; unpriced X ', false]]);
    expect(report.found.map(shown)).toEqual(told);
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('18.99');
  });

  test.each(STREAMED_FIGURES)('is found by %s alone', async (figure) => {
    const world = await valued();
    await corrupt(world, 'p', { [figure]: Decimal.from('666.66') });
    const report = await verified(world);
    expect(
      report.found.map(({ portfolioId, fields }) => [portfolioId, fields.map(({ field }) => field)]),
    ).toEqual([['p', [figure]]]);
  });

  test('is repaired on request, and then correct', async () => {
    const world = await valued();
    await corrupt(world, 'p', wrong);
    expect(await verified(world, { repair: true })).toMatchObject({ differences: 1, repaired: 1 });
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('19.00');
    expect(await verified(world)).toMatchObject({ differences: 0 });
  });

  test('is repaired even if its priceOrder is above all that engines compute, and engines can replace it again', async () => {
    const world = await valued();
    await corrupt(world, 'p', { ...wrong, priceOrder: 'zzzzzzzzzzzzzzzzzzzzzzzzzz' });
    expect(await verified(world, { repair: true })).toMatchObject({ differences: 1, repaired: 1 });
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('19.00');
    await world.tick(price('A', 6, START + 1));
    await world.clock.advance(1000);
    expect(await world.stored('p')).toMatchObject({ basis: (await world.stored('q'))!.basis });
    expect((await world.stored('p'))!.marketValue!.toString()).toBe('20.00');
  });

  test('may be missing, or of other holdings', async () => {
    const world = await valued();
    await world.engine.close();
    await world.repository.save(portfolio('new', { A: 1 }));
    await world.repository.save((await world.repository.load('q'))!.buy('A', 1, 1));
    const report = await verified(world, { repair: true });
    expect(report.found.map(({ portfolioId, kind }) => `${portfolioId} ${kind}`).sort()).toEqual([
      'new missing',
      'q version',
    ]);
    expect(report.repaired).toBe(2);
    expect((await world.stored('q'))!.marketValue!.toString()).toBe('26.00');
    expect(await verified(world)).toMatchObject({ differences: 0 });
  });

  test('may be of older prices than the stored ones', async () => {
    const world = await valued();
    await world.engine.close();
    await world.repository.savePrices([
      priceRecord({ symbol: 'A', price: 9, timestamp: START + 1 }, START + 1),
    ]);
    const report = await verified(world);
    expect(report.found.map(shown)[0]).toEqual([
      'p',
      'figures',
      expect.stringContaining('marketValue 19 23'),
      false,
    ]);
  });

  test('may be of other prices than the given ones', async () => {
    const world = await valued();
    const prices = [['A', 5] as const, ['B', 8] as const, ['EUR/USD', '1.1'] as const].map(
      ([symbol, value]) => priceRecord({ symbol, price: value, timestamp: START }, START),
    );
    const report = await verified(world, { prices });
    expect(report.found.map(({ portfolioId }) => portfolioId).sort()).toEqual(['p', 'q']);
  });
});

describe('while an engine runs', () => {
  test('a value that it stores meanwhile is not a difference', async () => {
    const world = await valued();
    let tick = 0;
    const onProgress = (): void => void world.tick(price('B', 100 + tick, START + 10 + tick++));
    expect(await verified(world, { sliceSize: 1, onProgress })).toMatchObject({
      differences: 0,
      changing: 0,
    });
  });

  test('a value that changes before each comparison is counted, and left alone', async () => {
    const world = await valued();
    let tick = 0;
    const load = world.repository.loadValuations.bind(world.repository);
    world.repository.loadValuations = async (ids) => {
      const found = await load(ids);
      return found.map((each) => ({ ...each, valuedAt: ++tick, priceOrder: `z${tick}` }));
    };
    expect(await verified(world, { repair: true })).toMatchObject({
      differences: 0,
      repaired: 0,
      changing: 3,
    });
  });

  test('a portfolio that is deleted meanwhile is not a difference', async () => {
    const world = await valued();
    await corrupt(world, 'p', { cash: null });
    const report = await verified(world, {
      onProgress: () => void world.editor.delete('p', 1).catch(() => undefined),
    });
    expect(report).toMatchObject({ differences: 0 });
  });
});

test('verify() rejects if the store fails, the signal is aborted or an option is invalid', async () => {
  const world = await valued();
  expect((await rejection(verified(world, { sliceSize: 0 }))).code).toBe('INVALID_ARGUMENT');
  const aborted = AbortSignal.abort(new Error('enough'));
  expect((await rejection(verified(world, { signal: aborted }))).code).toBe('ABORTED');
  world.repository.scripts.loadPrices = down;
  expect((await rejection(verified(world))).code).toBe('REPOSITORY_FAILED');
});
