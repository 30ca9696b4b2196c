// Live values from Koa: the response is taken over with `respond = false`, so that Koa does not end it.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
import { Gateway, nodeHandler } from 'tickmark/gateway';

const repository = new InMemoryPortfolioRepository();
const positions = [{ symbol: 'ACME', quantity: 100, averageCost: '184.50' }];
await repository.save(Portfolio.create({ id: 'desk', currency: 'USD', positions }));
const marking = await markToMarket({ stream: new MockPriceStreamAdapter({ startPrice: 184 }), repository });

const gateway = new Gateway({
  bus: marking.bus,
  values: marking,
  origins: ['https://app.example.com'],
  authenticate: ({ headers }) => (headers.get('cookie') === 'session=of-alice' ? { subject: 'alice' } : null),
  authorize: (subject, { id }) => subject === 'alice' && id === 'desk',
});
const handle = nodeHandler(gateway);

const app = new Koa();
app.use((context, next) => {
  if (context.path !== '/live') return next();
  context.respond = false;
  handle(context.req, context.res);
});
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');

// A real server keeps running. This one reads its own stream, and ends.
const { port } = server.address() as AddressInfo;
const headers = { origin: 'https://app.example.com', cookie: 'session=of-alice' };
const response = await fetch(`http://127.0.0.1:${port}/live?topic=portfolio%3Adesk`, { headers });
let events = 0;
for await (const chunk of response.body!) {
  console.log(new TextDecoder().decode(chunk as Uint8Array).trim());
  if (++events === 4) break;
}
await gateway.close();
server.close();
await marking.close();
