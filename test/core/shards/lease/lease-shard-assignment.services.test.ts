import { randomUUID } from 'node:crypto';
import { afterAll, describe, it } from 'vitest';
import { shardAssignmentConformance } from '../../../../src/conformance/index.js';
import type { Lock } from '../../../../src/core/locking/lock.js';
import { LeaseShardAssignment } from '../../../../src/core/shards/lease/lease-shard-assignment.js';
import type { ShardAssignment } from '../../../../src/core/shards/shard-assignment.js';
import { PostgresLock } from '../../../../src/postgres/postgres-lock.js';
import { RedisLock } from '../../../../src/redis/lock/redis-lock.js';
import { atOnce } from '../../../conformance/at-once.js';
import { PATIENT, withoutSkips } from '../../../conformance/without-skips.js';
import { freshSchema, pgStore } from '../../../postgres/stores.js';
import { ioredis, ownPrefix, removeKeys } from '../../../redis/redis-clients.js';
import { postgresServer } from '../../../servers/postgres.js';
import { redisServer } from '../../../servers/redis.js';
import { HUNG_AFTER_MS } from '../../../waiting.js';
import { IsolatedLock } from './isolated-lock.js';

const [redis, postgres] = await Promise.all([redisServer(), postgresServer()]);
const register = atOnce(it);

function conforms(store: string, makeLock: () => Lock): void {
  shardAssignmentConformance(
    withoutSkips((name, ...rest) => register(`${store}: ${name}`, ...rest)),
    {
      createHarness: () => {
        const lock = makeLock();
        const name = randomUUID();
        const links = new Map<ShardAssignment, IsolatedLock>();
        return {
          member: () => {
            const link = new IsolatedLock(lock);
            // Leases that also a busy machine extends in time; the kit waits for those of a member that is cut off.
            const member = new LeaseShardAssignment({
              lock: link,
              name,
              shardCount: 8,
              maxMembers: 4,
              leaseMs: 6_000,
            });
            links.set(member, link);
            return member;
          },
          isolate: (member) => void (links.get(member)!.isCut = true),
          reconnect: (member) => void (links.get(member)!.isCut = false),
          dispose: () => lock.close(),
        };
      },
      quietMs: 2_500,
      timing: { ...PATIENT, timeoutMs: 60_000 },
      supports: { sharing: true, handover: true, isolation: true },
    },
  );
}

describe.skipIf(!redis)('LeaseShardAssignment over a RedisLock', () => {
  if (!redis) return;
  const client = ioredis(redis.url);
  const all = ownPrefix();
  afterAll(async () => {
    await removeKeys(client, all);
    client.disconnect();
  });
  conforms('Redis', () => new RedisLock(client, { prefix: `${all}:`, callTimeoutMs: HUNG_AFTER_MS }));
});

describe.skipIf(!postgres)('LeaseShardAssignment over a PostgresLock', async () => {
  if (!postgres) return;
  const store = pgStore(postgres);
  const { schema, drop } = await freshSchema(store);
  afterAll(async () => {
    await drop();
    await store.end();
  });
  conforms('PostgreSQL', () => new PostgresLock(store.pool, { schema, callTimeoutMs: HUNG_AFTER_MS }));
});
