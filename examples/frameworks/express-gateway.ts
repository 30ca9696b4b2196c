// Live values from Express: nodeHandler(gateway) is a handler like any other, after your middleware.
import { on, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { WebSocket, WebSocketServer } from 'ws';
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
  WebSocketServer,
});

const app = express();
// GET opens a stream, and POST changes it.
app.all('/live', nodeHandler(gateway));
app.use((_request, response) => response.status(404).json({ error: 'there is nothing here' }));
const server = app.listen(0, '127.0.0.1');
server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
await once(server, 'listening');

// A real server keeps running. This one reads its own stream and its own WebSocket, and ends.
const { port } = server.address() as AddressInfo;
const headers = { origin: 'https://app.example.com', cookie: 'session=of-alice' };
const response = await fetch(`http://127.0.0.1:${port}/live?topic=portfolio%3Adesk`, { headers });
let events = 0;
for await (const chunk of response.body!) {
  console.log(new TextDecoder().decode(chunk as Uint8Array).trim());
  if (++events === 4) break;
}
const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, 'tickmark.v1', { headers });
socket.on('open', () => socket.send('{"type":"subscribe","topics":["portfolio:desk"]}'));
for await (const [data] of on(socket, 'message')) {
  console.log(String(data));
  if (++events === 7) break;
}
await gateway.close();
server.close();
await marking.close();
