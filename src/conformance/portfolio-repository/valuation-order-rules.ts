import { Decimal } from '../../core/money/decimal.js';
import type { ValuationRecord } from '../../core/portfolio/portfolio-repository.js';
import { assertEqual } from '../assertions.js';
import type { RepositoryKit } from './repository-kit.js';
import { NOON, assertStored, offer, sampleOrder, samplePortfolio, sampleValuation } from './sample-data.js';

const OTHER = Decimal.from('1.23');
const DIFFERENCES: readonly Partial<ValuationRecord>[] = [
  { marketValue: OTHER },
  { marketValue: null },
  { costBasis: OTHER },
  { unrealizedPnl: OTHER },
  { cash: null },
  { equity: OTHER },
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

  kit.rule('a valuation with a greater order replaces a smaller one, whenever it was computed', async (h) => {
    await h.repository.save(samplePortfolio('p'));
    await offer(h.repository, stored);
    for (const newer of [at(sampleOrder(NOON + 1)), at(sampleOrder(NOON + 2), NOON - 1)]) {
      assertEqual(await offer(h.repository, newer), 'saved', 'outcome');
      await assertStored(h.repository, newer);
    }
  });

  kit.rule('a valuation with a smaller order never replaces a greater one', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    await offer(repository, stored);
    for (const older of [at(sampleOrder(NOON - 1)), at('', NOON + 5000)]) {
      assertEqual(await offer(repository, older), 'outdated', 'outcome');
      await assertStored(repository, stored);
    }
  });

  kit.rule('orders are compared byte by byte', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    // As ASCII has them, which no language's dictionary does.
    for (const [n, digit] of ['-', '0', '9', 'A', 'Z', '_', 'a', 'z'].entries()) {
      const next = at(`1${digit}`, NOON - n);
      assertEqual(await offer(repository, next), 'saved', `outcome for "${digit}"`);
    }
  });

  kit.rule('a valuation that says the same as the stored one is outdated', async ({ repository }) => {
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

  kit.rule('a later valuation of the same order that says something else is saved', async (h) => {
    for (const [n, different] of DIFFERENCES.entries()) {
      const id = `p${n}`;
      await h.repository.save(samplePortfolio(id));
      await offer(h.repository, sampleValuation(id));
      const changed = sampleValuation(id, { ...different, valuedAt: NOON + 5 + (n % 2) });
      assertEqual(
        await offer(h.repository, changed),
        'saved',
        `outcome with other ${Object.keys(different)[0]}`,
      );
      await assertStored(h.repository, changed);
    }
  });

  kit.rule('an earlier valuation of the same order never replaces a later one', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    await offer(repository, stored);
    assertEqual(await offer(repository, at(order, NOON - 1)), 'outdated', 'outcome');
    await assertStored(repository, stored);
  });

  kit.rule(
    'of valuations of different bases, the one computed later is kept, whatever its order',
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
    'of two valuations of a portfolio in one list, the later is compared with the earlier',
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
