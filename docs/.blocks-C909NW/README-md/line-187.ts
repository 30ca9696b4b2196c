import { createServer } from 'node:http';
import { InMemoryPortfolioRepository, MockPriceStreamAdapter, markToMarket } from 'tickmark';
import { Gateway, nodeHandler } from 'tickmark/gateway';

const marking = await markToMarket({
  stream: new MockPriceStreamAdapter(),
  repository: new InMemoryPortfolioRepository(),
});
const gateway = new Gateway({
  bus: marking.bus,
  values: marking,
  authenticate: ({ headers }) => (headers.get('cookie') === 'session=of-alice' ? { subject: 'alice' } : null),
  authorize: (subject, { kind, id }) => subject === 'alice' && kind !== 'price' && id === 'desk',
});
const server = createServer(nodeHandler(gateway)).listen(0, '127.0.0.1', () => console.log('listening'));

setTimeout(async () => {
  await gateway.close();
  server.close();
  await marking.close();
}, 500);
