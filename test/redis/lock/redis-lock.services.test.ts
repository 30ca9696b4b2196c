import { afterAll, describe, it } from 'vitest';
import { lockConformance } from '../../../src/conformance/lock/lock-conformance.js';
import { RedisLock } from '../../../src/redis/lock/redis-lock.js';
import { atOnce } from '../../conformance/at-once.js';
import { PATIENT, withoutSkips } from '../../conformance/without-skips.js';
import { redisServer } from '../../servers/redis.js';
import { HUNG_AFTER_MS } from '../../waiting.js';
import { LIBRARIES, ioredis, ownPrefix, removeKeys } from '../redis-clients.js';

const server = await redisServer();
// A holder that is late by half of this time still holds its lease.
const LEASE_MS = 8_000;
const register = atOnce(it);

describe.skipIf(!server)('RedisLock', async () => {
  if (!server) return;
  const redis = ioredis(server.url);
  const all = ownPrefix();
  const clients = await Promise.all(
    Object.entries(LIBRARIES).map(async ([library, make]) => ({ library, ...(await make(server.url)) })),
  );
  let serial = 0;
  afterAll(async () => {
    for (const { end } of clients) end();
    await removeKeys(redis, all);
    redis.disconnect();
  });

  for (const { library, client } of clients) {
    // The peer has a client of the other library.
    const there = clients.find((each) => each.library !== library)!;
    lockConformance(
      withoutSkips((name, ...rest) => register(`${library}: ${name}`, ...rest)),
      {
        leaseMs: LEASE_MS,
        createHarness: () => {
          const options = { prefix: `${all}:${++serial}:`, callTimeoutMs: HUNG_AFTER_MS };
          const lock = new RedisLock(client, options);
          const peer = new RedisLock(there.client, options);
          return {
            lock,
            peer,
            dispose: async () => {
              await Promise.all([lock.close(), peer.close()]);
            },
          };
        },
        timing: { ...PATIENT, timeoutMs: 60_000 },
        supports: { peer: true },
      },
    );
  }
});
