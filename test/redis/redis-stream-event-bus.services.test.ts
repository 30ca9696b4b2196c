import { afterAll, describe } from 'vitest';
import { eventBusConformance } from '../../src/conformance/event-bus/event-bus-conformance.js';
import { RedisStreamEventBus } from '../../src/redis/redis-stream-event-bus.js';
import { PATIENT, runner } from '../conformance/without-skips.js';
import { LIBRARIES, breakLink, linkedClient, ownPrefix, removeKeys, shared } from './bus-clients.js';

// A real application pings less often.
const QUICK = { pingIntervalMs: 200, retryDelayMs: 10 };
const prefix = ownPrefix();

afterAll(() => removeKeys(prefix));

describe.skipIf(!shared).each(Object.keys(LIBRARIES))('RedisStreamEventBus with %s', (library) => {
  let serial = 0;
  eventBusConformance(runner, {
    createHarness: async () => {
      const own = `${prefix}:${library}:${++serial}`;
      const [one, two] = await Promise.all([linkedClient(library), linkedClient(library)]);
      const bus = new RedisStreamEventBus(one.client, { prefix: own, ...QUICK });
      const peer = new RedisStreamEventBus(two.client, { prefix: own, ...QUICK });
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
