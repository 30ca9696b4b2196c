/** An engine that values the shards it has leases of, until it is told to stop or killed. */
import { LeaseShardAssignment, MarkToMarketEngine } from 'tickmark/parts';
import { workerLink } from '../servers/worker-link.js';
import { openBus, openLock, openStore, type LockKind, type Place } from './adapters.js';

/** Over which lock the shards are shared, and for how long a lease lasts. */
export interface ShardsArgs extends Place {
  readonly lock: LockKind;
  readonly leaseMs: number;
}

/** What it says once each: that it takes part, and that it has given everything up. */
export interface ShardsMessage {
  readonly state: 'ready' | 'closed';
  /** Valuations that the store took of it, and those it refused as older than what it has. */
  readonly saved: number;
  readonly outdated: number;
}

const { args, next, send } = workerLink<ShardsArgs, 'stop', ShardsMessage>();
const store = openStore(args, 3);
const lock = openLock(args.lock, args);
const bus = openBus(args);
const engine = new MarkToMarketEngine({
  bus: bus.part,
  repository: store.part,
  shards: new LeaseShardAssignment({ lock: lock.part, leaseMs: args.leaseMs, maxMembers: 6 }),
  persistMs: 50,
  onError: (error) => console.error(error.message),
});
const say = (state: ShardsMessage['state']): void => {
  const { saved, outdated } = engine.stats();
  send({ state, saved, outdated });
};
await engine.start();
say('ready');
await next();
await engine.close();
say('closed');
await bus.close();
await lock.close();
await store.close();
