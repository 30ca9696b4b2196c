// Live values in a browser: a gateway on a plain node:http server, over server-sent events and WebSockets. A server would stay; this
// one reads its own stream for a moment, as a page does, and ends.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
import { Gateway, nodeHandler, nodeRequest } from 'tickmark/gateway';

const repository = new InMemoryPortfolioRepository();
for (const id of ['desk', 'board']) {
  const positions = [{ symbol: 'ACME', quantity: 100, averageCost: '184.50' }];
  await repository.save(Portfolio.create({ id, currency: 'USD', positions }));
}
const stream = new MockPriceStreamAdapter({ startPrice: 184, volatility: 4 });
const marking = await markToMarket({ stream, repository });

// Who may see what is yours to say: a session, a token, a ticket. Here a token is good for one portfolio and a quarter of an hour.
const TOKENS = new Map([['token-of-the-desk', 'desk']]);
const gateway = new Gateway({
  bus: marking.bus,
  values: marking,
  stream,
  book: marking.engine.book,
  origins: ['https://app.example.com'],
  authorize(request, portfolioId) {
    const token = request.headers.get('authorization')?.replace('Bearer ', '') ?? '';
    return TOKENS.get(token) === portfolioId && { expiresAt: Date.now() + 15 * 60_000 };
  },
  authorizePrice: () => true,
});

const server = createServer(nodeHandler(gateway));
const sockets = new WebSocketServer({ server, maxPayload: 65_536 });
sockets.on('connection', (socket, request) => {
  gateway.open(socket, nodeRequest(request), { address: request.socket.remoteAddress });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

const topics = ['portfolio:desk', 'price:ACME', 'portfolio:board'].map(
  (topic) => `topic=${encodeURIComponent(topic)}`,
);
const headers = { origin: 'https://app.example.com', authorization: 'Bearer token-of-the-desk' };
const response = await fetch(`http://127.0.0.1:${port}/live?${topics.join('&')}`, { headers });
let events = 0;
const decoder = new TextDecoder();
for await (const chunk of response.body!) {
  console.log(decoder.decode(chunk as Uint8Array).trim());
  if (++events === 5) break;
}

console.log(gateway.stats());
await gateway.close();
sockets.close();
server.close();
await marking.close();
