/** A whole application: a stream marked to market over a Redis bus into a PostgreSQL store, under load all the time. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BUS_GAP, markToMarket, type MarkToMarketStats } from 'tickmark';
import { Dice } from '../oracle/dice.js';
import { workerLink } from '../servers/worker-link.js';
import { pause, until } from '../waiting.js';
import { openBus, openLock, openStore, type Place } from './adapters.js';
import { randomTrade, traded, type Trade } from './market.js';
import { MarketStream } from './market-stream.js';
import { WatchedBus, type PublishRecord } from './watched-bus.js';

/** How the application is. */
export interface Sample {
  readonly heapUsed: number;
  readonly publishes: PublishRecord;
  /** Gap events of the bus that were heard. */
  readonly gaps: number;
  /** When the newest value that came over the bus was computed. */
  readonly valuedAt: number;
  /** Errors reported to `onError`, by code. */
  readonly reported: Readonly<Record<string, number>>;
  readonly trades: { readonly made: readonly Trade[]; readonly failed: readonly Trade[] };
  readonly stats: MarkToMarketStats;
  /** Attempts at transactions that the store did not answer well. */
  readonly storeFaults: number;
  /** Time of the last prices that the stream gave. */
  readonly lastTime: number;
}

const { args, next, send } = workerLink<
  Place & { ids: readonly string[]; seed: number },
  'sample' | 'halt' | 'finish',
  Sample | 'started'
>();
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const count = (counts: Record<string, number>, code: string) => void (counts[code] = (counts[code] ?? 0) + 1);

const store = openStore(args, 4);
// A stopped server ends its links. None falls silent, so none may count as dead because the machine is slow.
const opened = openBus(args, { pingTimeoutMs: 60_000 });
const lock = openLock('redis', args);
const bus = new WatchedBus(opened.part);
const stream = new MarketStream(5);
const reported: Record<string, number> = {};
const marking = await markToMarket({
  stream,
  repository: store.part,
  bus,
  lock: lock.part,
  persistMs: 100,
  throttle: 10,
  onError: ({ code }) => count(reported, code),
});
let gaps = 0;
let valuedAt = 0;
bus.subscribe(BUS_GAP, () => void gaps++);
marking.onValued(({ occurredAt }) => (valuedAt = Math.max(valuedAt, occurredAt)));

const made: Trade[] = [];
const failed: Trade[] = [];
const dice = new Dice(args.seed);
let isTrading = true;
const trading = (async () => {
  while (isTrading) {
    const trade = randomTrade(dice.pick(args.ids), dice);
    try {
      await marking.update(trade.portfolioId, (portfolio) => traded(portfolio, trade));
      made.push(trade);
    } catch (error) {
      count(reported, `trade: ${(error as { code?: string }).code ?? String(error)}`);
      failed.push(trade);
    }
    await pause(20);
  }
})();

function sample(): Sample {
  collectGarbage();
  const { heapUsed } = process.memoryUsage();
  const trades = { made, failed };
  const stats = marking.stats();
  const { retries, failures } = store.part.stats();
  return {
    heapUsed,
    publishes: bus.record,
    gaps,
    valuedAt,
    reported,
    trades,
    stats,
    storeFaults: retries + failures,
    lastTime: stream.lastTime,
  };
}

send('started');
for (let message = await next(); message === 'sample' || message === 'halt'; message = await next()) {
  if (message === 'halt') stream.halt();
  send(sample());
}
isTrading = false;
await trading;
// Prices go over the bus to the engine, and trades too.
await until('all holdings are stored at the last prices', async () => {
  await marking.flush();
  const holdings = new Map((await store.part.loadMany(args.ids)).map(({ id, version }) => [id, version]));
  const stored = await store.part.loadValuations(args.ids);
  const { processor, engine } = marking.stats();
  return (
    // Last: the reads above have taken time, in which the engine may have heard of a trade.
    processor.pending + engine.unsaved + engine.unpublished + bus.underWay === 0 &&
    stored.length === args.ids.length &&
    stored.every(
      (each) => each.priceTime >= stream.lastTime && each.version === holdings.get(each.portfolioId),
    )
  );
});
send(sample());
await marking.close();
await lock.close();
await opened.close();
await store.close();
