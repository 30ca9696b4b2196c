import type { TickmarkError } from '../../core/errors.js';
import type { PortfolioRepository } from '../../core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../../core/portfolio/portfolio.js';
import { assert, assertCode, assertEqual } from '../assertions.js';
import type { RepositoryKit } from './repository-kit.js';
import {
  NOON,
  assertSamePortfolio,
  assertStored,
  offer,
  sampleOrder,
  samplePortfolio,
  samplePrice,
  sampleValuation,
} from './sample-data.js';

const WRITERS = 20;
const writers = <T>(work: (writer: number) => Promise<T>): Promise<T>[] =>
  Array.from({ length: WRITERS }, (_, writer) => work(writer));

export function concurrencyRules(kit: RepositoryKit): void {
  kit.rule('of two saves that expect the same version, exactly one succeeds', async ({ repository }) => {
    const loaded = await repository.save(samplePortfolio('p'));
    const attempts = [repository.save(loaded.deposit(1)), repository.save(loaded.deposit(2))];
    const [winner] = await oneSucceeds(attempts);
    assertSamePortfolio(await repository.load('p'), winner!);
  });

  kit.rule('of 20 writers that create the same portfolio, exactly one succeeds', async ({ repository }) => {
    const attempts = writers((writer) => repository.save(samplePortfolio('p').deposit(writer + 1)));
    const [winner] = await oneSucceeds(attempts);
    assertSamePortfolio(await repository.load('p'), winner!);
  });

  kit.rule(
    'when 20 writers load, change and save, one succeeds per version and no change is lost',
    async (h) => {
      await h.repository.save(samplePortfolio('p', { cash: { USD: 0 } }));
      const versions = await Promise.all(writers(() => deposited(h.repository)));
      await assertAllDeposited(h.repository, versions);
    },
  );

  kit.ruleIf(!!kit.supports.peer, 'writers in two processes lose no changes', async (h) => {
    await h.repository.save(samplePortfolio('p', { cash: { USD: 0 } }));
    const ends = [h.repository, h.peer!];
    const versions = await Promise.all(writers((writer) => deposited(ends[writer % 2]!)));
    await assertAllDeposited(h.peer!, versions);
  });

  kit.rule(
    'of a save and a delete that expect the same version, exactly one succeeds',
    async ({ repository }) => {
      const loaded = await repository.save(samplePortfolio('p'));
      const outcomes = await Promise.allSettled([
        repository.save(loaded.deposit(1)),
        repository.delete('p', 1),
      ]);
      assertEqual(outcomes.filter(({ status }) => status === 'fulfilled').length, 1, 'calls that succeeded');
      const isSaved = outcomes[0].status === 'fulfilled';
      assertEqual((await repository.load('p'))?.version, isSaved ? 2 : undefined, 'version afterwards');
    },
  );

  kit.rule('saves of different portfolios do not conflict', async ({ repository }) => {
    const saved = await Promise.all(writers((writer) => repository.save(samplePortfolio(`p${writer}`))));
    assertEqual(
      saved.map(({ version }) => version),
      writers(async () => 1).map(() => 1),
      'versions',
    );
  });

  kit.rule(
    'when valuations arrive in any order, the one with the newest prices is kept',
    async ({ repository }) => {
      await repository.save(samplePortfolio('p'));
      const at = (writer: number): number => NOON + ((writer * 7) % WRITERS);
      await Promise.all(
        writers((writer) => offer(repository, sampleValuation('p', { priceOrder: sampleOrder(at(writer)) }))),
      );
      await assertStored(repository, sampleValuation('p', { priceOrder: sampleOrder(NOON + WRITERS - 1) }));
    },
  );

  kit.rule('concurrent valuations never make a save fail', async ({ repository }) => {
    let portfolio = await repository.save(samplePortfolio('p'));
    for (let round = 0; round < 10; round++) {
      const { version } = portfolio;
      const valuation = sampleValuation('p', { version, priceOrder: sampleOrder(NOON + round) });
      const [saved] = await Promise.all([
        repository.save(portfolio.deposit(1)),
        repository.saveValuations([valuation]),
        repository.saveValuations([valuation]),
      ]);
      portfolio = saved;
    }
    assertEqual((await repository.load('p'))?.version, 11, 'version after 10 trades');
  });

  kit.rule('when prices arrive in any order, the newest is kept', async ({ repository }) => {
    const at = (writer: number): number => (writer * 7) % WRITERS;
    await Promise.all(
      writers((writer) => repository.savePrices([samplePrice('AAPL', 100 + at(writer), NOON + at(writer))])),
    );
    const prices = await repository.loadPrices();
    assertEqual(
      prices.map(({ timestamp }) => timestamp - NOON),
      [WRITERS - 1],
      'stored prices',
    );
  });
}

async function deposited(repository: PortfolioRepository): Promise<number> {
  for (;;) {
    const loaded = await repository.load('p');
    assert(loaded !== null, 'the portfolio is there');
    try {
      return (await repository.save(loaded.deposit(1))).version;
    } catch (error) {
      assertCode(error, 'VERSION_CONFLICT', 'save() that lost the race');
    }
  }
}

async function assertAllDeposited(repository: PortfolioRepository, versions: number[]): Promise<void> {
  const expected = Array.from({ length: WRITERS }, (_, writer) => writer + 2);
  assertEqual(
    versions.sort((a, b) => a - b),
    expected,
    'versions that the writers saved',
  );
  const stored = await repository.load('p');
  assertEqual(stored?.version, WRITERS + 1, 'version afterwards');
  assertEqual(stored?.cash.get('USD')?.toNumber(), WRITERS, 'sum of all deposits');
}

async function oneSucceeds(attempts: Promise<Portfolio>[]): Promise<Portfolio[]> {
  const outcomes = await Promise.allSettled(attempts);
  const winners: Portfolio[] = [];
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') winners.push(outcome.value);
    else assertCode(outcome.reason as TickmarkError, 'VERSION_CONFLICT', 'save() that lost the race');
  }
  assertEqual(winners.length, 1, 'saves that succeeded');
  return winners;
}
