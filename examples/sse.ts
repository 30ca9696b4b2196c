// A provider over server-sent events: how to describe it, and what happens when its stream breaks.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGap } from 'tickmark';
import { SsePriceStreamAdapter, type SseFeed } from 'tickmark/sse';

// Plays the provider: numbered events, which it can send again from any number on.
const prices = ['184.10', '184.25', '183.90', '184.40', '184.55', '184.35'];
const streams = new Set<ServerResponse>();
const server = createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('retry: 100\n\n');
  const from = Number(request.headers['last-event-id'] ?? 0);
  console.log(`provider: a client continues from event ${from}, with ${request.headers.authorization}`);
  for (let id = from + 1; id <= sent; id++) response.write(event(id));
  streams.add(response);
  response.on('close', () => streams.delete(response));
});
let sent = 0;
const event = (id: number): string => {
  const data = { ticker: 'ACME', last: prices[id - 1], at: Date.now() };
  return `id: ${id}\nevent: quote\ndata: ${JSON.stringify(data)}\n\n`;
};
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

// What you write: an address, a token and one function.
const feed: SseFeed = {
  name: 'my-provider',
  url: ({ symbols }) => `http://127.0.0.1:${port}/live?tickers=${symbols.join()}`,
  headers: async () => ({ Authorization: 'Bearer of-today' }),
  // The provider sends missed events again.
  recovers: true,
  open: (sink) => (event) => {
    if (event.type !== 'quote') return sink.control('other');
    const { ticker, last, at } = JSON.parse(event.data) as { ticker: string; last: string; at: number };
    sink.update({ symbol: ticker, price: last, timestamp: at });
  },
};

const stream = new SsePriceStreamAdapter({ feed, deadlines: { connect: 30_000 } });
stream.onStatus(({ state }) => console.log(`status: ${state}`));
stream.onMessage((message) => {
  if (isGap(message)) console.log(`gap: ${message.to - message.from} ms, recovered ${message.recovered}`);
  else console.log(`${message.symbol} ${message.price}`);
});
await stream.connect();
await stream.subscribe(['ACME']);

while (sent < prices.length) {
  sent++;
  for (const response of streams) response.write(event(sent));
  while (stream.stats().prices < sent) await sleep(10);
  // The provider closes the connection, and its next price falls into the gap.
  if (sent === 3) for (const response of streams) response.socket?.resetAndDestroy();
}

await stream.disconnect();
server.close();
const { prices: read, reconnects } = stream.stats();
console.log(`${read} prices, ${reconnects} reconnect`);
