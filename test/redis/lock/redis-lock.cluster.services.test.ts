import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisCommands } from '../../../src/redis/redis-commands.js';
import { RedisLock } from '../../../src/redis/lock/redis-lock.js';
import { canStartRedis } from '../../servers/redis.js';
import { HUNG_AFTER_MS } from '../../waiting.js';
import { CLUSTER_CLIENTS, privateCluster, type PrivateCluster } from '../private-cluster.js';

const KEYS = Array.from({ length: 60 }, (_, n) => `portfolio:{${n}}`);

describe.skipIf(!canStartRedis())('RedisLock on a Redis Cluster', () => {
  let cluster: PrivateCluster;
  beforeAll(async () => void (cluster = await privateCluster()));
  afterAll(() => cluster.dispose());

  test.each(Object.keys(CLUSTER_CLIENTS))(
    'locks keys in all slots, each with its token in the same slot (%s)',
    async (library) => {
      const { client, end } = await CLUSTER_CLIENTS[library]!(cluster.ports);
      const lock = new RedisLock(client, { prefix: `${library}:`, callTimeoutMs: HUNG_AFTER_MS });
      const peer = new RedisLock(client, { prefix: `${library}:`, callTimeoutMs: HUNG_AFTER_MS });
      const leases = await Promise.all(KEYS.map((key) => lock.acquire(key, { ttlMs: 3_600_000 })));
      for (const [at, key] of KEYS.entries()) {
        await expect(peer.acquire(key, { waitMs: 0 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
        await leases[at]!.extend();
        await leases[at]!.release();
        expect(
          (await peer.acquire(key, { ttlMs: 3_600_000, waitMs: 0 })).fencingToken > leases[at]!.fencingToken,
        ).toBe(true);
      }
      const redis = redisCommands(client, 'test');
      const nodes = new Set<unknown>();
      for (const key of KEYS) {
        const stored = `${library}:{${key.replace('{', '%007B').replace('}', '%007D')}}:lock`;
        expect(await redis.command(['EXISTS', stored], { key: stored })).toBe(1);
        nodes.add(Math.floor(Number(await redis.command(['CLUSTER', 'KEYSLOT', stored])) / 5462));
      }
      expect(nodes.size).toBe(3);
      redis.close();
      await Promise.all([lock.close(), peer.close()]);
      end();
    },
  );

  test.each(Object.keys(CLUSTER_CLIENTS))(
    'acquireMany() needs a hash tag, as the error explains (%s)',
    async (library) => {
      const { client, end } = await CLUSTER_CLIENTS[library]!(cluster.ports);
      const spread = new RedisLock(client, { prefix: `${library}:`, callTimeoutMs: HUNG_AFTER_MS });
      await expect(spread.acquireMany(['a', 'b'])).rejects.toThrow(/the option hashTag/);
      await expect(spread.acquireMany(['a', 'b'])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      const alone = await spread.acquireMany(['a', 'a']);
      expect(alone.keys).toEqual(['a']);

      const tagged = new RedisLock(client, {
        prefix: `${library}:`,
        hashTag: 'locks',
        callTimeoutMs: HUNG_AFTER_MS,
      });
      const all = await tagged.acquireMany(KEYS, { ttlMs: 3_600_000 });
      expect(all.fencingTokens.size).toBe(KEYS.length);
      await all.extend();
      await expect(tagged.acquire(KEYS[7]!, { waitMs: 0 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
      await all.release();
      await Promise.all([spread.close(), tagged.close()]);
      end();
    },
  );
});
