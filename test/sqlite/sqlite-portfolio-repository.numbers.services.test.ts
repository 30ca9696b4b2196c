import { afterEach, expect, test } from 'vitest';
import {
  samplePortfolio,
  samplePrice,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import { eachDriver, freshRepository } from './stores.js';

eachDriver('SqlitePortfolioRepository', (driver) => {
  const closings: (() => void)[] = [];
  afterEach(() => closings.splice(0).forEach((close) => close()));
  const fresh = async () => {
    const store = await freshRepository(driver);
    closings.push(store.close);
    return store;
  };

  test.each([
    { priceTime: NaN },
    { receivedAt: Infinity },
    { liveUntil: 2 ** 53 },
    { valuedAt: '1' as unknown as number },
    { version: 1.5 },
    { version: -1 },
  ])('rejects a valuation with %o as INVALID_ARGUMENT, and stores nothing of its set', async (wrong) => {
    const { repository } = await fresh();
    await repository.save(samplePortfolio('p'));
    const set = [sampleValuation('p'), sampleValuation('q', wrong)];
    await expect(repository.saveValuations(set)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await repository.loadValuations(['p'])).toEqual([]);
  });

  test.each([
    { timestamp: NaN },
    { gap: Infinity },
    { liveUntil: NaN },
    { previousCloseAt: NaN },
    { stamp: { venueTime: 1, arrival: 2 ** 60 } },
  ])('rejects a price with %o as INVALID_ARGUMENT, and stores nothing of its set', async (wrong) => {
    const { repository } = await fresh();
    const set = [samplePrice('A', 1), { ...samplePrice('B', 1), ...wrong }];
    await expect(repository.savePrices(set)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await repository.loadPrices()).toEqual([]);
  });
});
