/** An owner of shards, or a standby, over Redis or Kafka, until it is told to stop or killed. */
import { KafkaShardAssignment, type KafkaConsumer } from 'tickmark/kafka';
import { LeaseShardAssignment, MarkToMarketEngine, type ShardAssignment } from 'tickmark/parts';
import { workerLink } from '../servers/worker-link.js';
import { openLock, openStore, type Opened } from './adapters.js';
import { kafkaOf, openStandbyBus, type StandbyArgs } from './standby-bus.js';

/** Said when it takes part, and as the answer to `'look'`: what it has, and what the store took of it. */
export interface StandbyMessage {
  readonly portfolios: number;
  readonly takenOver: number;
  readonly saved: number;
}

/** Longest lease: nobody takes over the shards of an owner that was killed, except for its standby. */
const LONG_LEASE_MS = 600_000;

function openShards(args: StandbyArgs): Opened<ShardAssignment> {
  const { broker, role, schema, shardCount } = args;
  if (broker === null) {
    const lock = openLock('redis', args);
    const leases = { leaseMs: LONG_LEASE_MS, name: role, maxMembers: 6 };
    return { part: new LeaseShardAssignment({ lock: lock.part, shardCount, ...leases }), close: lock.close };
  }
  const kafka = kafkaOf(broker);
  const part = new KafkaShardAssignment({
    consumer: (settings) => kafka.consumer({ groupId: `${schema}.${role}`, ...settings }) as KafkaConsumer,
    topic: `${schema}.portfolios`,
    shardCount,
  });
  return { part, close: async () => undefined };
}

const { args, messages, send } = workerLink<StandbyArgs, 'look' | 'stop', StandbyMessage>();
const store = openStore(args, 3);
const bus = openStandbyBus(args);
const shards = openShards(args);
const engine = new MarkToMarketEngine({
  bus: bus.part,
  repository: store.part,
  shards: shards.part,
  role: args.role,
  persistMs: 50,
  onError: (error) => console.error(error.message),
});
const look = (): void => {
  const { portfolios, takenOver, saved } = engine.stats();
  send({ portfolios, takenOver, saved });
};
await engine.start();
look();
for await (const message of messages) {
  if (message === 'stop') break;
  look();
}
await engine.close();
look();
for (const each of [bus, shards, store]) await each.close();
