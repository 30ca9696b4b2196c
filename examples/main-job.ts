// The main job: prices stream in; portfolios are valued, published and stored.
import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';

const repository = new InMemoryPortfolioRepository();
await repository.save(
  Portfolio.create({
    id: 'family',
    currency: 'USD',
    cash: { USD: 1_000 },
    positions: [
      { symbol: 'ACME', quantity: 10, averageCost: '184.10' },
      { symbol: 'SOLARIS', quantity: '25.5', averageCost: '96.30', currency: 'EUR' },
    ],
  }),
);

const stream = new MockPriceStreamAdapter({
  volatility: 4,
  symbols: {
    ACME: { startPrice: '184.10', currency: 'USD' },
    SOLARIS: { startPrice: '96.30', currency: 'EUR' },
    'EUR/USD': { startPrice: '1.0480', tickSize: '0.0001' },
  },
});

// Subscribes to the symbols that the portfolios hold, and to the currency pair.
const marking = await markToMarket({ stream, repository, fx: ['EUR/USD'], throttle: 100 });

// Prints ten values. A real job runs until it is stopped.
await new Promise<void>((resolve) => {
  let shown = 0;
  marking.onValued((batch) => {
    for (const { portfolioId, marketValue, equity, currency } of batch) {
      console.log(
        `${portfolioId}: market value ${marketValue ?? 'not known yet'} ${currency}, equity ${equity ?? '…'}`,
      );
      if (marketValue && ++shown === 10) resolve();
    }
  });
});

for (const { symbol, quantity, price, marketValue, grade } of marking.value('family')!.positions)
  console.log(`  ${symbol}: ${quantity} × ${price?.price} ${price?.currency} = ${marketValue} USD, ${grade}`);

await marking.flush();
const [stored] = await repository.loadValuations(['family']);
console.log(`stored: ${stored?.marketValue} ${stored?.currency}, of holdings at version ${stored?.version}`);

// Stores and publishes what is pending. Nothing is left running, so the process ends by itself.
await marking.close();
