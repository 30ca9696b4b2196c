// What the servers of this folder share: one gateway of one process.
import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
import { Gateway } from 'tickmark/gateway';

const repository = new InMemoryPortfolioRepository();
const positions = [{ symbol: 'ACME', quantity: 100, averageCost: '184.50' }];
await repository.save(Portfolio.create({ id: 'desk', currency: 'USD', positions }));
export const marking = await markToMarket({
  stream: new MockPriceStreamAdapter({ startPrice: 184 }),
  repository,
});

export const gateway = new Gateway({
  bus: marking.bus,
  values: marking,
  origins: ['https://app.example.com'],
  authenticate: ({ headers }) => (headers.get('cookie') === 'session=of-alice' ? { subject: 'alice' } : null),
  authorize: (subject, { id }) => subject === 'alice' && id === 'desk',
});
