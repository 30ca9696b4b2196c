/** An engine that values the shards it has leases of, until it is told to stop or killed. */
import { KafkaShardAssignment, type KafkaConsumer } from 'tickmark/kafka';
import { LeaseShardAssignment, MarkToMarketEngine, type ShardAssignment } from 'tickmark/parts';
import { workerLink } from '../servers/worker-link.js';
import { openLock, openStore, type LockKind, type Opened } from './adapters.js';
import { kafkaOf, openStandbyBus, type StandbyArgs } from './standby-bus.js';

/** How the shards are shared: over which lock, and how long a lease of it lasts, or by a group of Kafka. */
export interface ShardsArgs extends StandbyArgs {
  readonly sharedBy: LockKind | 'kafka';
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
const bus = openStandbyBus(args);

function openShards(): Opened<ShardAssignment> {
  const { sharedBy, leaseMs, shardCount, broker, schema } = args;
  if (sharedBy !== 'kafka') {
    const lock = openLock(sharedBy, args);
    const part = new LeaseShardAssignment({ lock: lock.part, shardCount, leaseMs, maxMembers: 6 });
    return { part, close: lock.close };
  }
  const kafka = kafkaOf(broker!);
  const part = new KafkaShardAssignment({
    consumer: (settings) => kafka.consumer({ groupId: `${schema}.workers`, ...settings }) as KafkaConsumer,
    topic: `${schema}.portfolios`,
    shardCount,
  });
  return { part, close: async () => undefined };
}

const shards = openShards();
const engine = new MarkToMarketEngine({
  bus: bus.part,
  repository: store.part,
  shards: shards.part,
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
await shards.close();
await store.close();
