import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';

const repository = new InMemoryPortfolioRepository();
await repository.save(
  Portfolio.create({
    id: 'pension',
    currency: 'EUR',
    positions: [
      { symbol: 'SAP', quantity: 40, averageCost: '96.10' },
      { symbol: 'AAPL', quantity: '12.5', averageCost: '88.40', currency: 'USD' },
    ],
  }),
);

const marking = await markToMarket({ stream: new MockPriceStreamAdapter(), repository, fx: ['EUR/USD'] });
marking.onValued((batch) => {
  for (const { portfolioId, marketValue, unrealizedPnl } of batch) {
    console.log(portfolioId, marketValue?.toString() ?? 'not all priced yet', unrealizedPnl?.toString());
  }
});

setTimeout(() => void marking.close(), 500);
