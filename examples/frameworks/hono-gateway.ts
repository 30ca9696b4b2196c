// Live values from Hono, and from any server with Request and Response: Deno, Bun, Workers, Next.js route handlers.
import { Hono } from 'hono';
import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
import { Gateway } from 'tickmark/gateway';

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

const app = new Hono();
// GET opens a stream, and POST changes it.
app.all('/live', (context) => gateway.handle(context.req.raw));

// A real server keeps running. This one sends itself a request without a network, reads the stream, and ends.
const headers = { origin: 'https://app.example.com', cookie: 'session=of-alice' };
const response = await app.request('/live?topic=portfolio%3Adesk', { headers });
let events = 0;
for await (const chunk of response.body!) {
  console.log(new TextDecoder().decode(chunk as Uint8Array).trim());
  if (++events === 4) break;
}
await gateway.close();
await marking.close();
