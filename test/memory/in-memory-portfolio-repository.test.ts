import { describe, expect, test } from 'vitest';
import { runner } from '../conformance/without-skips.js';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { portfolioRepositoryConformance } from '../../src/conformance/portfolio-repository/portfolio-repository-conformance.js';
import {
  samplePortfolio,
  samplePrice,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import {
  deposit,
  idsOf,
  ledgerOf,
} from '../../src/conformance/portfolio-repository/ledger/sample-ledgers.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';

portfolioRepositoryConformance(runner, {
  createHarness: () => ({ repository: new InMemoryPortfolioRepository() }),
});

describe('each call', () => {
  test('yields before it reads the store', async () => {
    const repository = new InMemoryPortfolioRepository();
    const loading = repository.load('p');
    const saving = repository.save(samplePortfolio('p'));
    const again = repository.save(samplePortfolio('p'));
    expect(repository.stats().portfolios).toBe(0);
    expect(await loading).toBeNull();
    expect((await saving).version).toBe(1);
    await expect(again).rejects.toMatchObject({ code: 'VERSION_CONFLICT', actualVersion: 1 });
  });

  test('takes latencyMs to reach the store, and compares versions then', async () => {
    const clock = new FakeClock();
    const repository = new InMemoryPortfolioRepository({ clock, latencyMs: 50 });
    const saving = repository.save(samplePortfolio('p'));
    await clock.advance(25);
    const valuing = repository.saveValuations([sampleValuation('p')]);
    await clock.advance(24);
    expect(repository.stats().portfolios).toBe(0);
    await clock.advance(1);
    expect((await saving).version).toBe(1);
    await clock.advance(25);
    expect(await valuing).toEqual(['saved']);
    expect(clock.pending).toBe(0);
  });
});

test('ledger() takes latencyMs to reach the store, and reads the ledger as it is then', async () => {
  const clock = new FakeClock();
  const repository = new InMemoryPortfolioRepository({ clock, latencyMs: 50 });
  const saving = repository.save(ledgerOf('p', [deposit('a', 1), deposit('b', 2)]));
  await clock.advance(25);
  const reading = idsOf(repository, 'p');
  await clock.advance(25);
  const first = await saving;
  const again = repository.save(first.apply(deposit('c', 3)));
  await clock.advance(25);
  expect(await reading).toEqual(['a', 'b']);
  await clock.advance(25);
  await again;
  expect(clock.pending).toBe(0);
});

test('stream() yields a portfolio once if it is deleted and created again meanwhile', async () => {
  const repository = new InMemoryPortfolioRepository();
  for (const id of ['a', 'b', 'c']) await repository.save(samplePortfolio(id));
  const seen: string[] = [];
  for await (const { id, version } of repository.stream()) {
    seen.push(`${id}${version}`);
    if (id !== 'a') continue;
    for (const each of ['a', 'b']) {
      await repository.delete(each, 1);
      await repository.save(samplePortfolio(each));
    }
  }
  expect(seen).toEqual(['a1', 'b2', 'c1']);
});

test('of two prices with the same time, the one saved last is kept', async () => {
  const repository = new InMemoryPortfolioRepository();
  await repository.savePrices([samplePrice('AAPL', 150), samplePrice('AAPL', 151)]);
  expect((await repository.loadPrices()).map(({ price }) => price.toString())).toEqual(['151']);
});

test('stored records are frozen', async () => {
  const repository = new InMemoryPortfolioRepository();
  await repository.save(samplePortfolio('p'));
  await repository.saveValuations([sampleValuation('p')]);
  await repository.savePrices([samplePrice('AAPL', 150)]);
  const [valuation] = await repository.loadValuations(['p']);
  const [price] = await repository.loadPrices();
  expect([valuation, price].every(Object.isFrozen)).toBe(true);
});

test('stats() counts writes, conflicts and outcomes', async () => {
  const repository = new InMemoryPortfolioRepository();
  const saved = await repository.save(samplePortfolio('p'));
  await repository.save(samplePortfolio('gone'));
  await repository.saveValuations(['p', 'gone', 'x'].map((id) => sampleValuation(id)));
  await repository.saveValuations([sampleValuation('p'), sampleValuation('p', { version: 2 })]);
  await repository.savePrices([samplePrice('AAPL', 1), samplePrice('MSFT', 2), samplePrice('AAPL', 3)]);
  await repository.delete('gone', 1);
  await repository.save(saved.deposit(1));
  await repository.save(saved.deposit(1)).catch(() => undefined);
  expect(repository.stats()).toEqual({
    portfolios: 1,
    deleted: 1,
    valuations: 1,
    prices: 2,
    writes: 4,
    conflicts: 1,
    outcomes: { saved: 2, conflict: 1, outdated: 1, missing: 1 },
  });
});
