import { afterAll, beforeAll, describe, test } from 'vitest';
import { eventBusConformance } from '../../../src/conformance/index.js';
import { KafkaEventBus, type KafkaClients, type KafkaEventBusOptions } from '../../../src/kafka/index.js';
import { PATIENT, withoutSkips } from '../../conformance/without-skips.js';
import { freshName } from '../../fills/kafka/kafka-wire.js';
import { canStartKafkaBroker } from '../../servers/kafka-broker.js';
import { OTHER_KAFKA_PACKAGES, canUseKafkaPackage, kafkaClients } from '../../servers/kafka-clients.js';
import { dooredKafka, type DooredKafka } from '../../servers/kafka-doors.js';
import { STATE_CODEC, UNHURRIED } from '../bus-clients.js';

const canStart = await canStartKafkaBroker();
const packages = OTHER_KAFKA_PACKAGES.filter((name) => canStart && canUseKafkaPackage(name));
const MAX_BACKLOG = 50;
// Vitest runs five tests of a file at once.
const DOORS = 8;

const MODES: ReadonlyArray<readonly [name: string, options: () => KafkaEventBusOptions]> = [
  ['at most once', () => ({ maxBacklog: MAX_BACKLOG, codecs: [STATE_CODEC] })],
  ['at least once', () => ({ delivery: 'at-least-once', retryDelayMs: 10 })],
];

describe.skipIf(packages.length === 0)(
  'KafkaEventBus with clients besides kafkajs',
  { concurrent: true },
  () => {
    let kafka: DooredKafka;

    beforeAll(async () => {
      kafka = await dooredKafka(DOORS);
    });
    afterAll(() => kafka?.dispose());

    const busOf = (clients: KafkaClients, prefix: string, options: KafkaEventBusOptions) =>
      new KafkaEventBus(
        { ...clients, consumer: (groupId) => clients.consumer({ groupId }) },
        { prefix, ...UNHURRIED, ...options },
      );

    for (const name of packages) {
      describe.each(MODES)(`${name}, %s`, { concurrent: true }, (mode, options) => {
        eventBusConformance(withoutSkips(test), {
          createHarness: () => {
            const prefix = freshName('bus');
            const door = kafka.take();
            const clientsOf = (broker: string) => kafkaClients(name, broker, { sessionTimeout: 6_000 });
            const bus = busOf(clientsOf(door.broker), prefix, options());
            const peer = busOf(clientsOf(kafka.server.broker), prefix, options());
            return {
              bus,
              peer,
              link: { break: () => door.cut(), restore: () => door.mend() },
              dispose: async () => {
                await door.mend();
                await Promise.all([bus.close({ timeoutMs: 5000 }), peer.close({ timeoutMs: 5000 })]);
                await kafka.give(door);
              },
            };
          },
          timing: PATIENT,
          supports: {
            peer: true,
            link: true,
            ...(mode === 'at most once' && { conflation: true, maxBacklog: MAX_BACKLOG }),
          },
        });
      });
    }
  },
);
