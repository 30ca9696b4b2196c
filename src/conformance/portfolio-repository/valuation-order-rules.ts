import { Decimal } from '../../core/money/decimal.js';
import type { ValuationRecord } from '../../core/portfolio/portfolio-repository.js';
import { assertEqual } from '../assertions.js';
import type { RepositoryKit } from './repository-kit.js';
import { NOON, assertStored, offer, samplePortfolio, sampleValuation } from './sample-data.js';

const OTHER = Decimal.from('1.23');
const DIFFERENT_FIGURES: readonly Partial<ValuationRecord>[] = [
  { marketValue: OTHER },
  { marketValue: null },
  { costBasis: OTHER },
  { unrealizedPnl: OTHER },
  { cash: null },
  { equity: OTHER },
  { pricedMarketValue: OTHER },
  { complete: false },
  { currency: 'EUR' },
];

export function valuationOrderRules(kit: RepositoryKit): void {
  const stored = sampleValuation('p', { priceTime: NOON, priceTimeSum: 1000 });
  const at = (priceTime: number, priceTimeSum: number): ValuationRecord =>
    sampleValuation('p', { priceTime, priceTimeSum, marketValue: OTHER });

  kit.rule('a valuation with newer prices replaces an older one', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    await offer(repository, stored);
    for (const newer of [at(NOON + 1, 1001), at(NOON + 2, 3)]) {
      assertEqual(await offer(repository, newer), 'saved', 'outcome');
      await assertStored(repository, newer);
    }
  });

  kit.rule('a valuation with older prices never replaces a newer one', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    await offer(repository, stored);
    // The newest price decides before the sum of all.
    for (const older of [at(NOON - 1, 999), at(NOON - 1, 5000), at(0, 0)]) {
      assertEqual(await offer(repository, older), 'outdated', 'outcome');
      await assertStored(repository, stored);
    }
  });

  kit.rule(
    'of two valuations with the same newest price time, the larger sum of price times is newer',
    async (h) => {
      await h.repository.save(samplePortfolio('p'));
      await offer(h.repository, stored);
      assertEqual(await offer(h.repository, at(NOON, 999)), 'outdated', 'outcome with a smaller sum');
      await assertStored(h.repository, stored);
      assertEqual(await offer(h.repository, at(NOON, 1001)), 'saved', 'outcome with a larger sum');
      await assertStored(h.repository, at(NOON, 1001));
    },
  );

  kit.rule('a valuation with the same price times and figures is outdated', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    await offer(repository, stored);
    const again = { ...stored, valuedAt: stored.valuedAt + 1000, marketValue: Decimal.from('1040.5500') };
    assertEqual(await offer(repository, again), 'outdated', 'outcome');
    assertEqual(
      (await repository.loadValuations(['p']))[0]?.valuedAt,
      stored.valuedAt,
      'time of the stored one',
    );
  });

  kit.rule('a valuation with the same price times and other figures is saved', async (h) => {
    for (const [n, different] of DIFFERENT_FIGURES.entries()) {
      const id = `p${n}`;
      await h.repository.save(samplePortfolio(id));
      await offer(h.repository, sampleValuation(id));
      const changed = sampleValuation(id, different);
      assertEqual(
        await offer(h.repository, changed),
        'saved',
        `outcome with other ${Object.keys(different)[0]}`,
      );
      await assertStored(h.repository, changed);
    }
  });

  kit.rule(
    'of two valuations of a portfolio in one list, the later is compared with the earlier',
    async ({ repository }) => {
      await repository.save(samplePortfolio('p'));
      const [early, late] = [at(NOON, 1), at(NOON + 1, 1)];
      assertEqual(await repository.saveValuations([early, late]), ['saved', 'saved'], 'older first');
      await assertStored(repository, late);
      const [later, latest] = [at(NOON + 2, 1), at(NOON + 3, 1)];
      const outcomes = await repository.saveValuations([latest, later, latest, sampleValuation('x')]);
      assertEqual(outcomes, ['saved', 'outdated', 'outdated', 'missing'], 'newer first');
      await assertStored(repository, latest);
    },
  );
}
