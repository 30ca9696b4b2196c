// Live values from Express: nodeHandler(gateway) is a handler like any other, behind whatever comes before it.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
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

const app = express();
app.get('/live', nodeHandler(gateway));
app.use((_request, response) => response.status(404).json({ error: 'there is nothing here' }));
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');

// A server would stay. This one reads its own stream, and ends.
const { port } = server.address() as AddressInfo;
const headers = { origin: 'https://app.example.com', cookie: 'session=of-the-desk' };
const response = await fetch(`http://127.0.0.1:${port}/live?topic=portfolio%3Adesk`, { headers });
let events = 0;
for await (const chunk of response.body!) {
  console.log(new TextDecoder().decode(chunk as Uint8Array).trim());
  if (++events === 4) break;
}
await gateway.close();
server.close();
await marking.close();
