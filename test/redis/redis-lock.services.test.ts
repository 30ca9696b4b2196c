import { Redis } from 'ioredis';
import { afterAll, describe } from 'vitest';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { RedisLock } from '../../src/redis/redis-lock.js';
import { PATIENT, runner } from '../conformance/without-skips.js';
import { redisServer } from '../servers/redis.js';
import { LIBRARIES, cleanUp, ownPrefix } from './lock-clients.js';

const server = await redisServer();

// The other end has a client of the other library.
describe.skipIf(!server).each([
  ['ioredis', 'node-redis'],
  ['node-redis', 'ioredis'],
])('%s', async (library, other) => {
  if (!server) return;
  const [here, there] = await Promise.all([LIBRARIES[library]!(server.url), LIBRARIES[other]!(server.url)]);
  const redis = new Redis(server.url);
  afterAll(async () => {
    await Promise.all([here.end(), there.end()]);
    redis.disconnect();
  });

  lockConformance(runner, {
    leaseMs: 400,
    createHarness: () => {
      const prefix = ownPrefix();
      const lock = new RedisLock(here.client, { prefix });
      const peer = new RedisLock(there.client, { prefix });
      return {
        lock,
        peer,
        dispose: async () => {
          await Promise.all([lock.close(), peer.close()]);
          await cleanUp(redis, prefix);
        },
      };
    },
    timing: PATIENT,
    supports: { peer: true },
  });
});
