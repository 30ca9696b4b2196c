import { describe } from 'vitest';
import { eventBusConformance } from '../../../src/conformance/event-bus/event-bus-conformance.js';
import type { DomainEvent } from '../../../src/core/messaging/event-bus.js';
import type { EventCodec } from '../../../src/core/messaging/event-codec.js';
import { RedisPubSubEventBus } from '../../../src/redis/pub-sub/redis-pub-sub-event-bus.js';
import { PATIENT, runner } from '../../conformance/without-skips.js';
import { redisServer } from '../../servers/redis.js';
import { LIBRARIES, UNHURRIED, breakLink, linkedClient, ownPrefix } from '../redis-clients.js';

const server = await redisServer();
const MAX_BACKLOG = 50;

interface State extends DomainEvent {
  readonly n: number;
  readonly count: number;
}

const state = (event: State): State => ({
  ...event,
  conflate: (later: State) => state({ ...later, count: event.count + later.count }),
});

// Decodes the kit's state events as events that conflate.
const STATE_CODEC: EventCodec = {
  type: 'tickmark.conformance.state',
  encode: (event, data) => data.numbers('state', [(event as State).n, (event as State).count]),
  decode: (data, head) => {
    const [n, count] = data.numbers('state', 2);
    return state({ ...head, n: n!, count: count! });
  },
};

const OPTIONS = { ...UNHURRIED, maxBacklog: MAX_BACKLOG, codecs: [STATE_CODEC] };

describe.skipIf(!server).each(Object.keys(LIBRARIES))('RedisPubSubEventBus with %s', (library) => {
  eventBusConformance(runner, {
    createHarness: async () => {
      const prefix = ownPrefix();
      const [one, two] = await Promise.all([linkedClient(library, server!), linkedClient(library, server!)]);
      const bus = new RedisPubSubEventBus(one.client, { prefix, ...OPTIONS });
      const peer = new RedisPubSubEventBus(two.client, { prefix, ...OPTIONS });
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
