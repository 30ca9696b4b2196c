import { describe } from 'vitest';
import { eventBusConformance } from '../../src/conformance/event-bus/event-bus-conformance.js';
import { RedisPubSubEventBus } from '../../src/redis/redis-pub-sub-event-bus.js';
import { PATIENT, runner } from '../conformance/without-skips.js';
import { LIBRARIES, STATE_CODEC, breakLink, linkedClient, ownPrefix, shared } from './bus-clients.js';

const MAX_BACKLOG = 50;
// A real application pings less often.
const QUICK = { pingIntervalMs: 200, maxBacklog: MAX_BACKLOG, codecs: [STATE_CODEC] };

describe.skipIf(!shared).each(Object.keys(LIBRARIES))('RedisPubSubEventBus with %s', (library) => {
  eventBusConformance(runner, {
    createHarness: async () => {
      const prefix = ownPrefix();
      const [one, two] = await Promise.all([linkedClient(library), linkedClient(library)]);
      const bus = new RedisPubSubEventBus(one.client, { prefix, ...QUICK });
      const peer = new RedisPubSubEventBus(two.client, { prefix, ...QUICK });
      return {
        bus,
        peer,
        link: {
          break: () => breakLink(one),
          restore: () => one.proxy.accept(),
        },
        dispose: async () => {
          await Promise.all([bus.close({ timeoutMs: 0 }), peer.close({ timeoutMs: 0 })]);
          one.end();
          two.end();
        },
      };
    },
    timing: PATIENT,
    supports: { conflation: true, maxBacklog: MAX_BACKLOG, peer: true, link: true },
  });
});
