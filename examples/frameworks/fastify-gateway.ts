// Live values from Fastify: the reply is taken over with hijack(), so that Fastify does not end it.
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
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
  authorize: (request, id) => id === 'desk' && request.headers.get('cookie') === 'session=of-the-desk',
});
const handle = nodeHandler(gateway);

const app = Fastify({ forceCloseConnections: true });
app.get('/live', (request, reply) => {
  reply.hijack();
  handle(request.raw, reply.raw);
});
// Streams end before the server does, or it would wait for them.
app.addHook('preClose', () => gateway.close());
await app.listen({ host: '127.0.0.1', port: 0 });

// A server would stay. This one reads its own stream, and ends.
const { port } = app.server.address() as AddressInfo;
const headers = { origin: 'https://app.example.com', cookie: 'session=of-the-desk' };
const response = await fetch(`http://127.0.0.1:${port}/live?topic=portfolio%3Adesk`, { headers });
let events = 0;
for await (const chunk of response.body!) {
  console.log(new TextDecoder().decode(chunk as Uint8Array).trim());
  if (++events === 4) break;
}
await app.close();
await marking.close();
