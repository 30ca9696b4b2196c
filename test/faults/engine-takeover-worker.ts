/**
 * An engine with a lock, on prices of its own: it says when it stores and when it leaves that to another, until it is told to stop
 * or killed.
 */
import { InMemoryEventBus, PriceChangedBatch } from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { workerLink } from '../servers/worker-link.js';
import { pause } from '../waiting.js';
import { openLock, openStore, type LockKind, type Place } from './adapters.js';
import { SYMBOLS, pricesAt } from './market.js';

/** Which lock, and for how long it is held. */
export interface TakeoverArgs extends Place {
  readonly lock: LockKind;
  readonly leaseMs: number;
}

/** What it does, and since when by the machine's clock; `closed` comes last. */
export interface TakeoverMessage {
  readonly does: 'store' | 'stand by' | 'closed';
  readonly at: number;
}

const { args, next, send } = workerLink<TakeoverArgs, 'stop', TakeoverMessage>();
const store = openStore(args, 4);
const lock = openLock(args.lock, args);
const bus = new InMemoryEventBus();
const { leaseMs } = args;
const engine = new MarkToMarketEngine({
  bus,
  repository: store.part,
  lock: lock.part,
  leaseMs,
  persistMs: 20,
});
let isStopped = false;
void next().then(() => (isStopped = true));
await engine.start();
let does: TakeoverMessage['does'] | null = null;
let saved = 0;
let time = 0;
while (!isStopped) {
  time = Math.max(time + 1, Date.now());
  await bus.publish(PriceChangedBatch.ofUpdates(pricesAt(time, SYMBOLS), time));
  await pause(10);
  const stats = engine.stats();
  // What the other one stored first is outdated here.
  const stored = stats.saved + stats.outdated;
  const now: TakeoverMessage['does'] | null =
    stored > saved ? 'store' : stats.standby > 0 ? 'stand by' : does;
  saved = stored;
  if (now !== does && now !== null) send({ does: (does = now), at: Date.now() });
}
await engine.close();
send({ does: 'closed', at: Date.now() });
await lock.close();
await store.close();
