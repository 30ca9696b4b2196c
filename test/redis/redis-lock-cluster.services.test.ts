import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisCommands } from '../../src/redis/redis-client.js';
import { RedisLock } from '../../src/redis/redis-lock.js';
import { canStartRedis } from '../servers/redis.js';
import { CLUSTER_CLIENTS, privateCluster, type PrivateCluster } from './private-cluster.js';

const KEYS = Array.from({ length: 60 }, (_, n) => `portfolio:{${n}}`);

describe.skipIf(!canStartRedis())('on a Redis Cluster', () => {
  let cluster: PrivateCluster;
  beforeAll(async () => void (cluster = await privateCluster()));
  afterAll(() => cluster.dispose());

  test.each(Object.keys(CLUSTER_CLIENTS))(
    '%s: keys of all slots are locked, each with its token beside it',
    async (library) => {
      const { client, end } = await CLUSTER_CLIENTS[library]!(cluster.ports);
      const lock = new RedisLock(client, { prefix: `${library}:` });
      const peer = new RedisLock(client, { prefix: `${library}:` });
      const leases = await Promise.all(KEYS.map((key) => lock.acquire(key, { ttlMs: 60_000 })));
      for (const [at, key] of KEYS.entries()) {
        await expect(peer.acquire(key, { waitMs: 0 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
        await leases[at]!.extend();
        await leases[at]!.release();
        expect((await peer.acquire(key, { waitMs: 0 })).fencingToken > leases[at]!.fencingToken).toBe(true);
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
      await end();
    },
  );

  test.each(Object.keys(CLUSTER_CLIENTS))(
    '%s: acquireMany takes a hash tag, and says so',
    async (library) => {
      const { client, end } = await CLUSTER_CLIENTS[library]!(cluster.ports);
      const spread = new RedisLock(client, { prefix: `${library}:` });
      await expect(spread.acquireMany(['a', 'b'])).rejects.toThrow(/the option hashTag/);
      await expect(spread.acquireMany(['a', 'b'])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      const alone = await spread.acquireMany(['a', 'a']);
      expect(alone.keys).toEqual(['a']);

      const tagged = new RedisLock(client, { prefix: `${library}:`, hashTag: 'locks' });
      const all = await tagged.acquireMany(KEYS, { ttlMs: 60_000 });
      expect(all.fencingTokens.size).toBe(KEYS.length);
      await all.extend();
      await expect(tagged.acquire(KEYS[7]!, { waitMs: 0 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
      await all.release();
      await Promise.all([spread.close(), tagged.close()]);
      await end();
    },
  );
});
