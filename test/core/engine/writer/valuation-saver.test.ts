import { describe, expect, test } from 'vitest';
import { sleep } from '../../../../src/core/clock.js';
import { RepositoryError } from '../../../../src/core/errors.js';
import type {
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from '../../../../src/core/portfolio/portfolio-repository.js';
import type { MarkToMarketEngineOptions } from '../../../../src/core/engine/mark-to-market-engine-options.js';
import { EngineWorld, START, portfolio, price } from '../engine-world.js';
import { ScriptedRepository, down, hanging } from '../scripted-parts.js';

/** Refuses sets with certain portfolios or symbols, like a CHECK constraint of a table. */
class Checked extends ScriptedRepository {
  isBad: (record: ValuationRecord) => boolean = () => false;
  isBadPrice: (record: PriceRecord) => boolean = () => false;
  calls = 0;
  readonly alone: string[] = [];

  override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    this.calls++;
    if (valuations.length === 1) this.alone.push(valuations[0]!.portfolioId);
    if (valuations.some(this.isBad)) throw refusal();
    return super.saveValuations(valuations);
  }

  override async savePrices(prices: readonly PriceRecord[]): Promise<void> {
    if (prices.some(this.isBadPrice)) throw refusal();
    return super.savePrices(prices);
  }
}

const refusal = () =>
  new RepositoryError('saveValuations() failed: violates check constraint (23514)', {
    retryable: false,
    cause: Object.assign(new Error('violates check constraint'), { code: '23514' }),
  });

async function checked(count: number, options: Partial<MarkToMarketEngineOptions> = {}) {
  const repository = new Checked();
  const world = new EngineWorld();
  for (let at = 0; at < count; at++) await repository.save(portfolio(`p${at}`, { A: at + 1, [`S${at}`]: 1 }));
  await world.start({ repository, ...options });
  await world.clock.advance(1000);
  repository.calls = 0;
  const stored = async (id: string) =>
    (await repository.loadValuations([id]))[0]?.priced.marketValue.toString();
  return { repository, world, stored };
}

describe('a value that the store refuses', () => {
  test('is quarantined and reported once, with its portfolio and the cause, and all others are stored', async () => {
    const { repository, world, stored } = await checked(200);
    repository.isBad = ({ portfolioId }) => portfolioId === 'p77';
    for (let round = 1; round <= 20; round++) {
      await world.tick(price('A', round, START + round));
      await world.clock.advance(500);
      expect(await stored('p199')).toBe(`${200 * round}.00`);
    }
    expect(await stored('p77')).toBe('0.00');
    expect(world.engine.stats()).toMatchObject({ refused: 1, unsaved: 0, saveFailures: 0 });
    expect(world.errors).toHaveLength(1);
    expect(world.errors[0]).toMatchObject({
      code: 'REPOSITORY_FAILED',
      retryable: false,
      message: expect.stringContaining('the value of portfolio "p77"') as string,
      cause: { cause: { code: '23514' } },
    });
    // One bisection, then one call per round, and sometimes one for the refused row.
    expect(repository.calls).toBeLessThan(45);
  });

  test('is retried alone, less and less often, until the store takes it', async () => {
    const { repository, world, stored } = await checked(20);
    repository.isBad = ({ portfolioId }) => portfolioId === 'p7';
    await world.tick(price('A', 1));
    await world.clock.advance(500);
    repository.alone.length = 0;
    await world.clock.advance(120_000);
    expect(repository.alone.length).toBeGreaterThanOrEqual(6);
    expect(repository.alone.length).toBeLessThanOrEqual(9);
    expect(new Set(repository.alone)).toEqual(new Set(['p7']));
    await world.tick(price('A', 2, START + 1));
    repository.isBad = () => false;
    await world.clock.advance(61_000);
    expect(await stored('p7')).toBe('16.00');
    expect(world.engine.stats()).toMatchObject({ refused: 0, unsaved: 0 });
    expect(world.codes()).toEqual(['REPOSITORY_FAILED']);
  });

  test('is retried as soon as its holdings change, and forgotten with its portfolio', async () => {
    const { repository, world } = await checked(20);
    repository.isBad = ({ portfolioId, version }) => portfolioId === 'p7' && version < 3;
    const change = async () => {
      const held = (await repository.load('p7'))!;
      const saved = await repository.save(held.deposit(1));
      const event = {
        type: 'tickmark.holdings.changed',
        id: `e${saved.version}`,
        occurredAt: 1,
        change: 'saved',
      };
      await world.bus.publish({ ...event, portfolioId: 'p7', version: saved.version } as never);
    };
    await world.tick(price('A', 1));
    await world.clock.advance(60_000);
    repository.alone.length = 0;
    await change();
    await world.clock.advance(500);
    expect(repository.alone).toEqual(['p7']);
    expect(world.errors).toHaveLength(2);
    await change();
    await world.clock.advance(500);
    expect(world.engine.stats()).toMatchObject({ refused: 0, unsaved: 0 });
    repository.isBad = ({ portfolioId }) => portfolioId === 'p7';
    await world.tick(price('A', 2, START + 1));
    await world.clock.advance(500);
    expect(world.engine.stats().refused).toBe(1);
    await repository.delete('p7', 3);
    const event = { type: 'tickmark.holdings.changed', id: 'gone', occurredAt: 1, change: 'deleted' };
    await world.bus.publish({ ...event, portfolioId: 'p7', version: 3 } as never);
    await world.clock.advance(2000);
    expect(world.engine.stats()).toMatchObject({ refused: 0, unsaved: 0, portfolios: 19 });
  });

  test('is distinguished from a store that refuses everything: then all values are kept, and the rows are not tried one by one', async () => {
    const { repository, world, stored } = await checked(900);
    repository.isBad = () => true;
    await world.tick(price('A', 1));
    await world.clock.advance(10_000);
    expect(world.engine.stats()).toMatchObject({ refused: 0, unsaved: 900 });
    expect(world.engine.stats().oldestUnsavedMs).toBeGreaterThan(9000);
    expect(world.errors[0]!.message).toMatch(/refuses all values, such as that of "p\d+"; it is retried/);
    expect(repository.calls).toBeLessThan(600);
    repository.isBad = () => false;
    await world.clock.advance(3000);
    expect(world.engine.stats()).toMatchObject({ refused: 0, unsaved: 0, oldestUnsavedMs: 0 });
    expect(await stored('p899')).toBe('900.00');
  });

  test('may be one of many, none of which delays the others', async () => {
    const { repository, world, stored } = await checked(300);
    const isBad = ({ portfolioId }: { portfolioId: string }) => Number(portfolioId.slice(1)) % 3 === 0;
    repository.isBad = isBad;
    await world.tick(price('A', 1));
    await world.clock.advance(10_000);
    expect(world.engine.stats()).toMatchObject({ refused: 100, unsaved: 0 });
    expect([await stored('p298'), await stored('p299')]).toEqual(['299.00', '300.00']);
    expect(new Set(world.errors.map(({ message }) => message)).size).toBe(100);
  });
});

describe('a price that the store refuses', () => {
  test('is quarantined and reported once, and all others are stored', async () => {
    const { repository, world } = await checked(50);
    repository.isBadPrice = ({ symbol }) => symbol === 'S7';
    const ticks = Array.from({ length: 50 }, (_, at) => price(`S${at}`, at + 1));
    for (let round = 0; round < 5; round++) {
      await world.tick(...ticks.map((tick) => ({ ...tick, timestamp: START + round })));
      await world.clock.advance(1000);
    }
    const stored = await repository.loadPrices();
    expect(stored).toHaveLength(49);
    expect(stored.every(({ timestamp }) => timestamp === START + 4)).toBe(true);
    expect(world.errors.map(({ message }) => message)).toEqual([
      'The repository refuses the price of "S7". It is quarantined and retried later; all others are stored.',
    ]);
    expect(world.engine.stats()).toMatchObject({ refused: 1, unsaved: 0, saveFailures: 0 });
    repository.isBadPrice = () => false;
    await world.clock.advance(61_000);
    expect(await repository.loadPrices()).toHaveLength(50);
    expect(world.engine.stats().refused).toBe(0);
  });
});

describe('prices', () => {
  test('are stored in rounds of their own while a round of valuations takes 20 s', async () => {
    const { repository, world } = await checked(400, { saveBatchSize: 10, saveConcurrency: 1 });
    repository.scripts.saveValuations = async (proceed) => {
      await sleep(world.clock, 500);
      return proceed();
    };
    let oldest = 0;
    const before = repository.counts.saveValuations!;
    for (let at = 1; at <= 200; at++) {
      await world.tick(price('A', at, START + at, { receivedAt: world.clock.now() }));
      await world.clock.advance(100);
      const [stored] = (await repository.loadPrices()).filter(({ symbol }) => symbol === 'A');
      if (at > 5) oldest = Math.max(oldest, world.clock.now() - stored!.receivedAt);
    }
    expect(oldest).toBeLessThanOrEqual(1000);
    expect(repository.counts.saveValuations! - before).toBeLessThan(50);
  });

  test('delay the valuation that was computed from them, by at most half a second', async () => {
    const { repository, world, stored } = await checked(30, { saveBatchSize: 10, saveConcurrency: 1 });
    let storedPrice = '';
    repository.scripts.saveValuations = async (proceed) => {
      const found = (await repository.loadPrices()).find(({ symbol }) => symbol === 'A');
      storedPrice = found?.price.toString() ?? '';
      return proceed();
    };
    repository.scripts.savePrices = async (proceed) => {
      await sleep(world.clock, 300);
      return proceed();
    };
    await world.tick(price('A', 5));
    await world.clock.advance(550);
    expect([storedPrice, await stored('p9')]).toEqual(['5', '50.00']);
    // A store that does not take prices delays valuations once, not for each set.
    repository.scripts.savePrices = hanging;
    await world.tick(price('A', 6, START + 1));
    await world.clock.advance(200 + 500 + 50);
    expect([await stored('p9'), await stored('p29')]).toEqual(['60.00', '180.00']);
    repository.scripts.savePrices = down;
  });
});

test('the age of the oldest unsaved value counts from its change, and only in an engine that may store', async () => {
  const { repository, world } = await checked(3);
  repository.scripts.saveValuations = hanging;
  await world.tick(price('A', 1));
  await world.clock.advance(5000);
  expect(world.engine.stats()).toMatchObject({ unsaved: 3, oldestUnsavedMs: 5000 });
  await world.tick(price('A', 2, START + 1));
  await world.clock.advance(100);
  expect(world.engine.stats()).toMatchObject({ unsaved: 3, oldestUnsavedMs: 5100 });
  repository.scripts.saveValuations = undefined;
  await world.clock.advance(40_000);
  expect(world.engine.stats()).toMatchObject({ unsaved: 0, oldestUnsavedMs: 0 });
});
