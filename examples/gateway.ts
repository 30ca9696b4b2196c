// Live values in a browser: a gateway on a plain node:http server, over server-sent events and WebSockets. A real server keeps
// running; this one reads its own stream for a moment, as a page would, and ends.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
import { Gateway, nodeHandler } from 'tickmark/gateway';

const repository = new InMemoryPortfolioRepository();
for (const id of ['desk', 'board']) {
  const positions = [{ symbol: 'ACME', quantity: 100, averageCost: '184.50' }];
  await repository.save(Portfolio.create({ id, currency: 'USD', positions }));
}
const stream = new MockPriceStreamAdapter({ startPrice: 184, volatility: 4 });
const marking = await markToMarket({ stream, repository });

// You decide who a reader is and what they may see: by a session, a token, a ticket. Here a token is valid for a quarter of an hour.
const USERS = new Map([['token-of-alice', 'alice']]);
const PORTFOLIOS = new Map([['alice', new Set(['desk'])]]);
const gateway = new Gateway({
  bus: marking.bus,
  values: marking,
  stream,
  book: marking.engine.book,
  origins: ['https://app.example.com'],
  authenticate({ headers }) {
    const subject = USERS.get(headers.get('authorization')?.replace('Bearer ', '') ?? '');
    return subject ? { subject, expiresAt: Date.now() + 15 * 60_000 } : null;
  },
  authorize: (subject, { kind, id }) => kind === 'price' || PORTFOLIOS.get(subject)?.has(id),
  serve: ['portfolio', 'positions', 'price'],
  onSecurityEvent: ({ type, subject, detail }) => console.log(`${type}: ${subject}, ${detail}`),
  WebSocketServer,
});

const server = createServer(nodeHandler(gateway));
server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

const topics = ['portfolio:desk', 'price:ACME', 'portfolio:board'].map(
  (topic) => `topic=${encodeURIComponent(topic)}`,
);
const headers = { origin: 'https://app.example.com', authorization: 'Bearer token-of-alice' };
const response = await fetch(`http://127.0.0.1:${port}/live?${topics.join('&')}`, { headers });
let events = 0;
const decoder = new TextDecoder();
for await (const chunk of response.body!) {
  console.log(decoder.decode(chunk as Uint8Array).trim());
  if (++events === 5) break;
}

console.log(gateway.stats());
await gateway.close();
server.close();
await marking.close();
