import { Decimal } from '../../core/money/decimal.js';
import type { PortfolioRepository, PriceRecord } from '../../core/portfolio/portfolio-repository.js';
import { assertEqual } from '../assertions.js';
import type { RepositoryKit } from './repository-kit.js';
import { NOON, plain, samplePrice } from './sample-data.js';

export function priceRules(kit: RepositoryKit): void {
  kit.rule('prices load as they were saved, one for each symbol', async ({ repository }) => {
    const prices: PriceRecord[] = [
      samplePrice('AAPL', '150.123456789012345678'),
      samplePrice('BUND', '98.5', NOON, {
        previousClose: Decimal.from('98.25'),
        previousCloseAt: NOON - 60_000,
        accrued: Decimal.from('1.0625'),
        previousAccrued: Decimal.from('-0.01'),
      }),
      samplePrice('VOD.L', '74.5', NOON, { currency: 'GBp', previousClose: Decimal.from('74.1') }),
      samplePrice('OPT', '0.05', NOON, { bid: Decimal.from(0), ask: Decimal.from('0.1'), state: 'halted' }),
      samplePrice('NAV', 101, NOON, {
        receivedAt: NOON + 7,
        stamp: { venueTime: 0, arrival: NOON * 1000 + 7001 },
        gap: NOON * 1000 + 9000,
        liveUntil: null,
      }),
      samplePrice('CLK20', '-37.63'),
      samplePrice('SPLIT', 3, NOON, { adjustment: Decimal.from('0.333333333333333333') }),
    ];
    await repository.savePrices(prices);
    await assertPrices(repository, prices);
  });

  kit.rule('a newer price replaces all fields of an older one', async ({ repository }) => {
    await repository.savePrices([
      samplePrice('AAPL', 150, NOON, {
        bid: Decimal.from(149),
        ask: Decimal.from(151),
        currency: 'USD',
        previousClose: Decimal.from(149),
        state: 'delayed',
        adjustment: Decimal.from('0.5'),
      }),
    ]);
    await repository.savePrices([samplePrice('AAPL', 151, NOON + 1)]);
    await assertPrices(repository, [samplePrice('AAPL', 151, NOON + 1)]);
  });

  kit.rule('an older price never replaces a newer one', async ({ repository }) => {
    await repository.savePrices([samplePrice('AAPL', 150, NOON)]);
    await repository.savePrices([samplePrice('AAPL', 149, NOON - 1), samplePrice('MSFT', 300, NOON - 1)]);
    await assertPrices(repository, [samplePrice('AAPL', 150, NOON), samplePrice('MSFT', 300, NOON - 1)]);
  });

  kit.rule('prices are ordered by their stamps alone: by venue time, then by arrival', async (h) => {
    const price = (value: number, venueTime: number, arrival: number, timestamp: number): PriceRecord =>
      samplePrice('A', value, timestamp, { stamp: { venueTime, arrival } });
    await h.repository.savePrices([price(1, 100, 50, NOON)]);
    for (const older of [price(2, 99, 90, NOON + 1), price(2, 100, 49, NOON + 1)]) {
      await h.repository.savePrices([older]);
      await assertPrices(h.repository, [price(1, 100, 50, NOON)]);
    }
    for (const newer of [
      price(3, 100, 51, NOON - 1),
      price(4, 101, 1, NOON - 2),
      price(5, 101, 1, NOON - 2),
    ]) {
      await h.repository.savePrices([newer]);
      await assertPrices(h.repository, [newer]);
    }
  });

  kit.rule('a gap makes an earlier price stale, and stays stored whatever is saved later', async (h) => {
    const mark = (ms: number): number => 1000 * (NOON + ms);
    const price = (ms: number, gap: number, liveUntil: number | null): PriceRecord =>
      samplePrice('A', ms, NOON + ms, { gap, liveUntil });
    await h.repository.savePrices([price(1, 0, NOON + 60_000)]);
    await h.repository.savePrices([price(1, mark(5), NOON + 4)]);
    await assertPrices(h.repository, [price(1, mark(5), NOON + 4)]);
    // From a writer that does not know of the gap.
    await h.repository.savePrices([price(1, 0, NOON + 60_000)]);
    await assertPrices(h.repository, [price(1, mark(5), NOON + 4)]);
    await h.repository.savePrices([price(3, 0, null)]);
    await assertPrices(h.repository, [price(3, mark(5), NOON + 4)]);
    await h.repository.savePrices([price(6, 0, NOON + 70_000)]);
    await assertPrices(h.repository, [price(6, mark(5), NOON + 70_000)]);
    await h.repository.savePrices([price(2, mark(8), NOON + 7)]);
    await assertPrices(h.repository, [price(6, mark(8), NOON + 7)]);
  });

  kit.rule('savePrices() of two prices of one symbol keeps the newer one', async ({ repository }) => {
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
