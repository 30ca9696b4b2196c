import { afterAll, describe } from 'vitest';
import { eventBusConformance } from '../../../src/conformance/event-bus/event-bus-conformance.js';
import { RedisStreamEventBus } from '../../../src/redis/streams/redis-stream-event-bus.js';
import { PATIENT, runner } from '../../conformance/without-skips.js';
import { redisServer } from '../../servers/redis.js';
import {
  LIBRARIES,
  UNHURRIED,
  ioredis,
  breakLink,
  linkedClient,
  ownPrefix,
  removeKeys,
} from '../redis-clients.js';

const server = await redisServer();
const OPTIONS = { ...UNHURRIED, retryDelayMs: 10 };
const prefix = ownPrefix();

afterAll(async () => {
  if (!server) return;
  const redis = ioredis(server.url);
  await removeKeys(redis, prefix);
  redis.disconnect();
});

describe.skipIf(!server).each(Object.keys(LIBRARIES))('RedisStreamEventBus with %s', (library) => {
  let serial = 0;
  eventBusConformance(runner, {
    createHarness: async () => {
      const own = `${prefix}:${library}:${++serial}`;
      const [one, two] = await Promise.all([linkedClient(library, server!), linkedClient(library, server!)]);
      const bus = new RedisStreamEventBus(one.client, { prefix: own, ...OPTIONS });
      const peer = new RedisStreamEventBus(two.client, { prefix: own, ...OPTIONS });
      return {
        bus,
        peer,
        link: { break: () => breakLink(one), restore: () => one.proxy.accept() },
        dispose: async () => {
          await Promise.all([bus.close({ timeoutMs: 0 }), peer.close({ timeoutMs: 0 })]);
          one.end();
          two.end();
        },
      };
    },
    timing: PATIENT,
    supports: { peer: true, link: true },
  });
});
