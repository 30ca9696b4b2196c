import { describe, test } from 'vitest';
import { eventBusConformance } from '../../src/conformance/event-bus/event-bus-conformance.js';
import { KafkaEventBus, type KafkaEventBusOptions } from '../../src/kafka/index.js';
import { PATIENT, withoutSkips } from '../conformance/without-skips.js';
import { freshName } from '../fills/kafka/kafka-wire.js';
import { kafkaServer } from '../servers/kafka-broker.js';
import { STATE_CODEC, UNHURRIED, busClients } from './bus-clients.js';

const server = await kafkaServer();
const MAX_BACKLOG = 50;

const MODES: ReadonlyArray<readonly [name: string, options: () => KafkaEventBusOptions]> = [
  ['at most once', () => ({ maxBacklog: MAX_BACKLOG, codecs: [STATE_CODEC] })],
  ['at least once', () => ({ delivery: 'at-least-once', retryDelayMs: 10 })],
];

describe.skipIf(!server).each(MODES)('KafkaEventBus, %s', { concurrent: true }, (name, options) => {
  eventBusConformance(withoutSkips(test), {
    createHarness: () => {
      const prefix = freshName('bus');
      const [one, two] = [busClients(server!), busClients(server!)];
      const bus = new KafkaEventBus(one.clients, { prefix, ...UNHURRIED, ...options() });
      const peer = new KafkaEventBus(two.clients, { prefix, ...UNHURRIED, ...options() });
      return {
        bus,
        peer,
        link: { break: () => one.wire.cut(), restore: () => one.wire.mend() },
        dispose: async () => {
          one.wire.mend();
          await Promise.all([bus.close({ timeoutMs: 5000 }), peer.close({ timeoutMs: 5000 })]);
        },
      };
    },
    timing: PATIENT,
    supports: {
      peer: true,
      link: true,
      ...(name === 'at most once' && { conflation: true, maxBacklog: MAX_BACKLOG }),
    },
  });
});
