// Current values as JSON, from a plain node:http server: `GET /portfolios/desk`. `GET /health` is for a load balancer.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';

const repository = new InMemoryPortfolioRepository();
await repository.save(
  Portfolio.create({
    id: 'desk',
    currency: 'USD',
    positions: [{ symbol: 'ACME', quantity: 100, averageCost: '184.50' }],
  }),
);
const stream = new MockPriceStreamAdapter({ startPrice: 184, volatility: 4 });
const marking = await markToMarket({ stream, repository });

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url!, 'http://localhost');
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    // A Decimal becomes a string of its digits: a client that reads it as a float64 could lose some.
    response.end(JSON.stringify(body));
  };
  if (request.method !== 'GET') return send(405, { error: 'only GET is answered' });
  if (pathname === '/health') {
    const { stream, engine } = marking.stats();
    return send(stream.state === 'subscribed' ? 200 : 503, { stream: stream.state, unsaved: engine.unsaved });
  }
  const id = /^\/portfolios\/([^/]+)$/.exec(pathname)?.[1];
  // Reads the book in memory: no query, no waiting.
  const value = id === undefined ? null : marking.value(decodeURIComponent(id));
  if (!value) return send(404, { error: 'there is no such portfolio' });
  return send(200, value);
});

/** Accepts no new requests, answers those in progress, then closes the parts behind them. */
async function shutDown(): Promise<void> {
  server.close();
  server.closeIdleConnections();
  if (server.listening) await once(server, 'close');
  await marking.close();
}
process.once('SIGTERM', () => void shutDown());
process.once('SIGINT', () => void shutDown());

server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

// A real server would end its start-up here. This example sends itself requests once the desk has a value, and ends.
await new Promise<void>((resolve) => {
  marking.onValued(([desk]) => {
    if (desk?.marketValue) resolve();
  });
});
for (const path of ['/portfolios/desk', '/portfolios/nobody', '/health']) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  console.log(`${path}: ${answer.status} ${await answer.text()}`);
}
await shutDown();
console.log('closed');
