import { Decimal } from '../../core/money/decimal.js';
import type { PortfolioRepository, PriceRecord } from '../../core/portfolio/portfolio-repository.js';
import { assertEqual } from '../assertions.js';
import type { RepositoryKit } from './repository-kit.js';
import { NOON, plain, samplePrice } from './sample-data.js';

export function priceRules(kit: RepositoryKit): void {
  kit.rule('prices load as they were saved, one for each symbol', async ({ repository }) => {
    const prices: PriceRecord[] = [
      samplePrice('AAPL', '150.123456789012345678'),
      { ...samplePrice('VOD.L', '74.5'), currency: 'GBp', previousClose: Decimal.from('74.1') },
      samplePrice('CLK20', '-37.63'),
    ];
    await repository.savePrices(prices);
    await assertPrices(repository, prices);
  });

  kit.rule('a newer price replaces all fields of an older one', async ({ repository }) => {
    await repository.savePrices([
      { ...samplePrice('AAPL', 150, NOON), currency: 'USD', previousClose: Decimal.from(149) },
    ]);
    await repository.savePrices([samplePrice('AAPL', 151, NOON + 1)]);
    await assertPrices(repository, [samplePrice('AAPL', 151, NOON + 1)]);
  });

  kit.rule('an older price never replaces a newer one', async ({ repository }) => {
    await repository.savePrices([samplePrice('AAPL', 150, NOON)]);
    await repository.savePrices([samplePrice('AAPL', 149, NOON - 1), samplePrice('MSFT', 300, NOON - 1)]);
    await assertPrices(repository, [samplePrice('AAPL', 150, NOON), samplePrice('MSFT', 300, NOON - 1)]);
  });

  kit.rule('of two prices of a symbol in one list, the newest is kept', async ({ repository }) => {
    const [older, newer] = [samplePrice('AAPL', 149, NOON), samplePrice('AAPL', 150, NOON + 1)];
    const [late, early] = [samplePrice('MSFT', 301, NOON + 1), samplePrice('MSFT', 300, NOON)];
    await repository.savePrices([older, newer, late, early]);
    await assertPrices(repository, [newer, late]);
  });

  kit.rule('savePrices() of an empty list stores nothing', async ({ repository }) => {
    await repository.savePrices([]);
    assertEqual(await repository.loadPrices(), [], 'stored prices');
  });
}

async function assertPrices(
  repository: PortfolioRepository,
  expected: readonly PriceRecord[],
): Promise<void> {
  const bySymbol = (a: PriceRecord, b: PriceRecord): number => (a.symbol < b.symbol ? -1 : 1);
  const stored = (await repository.loadPrices()).sort(bySymbol);
  assertEqual(stored.map(plain), [...expected].sort(bySymbol).map(plain), 'stored prices');
}
