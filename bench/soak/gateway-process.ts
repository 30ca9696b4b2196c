// The gateway of the soak test, with the defaults of its limits: `TICKS` a second on the command line. Each tick revalues a tenth of 200
// portfolios, at the market value that is the time of the tick.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { MarkToMarketEngine } from '../../src/core/engine/mark-to-market-engine.js';
import { Gateway } from '../../src/gateway/gateway.js';
import { nodeHandler } from '../../src/gateway/http/node-handler.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import { answerOrders } from './child.js';
import { HISTORY_MS, PORTFOLIOS, nowInPeriod } from './world.js';

// Node looks at the stack of each error of a stream: with the source maps of tsx, which nobody has in production, that takes long.
process.setSourceMapsEnabled(false);
const ticksPerSecond = Number(process.argv[2]);
const thrown: string[] = [];
process.on('uncaughtException', (error) => thrown.push(String(error)));
process.on('unhandledRejection', (error) => thrown.push(String(error)));

const bus = new InMemoryEventBus();
const repository = new InMemoryPortfolioRepository();
for (let id = 0; id < PORTFOLIOS; id++) {
  const positions = [{ symbol: `S${id}`, quantity: 1, averageCost: 1 }];
  await repository.save(Portfolio.create({ id: `${id}`, currency: 'USD', positions }));
}
const engine = new MarkToMarketEngine({ bus, repository });
await engine.start();
const gateway = new Gateway({
  bus,
  values: engine,
  authenticate: ({ headers }) => {
    const subject = headers.get('authorization')?.replace('Bearer ', '');
    return subject ? { subject } : null;
  },
  authorize: (_, { id }) => Number(id) < PORTFOLIOS,
  allowMissingOrigin: true,
  // Everybody comes from an address of its own.
  trustedProxies: ['127.0.0.1'],
  historyMs: HISTORY_MS,
  WebSocketServer,
});
const server = createServer(nodeHandler(gateway));
// As SECURITY.md advises.
Object.assign(server, { headersTimeout: 10_000, requestTimeout: 10_000 });
server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
server.listen(0, '127.0.0.1', 2048);
await once(server, 'listening');

let next = 0;
setInterval(() => {
  const now = Date.now();
  const price = `${Math.max(1, nowInPeriod())}`;
  const updates = Array.from({ length: PORTFOLIOS / 10 }, () => ({
    symbol: `S${next++ % PORTFOLIOS}`,
    price,
    timestamp: now,
  }));
  void bus.publish(PriceChangedBatch.ofUpdates(updates, now));
}, 1000 / ticksPerSecond);

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
let cpu = process.cpuUsage();
let at = performance.now();

answerOrders({
  port: () => (server.address() as AddressInfo).port,
  /** Heap in use after collections, in bytes. */
  async heap() {
    for (let round = 0; round < 3; round++) {
      (globalThis as { gc?: () => void }).gc!();
      await setTimeout(20);
    }
    return process.memoryUsage().heapUsed;
  },
  measure() {
    delay.reset();
    cpu = process.cpuUsage();
    at = performance.now();
  },
  report() {
    const { user, system } = process.cpuUsage(cpu);
    const share = (user + system) / 1000 / (performance.now() - at);
    return { cpu: share, loopP99: delay.percentile(99) / 1e6, loopMax: delay.max / 1e6 };
  },
  async stats() {
    const sockets = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    return { ...gateway.stats(), sockets, thrown };
  },
});
