import { describe, expect, test } from 'vitest';
import { portfolioRepositoryConformance } from '../../../src/conformance/portfolio-repository/portfolio-repository-conformance.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import { STREAMED_FIGURES } from '../../../src/core/portfolio/figures/portfolio-totals.js';
import { InMemoryPortfolioRepository } from '../../../src/memory/in-memory-portfolio-repository.js';
import { BROKEN_REPOSITORIES } from '../broken-repositories.js';
import { dropping, notComparing, zeroing } from '../broken-figures.js';
import { runKit } from '../collecting-runner.js';
import { SnapshotRepository } from '../snapshot-repository.js';

const kitOf = (Repository: new () => InMemoryPortfolioRepository) => (runner: TestRunner) =>
  portfolioRepositoryConformance(runner, {
    createHarness: () => {
      const repository = new Repository();
      return { repository, peer: repository };
    },
    supports: { peer: true },
  });

const OPTIONAL = [
  'loadMany',
  'saveMany',
  'findHolders',
  'changesSince',
  'ledger',
  'corporateActions',
] as const;

/** A repository with the required methods only. */
class RequiredMethodsOnly extends InMemoryPortfolioRepository {
  constructor() {
    super();
    for (const name of OPTIONAL) Object.defineProperty(this, name, { value: undefined });
  }
}

describe('the repository kit', () => {
  test.each([InMemoryPortfolioRepository, SnapshotRepository])(
    'passes %o, and skips no rule',
    async (Repository) => {
      const report = await runKit(kitOf(Repository));
      expect(Object.fromEntries(report.failed)).toEqual({});
      expect(report.skipped).toEqual([]);
    },
  );

  test.each(BROKEN_REPOSITORIES)('fails %o by the rule "%s"', async (Repository, rule) => {
    const report = await runKit(kitOf(Repository), rule);
    expect([...report.failed.keys()]).toEqual([rule]);
  });

  test.each(STREAMED_FIGURES)('fails a repository that drops %s', async (figure) => {
    const rule = 'a valuation is stored as it was given';
    const report = await runKit(kitOf(dropping(figure)), rule);
    expect([...report.failed.keys()]).toEqual([rule]);
  });

  test.each(STREAMED_FIGURES)('fails a repository that stores 0 where %s is unknown', async (figure) => {
    const rule = 'a figure that is unknown while the others are known is stored as null';
    const report = await runKit(kitOf(zeroing(figure)), rule);
    expect([...report.failed.keys()]).toEqual([rule]);
  });

  test.each(STREAMED_FIGURES)('fails a repository that does not compare %s', async (figure) => {
    const rule = 'a later valuation with the same priceOrder and other figures is saved';
    const report = await runKit(kitOf(notComparing(figure)), rule);
    expect(report.failed.get(rule)?.message).toContain(figure);
  });

  test('passes a repository without optional methods, and skips the rules about them with the reason', async () => {
    const report = await runKit(kitOf(RequiredMethodsOnly));
    expect(Object.fromEntries(report.failed)).toEqual({});
    const rulesAbout = OPTIONAL.map((name) => {
      const reason = `the repository does not have the optional method ${name}()`;
      return report.skipped.filter((title) => title.endsWith(reason)).length;
    });
    expect(rulesAbout).toEqual([1, 7, 4, 4, 9, 5]);
    expect(report.skipped).toHaveLength(30);
  });

  test('fails a createHarness() that returns the same store twice', async () => {
    const repository = new InMemoryPortfolioRepository();
    const register = (runner: TestRunner): void =>
      portfolioRepositoryConformance(runner, { createHarness: () => ({ repository }) });
    const report = await runKit(register, 'createHarness() makes stores that share nothing');
    expect(report.failed.size).toBe(1);
  });
});
