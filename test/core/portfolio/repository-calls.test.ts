import { expect, test } from 'vitest';
import { samplePortfolio } from '../../../src/conformance/portfolio-repository/sample-data.js';
import { deposit, ledgerOf } from '../../../src/conformance/portfolio-repository/ledger/sample-ledgers.js';
import type { LedgerRange } from '../../../src/core/portfolio/ledger/ledger-range.js';
import type { PortfolioRepository } from '../../../src/core/portfolio/portfolio-repository.js';
import {
  findHolders,
  loadPortfolios,
  portfolioLedger,
  savePortfolios,
  saveValuations,
} from '../../../src/core/portfolio/repository-calls.js';
import { InMemoryPortfolioRepository } from '../../../src/memory/in-memory-portfolio-repository.js';

// A repository with the required methods only, over one with all.
function requiredMethodsOf(repository: InMemoryPortfolioRepository): PortfolioRepository {
  return {
    load: (id) => repository.load(id),
    stream: () => repository.stream(),
    save: (portfolio) => repository.save(portfolio),
    delete: (id, version) => repository.delete(id, version),
    saveValuations: (valuations) => repository.saveValuations(valuations),
    loadValuations: (ids) => repository.loadValuations(ids),
    savePrices: (prices) => repository.savePrices(prices),
    loadPrices: () => repository.loadPrices(),
  };
}

test('a repository without optional methods loads portfolios one by one, each once', async () => {
  const repository = requiredMethodsOf(new InMemoryPortfolioRepository());
  const ids = Array.from({ length: 40 }, (_, at) => `p${at}`);
  for (const id of ids) await repository.save(samplePortfolio(id));
  const found = await loadPortfolios(repository, ['none', ...ids, 'p0']);
  expect(found.map(({ id }) => id)).toEqual(ids);
});

test('a repository without optional methods finds holders among all portfolios', async () => {
  const repository = requiredMethodsOf(new InMemoryPortfolioRepository());
  await repository.save(samplePortfolio('p'));
  await repository.save(samplePortfolio('q', { positions: [] }));
  expect([await findHolders(repository, 'TSLA'), await findHolders(repository, 'MSFT')]).toEqual([['p'], []]);
});

test.each([
  ['of its own', (repository: InMemoryPortfolioRepository) => repository, 'PORTFOLIO_DELETED'],
  ['of what it loads', requiredMethodsOf, 'PORTFOLIO_NOT_FOUND'],
])('the ledger of a repository is one %s, within the range', async (_, repositoryOf, codeOfDeleted) => {
  const stored = new InMemoryPortfolioRepository();
  const repository = repositoryOf(stored);
  await stored.save(
    ledgerOf('p', [deposit('a', 1), deposit('b', 2), deposit('c', 3)]).cancel('a', { id: 'x', at: 4 }),
  );
  await stored.save(ledgerOf('deleted', []));
  await stored.delete('deleted', 1);
  const idsOf = async (...given: [string, LedgerRange?]): Promise<string> => {
    let ids = '';
    for await (const { id } of portfolioLedger(repository, ...given)) ids += id;
    return ids;
  };
  expect(await idsOf('p')).toBe('abcx');
  expect(await idsOf('p', { from: 2, to: 4 })).toBe('bc');
  await expect(idsOf('unknown')).rejects.toMatchObject({
    code: 'PORTFOLIO_NOT_FOUND',
    portfolioId: 'unknown',
  });
  await expect(idsOf('deleted')).rejects.toMatchObject({ code: codeOfDeleted, portfolioId: 'deleted' });
  await expect(idsOf('p', { to: 'now' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('a repository without optional methods saves portfolios one by one, each judged alone', async () => {
  const repository = requiredMethodsOf(new InMemoryPortfolioRepository());
  await repository.save(samplePortfolio('taken'));
  const outcomes = await savePortfolios(repository, [
    samplePortfolio('p'),
    samplePortfolio('taken'),
    samplePortfolio('unknown').withVersion(2),
    samplePortfolio('q'),
  ]);
  expect(outcomes).toMatchObject([
    { outcome: 'saved', portfolio: { id: 'p', version: 1 } },
    { outcome: 'conflict', error: { code: 'VERSION_CONFLICT', actualVersion: 1 } },
    { outcome: 'missing', error: { code: 'PORTFOLIO_NOT_FOUND' } },
    { outcome: 'saved', portfolio: { id: 'q', version: 1 } },
  ]);
});

test('a save that fails in the store has the outcome failed, with the error as cause', async () => {
  const down = new Error('down');
  const repository = { save: () => Promise.reject(down) };
  const [result] = await savePortfolios(repository, [samplePortfolio('p')]);
  expect(result).toMatchObject({ outcome: 'failed', error: { code: 'REPOSITORY_FAILED', cause: down } });
});

test('a repository that returns too few outcomes fails', async () => {
  const repository = { save: () => Promise.reject(new Error('not called')), saveMany: async () => [] };
  await expect(savePortfolios(repository, [samplePortfolio('p')])).rejects.toThrow(
    'saveMany() returned 0 outcomes; expected 1.',
  );
  await expect(
    saveValuations({ saveValuations: async () => [] }, [{ portfolioId: 'p' } as never]),
  ).rejects.toThrow('saveValuations() returned 0 outcomes; expected 1.');
});
