/** One process on a large book: the ingest of a fast market, or an engine. */
import { MarkToMarketEngine, PriceStreamProcessor } from 'tickmark/parts';
import { workerLink } from '../servers/worker-link.js';
import { openBus, openLock, openStore, type Place } from './adapters.js';

export interface LargeBookArguments extends Place {
  readonly role: 'ingest' | 'engine';
  readonly symbols: number;
  readonly ticksPerSecond: number;
}

export interface EngineFigures {
  readonly portfolios: number;
  readonly saved: number;
  readonly standby: number;
  readonly unsaved: number;
}

const EVERY_MS = 10;
const { args, next, send } = workerLink<LargeBookArguments, 'sample', 'ready' | EngineFigures>();
// A machine that is busy with the book may be late with a ping, and no link falls silent here.
const bus = openBus(args, { pingTimeoutMs: 60_000, publishTimeoutMs: 30_000 }).part;
const store = openStore(args, 4).part;

if (args.role === 'ingest') {
  const processor = new PriceStreamProcessor({ bus, batchSize: args.symbols });
  processor.startFrom(await store.loadPrices());
  const startedAt = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = ((performance.now() - startedAt) / 1000) * args.ticksPerSecond;
    for (; sent < due; sent++)
      // In turn, so that the age of a stored price tells how late the store is.
      processor.push({
        symbol: `S${sent % args.symbols}`,
        price: 1 + (sent % 997) / 100,
        timestamp: Date.now(),
      });
  }, EVERY_MS);
  send('ready');
} else {
  const engine = new MarkToMarketEngine({
    bus,
    repository: store,
    lock: openLock('redis', args).part,
    saveBatchSize: 2000,
    onError: () => undefined,
  });
  await engine.start();
  send('ready');
  for (;;) {
    await next();
    const { portfolios, saved, standby, unsaved } = engine.stats();
    send({ portfolios, saved, standby, unsaved });
  }
}
