import { afterEach, expect, test } from 'vitest';
import {
  samplePortfolio,
  samplePrice,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import { inversePerpetual } from '../../src/core/instruments/instrument-presets.js';
import { STREAMED_FIGURES } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { columnOf } from '../../src/sqlite/statements/valuation-statements.js';
import { eachDriver, freshRepository } from './stores.js';

eachDriver('migrateSqlite()', (driver) => {
  const closings: (() => void)[] = [];
  afterEach(() => closings.splice(0).forEach((close) => close()));
  const fresh = async () => {
    const store = await freshRepository(driver);
    closings.push(store.close);
    return store;
  };

  test('creates a view of totals with a column for each figure', async () => {
    const { repository, rows } = await fresh();
    for (const id of ['old', 'p', 'part']) await repository.save(samplePortfolio(id));
    const later = { liveUntil: 4_000_000_000_000, dayPnl: null };
    await repository.saveValuations([
      sampleValuation('old'),
      sampleValuation('p', later),
      sampleValuation('part', { ...later, complete: false, unpriced: ['TSLA'] }),
    ]);
    await repository.save(samplePortfolio('old').withVersion(1));
    const [old, p, part] = rows('SELECT * FROM tickmark_portfolio_values ORDER BY portfolio_id');
    const figures = STREAMED_FIGURES.map((name) => [
      columnOf(name),
      sampleValuation('old')[name]!.toString(),
    ]);
    expect(old).toMatchObject(Object.fromEntries(figures) as object);
    expect(old).toMatchObject({
      version: 1,
      is_current: 0,
      grade: 'stale',
      valued_at: '2023-11-14T22:13:20.005Z',
    });
    expect(p).toMatchObject({ is_current: 1, grade: 'live', day_pnl: null, missing: null });
    expect(part).toMatchObject({ grade: 'missing', missing: '{"unpriced":["TSLA"],"unconverted":[]}' });
  });

  test('creates a view of positions at the last price', async () => {
    const { repository, rows } = await fresh();
    await repository.save(samplePortfolio('p'));
    await repository.savePrices([
      samplePrice('AAPL', '187.20', 1_700_000_000_000, { liveUntil: null, currency: 'USD' }),
    ]);
    const [aapl, tsla] = rows('SELECT * FROM tickmark_position_values ORDER BY symbol');
    expect(aapl).toMatchObject({
      portfolio_id: 'p',
      quantity: '10',
      price: '187.2',
      about_market_value: 1872,
      about_unrealized_pnl: 369.5,
      grade: 'live',
      price_time: '2023-11-14T22:13:20.000Z',
    });
    expect(tsla).toMatchObject({ price: null, about_market_value: null, grade: 'missing' });
    const perpetual = inversePerpetual({ symbol: 'BTC-PERP', currency: 'USD', settlementCurrency: 'BTC' });
    const coins = Portfolio.create({
      id: 'coins',
      currency: 'USD',
      instruments: [perpetual],
      positions: [{ symbol: 'BTC-PERP', quantity: 100, averageCost: 50_000 }],
    });
    await repository.save(coins);
    await repository.savePrices([samplePrice('BTC-PERP', 50_000, 1_700_000_000_000, { currency: 'USD' })]);
    // Worth 100 / 50,000 coins.
    expect(rows(`SELECT * FROM tickmark_position_values WHERE symbol = 'BTC-PERP'`)).toMatchObject([
      { quantity: '100', currency: 'BTC', price: '50000', about_market_value: null },
    ]);
    await repository.savePrices([samplePrice('TSLA', 200, 1_700_000_000_000, { currency: 'EUR' })]);
    expect(rows(`SELECT * FROM tickmark_position_values WHERE symbol = 'TSLA'`)).toMatchObject([
      { price: '200', price_currency: 'EUR', about_market_value: null, grade: 'stale' },
    ]);
  });
});
