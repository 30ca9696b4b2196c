import { Decimal } from '../../core/money/decimal.js';
import type { ValuationRecord } from '../../core/portfolio/portfolio-repository.js';
import { STREAMED_FIGURES, mapFigures } from '../../core/portfolio/figures/portfolio-totals.js';
import { savePortfolios } from '../../core/portfolio/repository-calls.js';
import { assertEqual } from '../assertions.js';
import type { RepositoryKit } from './repository-kit.js';
import {
  NOON,
  assertStored,
  offer,
  plain,
  sampleOrder,
  samplePortfolio,
  sampleValuation,
} from './sample-data.js';

const OTHER = Decimal.from('1.23');
const DIFFERENCES: readonly Partial<ValuationRecord>[] = [
  ...STREAMED_FIGURES.flatMap((name) => [{ [name]: OTHER }, { [name]: null }]),
  { priced: { marketValue: OTHER } },
  { complete: false },
  { currency: 'EUR' },
  { priceTime: NOON + 1 },
  { unpriced: ['AAPL'] },
  { unconverted: ['EUR'] },
];

export function valuationOrderRules(kit: RepositoryKit): void {
  const order = sampleOrder(NOON);
  const stored = sampleValuation('p', { priceOrder: order, valuedAt: NOON });
  const at = (priceOrder: string, valuedAt = NOON): ValuationRecord =>
    sampleValuation('p', { priceOrder, valuedAt, marketValue: OTHER });

  kit.rule(
    'a valuation with a greater priceOrder replaces one with a smaller priceOrder, even if computed earlier',
    async (h) => {
      await h.repository.save(samplePortfolio('p'));
      await offer(h.repository, stored);
      for (const newer of [at(sampleOrder(NOON + 1)), at(sampleOrder(NOON + 2), NOON - 1)]) {
        assertEqual(await offer(h.repository, newer), 'saved', 'outcome');
        await assertStored(h.repository, newer);
      }
    },
  );

  kit.rule(
    'a valuation with a smaller priceOrder never replaces one with a greater priceOrder',
    async ({ repository }) => {
      await repository.save(samplePortfolio('p'));
      await offer(repository, stored);
      for (const older of [at(sampleOrder(NOON - 1)), at('', NOON + 5000)]) {
        assertEqual(await offer(repository, older), 'outdated', 'outcome');
        await assertStored(repository, stored);
      }
    },
  );

  kit.rule('priceOrder is compared byte by byte', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    // In the order of ASCII, which is that of no language.
    for (const [n, digit] of ['-', '0', '9', 'A', 'Z', '_', 'a', 'z'].entries()) {
      const next = at(`1${digit}`, NOON - n);
      assertEqual(await offer(repository, next), 'saved', `outcome for "${digit}"`);
    }
  });

  kit.rule('a valuation with the same figures as the stored one is outdated', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    await offer(repository, stored);
    const again = {
      ...stored,
      ...mapFigures((name) => stored[name]!.rounded(6)), // 1.50 is no other figure than 1.5.
      valuedAt: stored.valuedAt + 1000,
    };
    assertEqual(await offer(repository, again), 'outdated', 'outcome');
    assertEqual(
      (await repository.loadValuations(['p']))[0]?.valuedAt,
      stored.valuedAt,
      'valuedAt of the stored valuation',
    );
  });

  kit.rule('a later valuation with the same priceOrder and other figures is saved', async (h) => {
    const ids = DIFFERENCES.map((_, n) => `p${n}`);
    await savePortfolios(
      h.repository,
      ids.map((id) => samplePortfolio(id)),
    );
    await h.repository.saveValuations(ids.map((id) => sampleValuation(id)));
    const changed = ids.map((id, n) =>
      sampleValuation(id, { ...DIFFERENCES[n], valuedAt: NOON + 5 + (n % 2) }),
    );
    const outcomes = await h.repository.saveValuations(changed);
    const refused = DIFFERENCES.filter((_, n) => outcomes[n] !== 'saved');
    assertEqual(refused.map(plain), [], 'differences that were not saved');
    for (const valuation of changed) await assertStored(h.repository, valuation);
  });

  kit.rule(
    'an earlier valuation with the same priceOrder never replaces a later one',
    async ({ repository }) => {
      await repository.save(samplePortfolio('p'));
      await offer(repository, stored);
      assertEqual(await offer(repository, at(order, NOON - 1)), 'outdated', 'outcome');
      await assertStored(repository, stored);
    },
  );

  kit.rule(
    'of two valuations with different bases, the one computed later is kept, whatever their priceOrder',
    async (h) => {
      await h.repository.save(samplePortfolio('p'));
      await offer(h.repository, stored);
      const other = { ...at(sampleOrder(NOON - 1)), basis: 'other' };
      assertEqual(
        await offer(h.repository, { ...other, priceOrder: sampleOrder(NOON + 1), valuedAt: NOON - 1 }),
        'outdated',
        'outcome of an earlier one',
      );
      await assertStored(h.repository, stored);
      assertEqual(await offer(h.repository, other), 'saved', 'outcome of a later one');
      await assertStored(h.repository, other);
    },
  );

  kit.rule(
    'saveValuations() of two valuations of one portfolio compares the second with the first',
    async ({ repository }) => {
      await repository.save(samplePortfolio('p'));
      const [early, late] = [at(sampleOrder(1)), at(sampleOrder(2))];
      assertEqual(await repository.saveValuations([early, late]), ['saved', 'saved'], 'older first');
      await assertStored(repository, late);
      const [later, latest] = [at(sampleOrder(3)), at(sampleOrder(4))];
      const outcomes = await repository.saveValuations([latest, later, latest, sampleValuation('x')]);
      assertEqual(outcomes, ['saved', 'outdated', 'outdated', 'missing'], 'newer first');
      await assertStored(repository, latest);
    },
  );
}
