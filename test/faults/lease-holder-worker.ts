/**
 * A writer that works under a lease until it is killed: told to, it waits for the lease, then values all portfolios of the
 * store at the prices of each moment and trades now and then.
 */
import { InMemoryEventBus, PriceChangedBatch } from 'tickmark';
import { HoldingsEditor, MarkToMarketEngine } from 'tickmark/parts';
import { Dice } from '../oracle/dice.js';
import { workerLink } from '../servers/worker-link.js';
import { pause } from '../waiting.js';
import { UNHURRIED_LOCK, openLock, openStore, type LockKind, type Place } from './adapters.js';
import { SYMBOLS, pricesAt, randomTrade, traded } from './market.js';

/** Which lease, and what to write under it. */
export interface HolderArgs extends Place {
  readonly lock: LockKind;
  readonly key: string;
  readonly ttlMs: number;
  readonly ids: readonly string[];
  readonly seed: number;
}

/**
 * What it says: that it can wait, that it was granted the lease (and when, by the machine's clock), and that it has stopped.
 */
export type HolderMessage =
  | { readonly state: 'ready' }
  | { readonly state: 'holding'; readonly at: number; readonly token: string }
  | { readonly state: 'stopped'; readonly lastTime: number; readonly saved: number };

const { args, next, send } = workerLink<HolderArgs, 'wait' | 'stop', HolderMessage>();
const store = openStore(args, 4);
const lock = openLock(args.lock, args, UNHURRIED_LOCK);
const repository = store.part;

send({ state: 'ready' });
if ((await next()) !== 'wait') throw new Error('not told to wait');
const lease = await lock.part.acquire(args.key, { ttlMs: args.ttlMs, waitMs: 600_000, autoExtend: true });
send({ state: 'holding', at: Date.now(), token: String(lease.fencingToken) });

const bus = new InMemoryEventBus();
const engine = new MarkToMarketEngine({ bus, repository, persistMs: 20, saveBatchSize: 20 });
const editor = new HoldingsEditor({ bus, repository });
const dice = new Dice(args.seed);
let isStopped = false;
void next().then(() => (isStopped = true));
await engine.start();

async function trade(): Promise<void> {
  while (!isStopped) {
    const order = randomTrade(dice.pick(args.ids), dice);
    await editor.update(order.portfolioId, (portfolio) => traded(portfolio, order));
    await pause(dice.between(0, 20));
  }
}

const trading = trade();
let lastTime = 0;
do {
  lastTime = Math.max(lastTime + 1, Date.now());
  await bus.publish(PriceChangedBatch.ofUpdates(pricesAt(lastTime, SYMBOLS), lastTime));
  await pause(20);
} while (!isStopped);
await trading;
await engine.flush();
const { saved } = engine.stats();
await engine.close();
await lease.release();
send({ state: 'stopped', lastTime, saved });
await lock.close();
await store.close();
