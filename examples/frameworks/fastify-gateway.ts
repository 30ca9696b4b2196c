// Live values from Fastify: the reply is taken over with hijack(), so that Fastify does not end it.
import { on } from 'node:events';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
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
const handle = nodeHandler(gateway);

const app = Fastify({ forceCloseConnections: true });
// GET opens a stream, and POST changes it. Fastify has read the body already.
app.route({
  method: ['GET', 'POST'],
  url: '/live',
  handler(request, reply) {
    reply.hijack();
    handle(Object.assign(request.raw, { body: request.body }), reply.raw);
  },
});
// Close the streams first: the server waits for them.
app.addHook('preClose', () => gateway.close());
app.server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
await app.listen({ host: '127.0.0.1', port: 0 });

// A real server keeps running. This one reads its own stream and its own WebSocket, and ends.
const { port } = app.server.address() as AddressInfo;
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
await app.close();
await marking.close();
