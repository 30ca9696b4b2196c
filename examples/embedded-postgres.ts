// PostgreSQL inside the process: PGlite needs no server. `new PGlite('./data')` keeps its data in that folder.
import { PGlite } from '@electric-sql/pglite';
import { MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
import { PostgresPortfolioRepository, migrate } from 'tickmark/postgres';

const database = new PGlite();
console.log(`migrations applied: ${(await migrate(database)).join(', ')}`);
console.log(`and when run again: ${(await migrate(database)).length}`);

const repository = new PostgresPortfolioRepository(database);
await repository.save(
  Portfolio.create({
    id: 'family',
    currency: 'USD',
    positions: [
      { symbol: 'ACME', quantity: 10, averageCost: '184.10' },
      { symbol: 'GLOBEX', quantity: -4, averageCost: '42.00' },
    ],
  }),
);

const stream = new MockPriceStreamAdapter({ startPrice: 100, volatility: 4 });
const marking = await markToMarket({ stream, repository });
/** Resolves with the next value for which all prices are known. */
const nextValue = (): Promise<void> =>
  new Promise((resolve) => {
    const stop = marking.onValued((batch) => {
      for (const { marketValue } of batch) if (marketValue) resolve(stop());
    });
  });
await nextValue();
// A trade while prices stream. It raises the version, and the value is computed again.
await marking.update('family', (holdings) => holdings.buy('ACME', 5, '100.10'));
await nextValue();
await marking.close();
await repository.close();

// A second process could start here: everything it needs is in the database.
const reopened = new PostgresPortfolioRepository(database);
const family = (await reopened.load('family'))!;
const [valuation] = await reopened.loadValuations(['family']);
const prices = await reopened.loadPrices();
console.log(`holdings: version ${family.version}, ${family.position('ACME')?.quantity} ACME`);
console.log(
  `stored: ${valuation?.marketValue} ${valuation?.currency}, of holdings at version ${valuation?.version}`,
);
for (const { symbol, price } of prices) console.log(`last price: ${symbol} ${price}`);
console.log(`counters: ${JSON.stringify(reopened.stats())}`);
await reopened.close();
await database.close();
