/** A gateway in a process of its own, so that its memory is its own: prices tick, readers connect, and it tells what it takes. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InMemoryEventBus, PriceChangedBatch } from 'tickmark';
import { Gateway, nodeHandler, type GatewayStats } from 'tickmark/gateway';
import { workerLink } from '../servers/worker-link.js';

export interface GatewayWorkerArguments {
  readonly symbols: number;
  readonly updatesPerSecond: number;
}

export interface GatewayReport {
  readonly port: number;
  /** Resident memory and the most of it since the last report, in bytes. */
  readonly rss: number;
  readonly most: number;
  readonly stats: GatewayStats;
}

const { args, messages, send } = workerLink<GatewayWorkerArguments, 'report' | 'close', GatewayReport>();
const { symbols, updatesPerSecond } = args;
const names = Array.from({ length: symbols }, (_, index) => `S${index}`);

const bus = new InMemoryEventBus();
const gateway = new Gateway({
  bus,
  values: { value: () => null },
  authenticate: () => ({ subject: 'anyone' }),
  authorize: () => true,
  serve: ['price'],
  allowMissingOrigin: true,
  limits: {
    connectionsPerAddress: Infinity,
    openingsPerAddress: Infinity,
    topicsPerAddress: Infinity,
  },
});
const server = createServer({ maxHeaderSize: 65_536 }, nodeHandler(gateway));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 2048, resolve));

const begin = performance.now();
let published = 0;
const ticking = setInterval(() => {
  const due = Math.min(
    published + updatesPerSecond,
    Math.floor(((performance.now() - begin) / 1000) * updatesPerSecond),
  );
  const now = Date.now();
  const updates = [];
  for (; published < due; published++) {
    updates.push({ symbol: names[published % symbols]!, price: 1 + (published % 1_000_000), timestamp: now });
  }
  if (updates.length > 0) void bus.publish(PriceChangedBatch.ofUpdates(updates, now));
}, 5);

let most = 0;
const watching = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 50);
const report = (): void => {
  const rss = process.memoryUsage.rss();
  const { port } = server.address() as AddressInfo;
  send({ port, rss, most: Math.max(most, rss), stats: gateway.stats() });
  most = 0;
};

report();
for await (const message of messages) {
  if (message === 'close') {
    clearInterval(ticking);
    clearInterval(watching);
    await gateway.close();
    server.close();
  }
  report();
}
