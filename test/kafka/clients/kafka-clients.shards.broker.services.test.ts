import { afterAll, beforeAll, describe, test } from 'vitest';
import { shardAssignmentConformance } from '../../../src/conformance/index.js';
import type { ShardAssignment } from '../../../src/core/shards/shard-assignment.js';
import { KafkaShardAssignment } from '../../../src/kafka/index.js';
import { atOnce } from '../../conformance/at-once.js';
import { PATIENT, withoutSkips } from '../../conformance/without-skips.js';
import { connected, freshName, newTopic } from '../../fills/kafka/kafka-wire.js';
import { canStartKafkaBroker } from '../../servers/kafka-broker.js';
import { OTHER_KAFKA_PACKAGES, canUseKafkaPackage, kafkaClients } from '../../servers/kafka-clients.js';
import { dooredKafka, type DooredKafka, type KafkaDoor } from '../../servers/kafka-doors.js';
import { HUNG_AFTER_MS } from '../../waiting.js';

const canStart = await canStartKafkaBroker();
const packages = OTHER_KAFKA_PACKAGES.filter((name) => canStart && canUseKafkaPackage(name));
const SHARDS = 8;
// The kit runs at once, with up to four members each.
const DOORS = 60;

describe.skipIf(packages.length === 0)('KafkaShardAssignment with clients besides kafkajs', () => {
  let kafka: DooredKafka;

  beforeAll(async () => {
    kafka = await dooredKafka(DOORS);
  });
  afterAll(() => kafka?.dispose());

  describe.each(packages)('%s', (name) => {
    shardAssignmentConformance(withoutSkips(atOnce(test)), {
      createHarness: async () => {
        const { admin, producer } = await connected(kafka.server);
        const topic = await newTopic(admin, 'portfolios', SHARDS);
        await Promise.all([admin.disconnect(), producer.disconnect()]);
        const groupId = freshName('workers');
        const doors = new Map<ShardAssignment, KafkaDoor>();
        return {
          member: () => {
            const door = kafka.take();
            const clients = kafkaClients(name, door.broker, { sessionTimeout: 6_000 });
            const member = new KafkaShardAssignment({
              consumer: (settings) => clients.consumer({ groupId, ...settings }),
              topic,
              shardCount: SHARDS,
              // That of the broker: test/servers/kafka-broker.ts.
              sessionMs: 6_000,
              connectTimeoutMs: HUNG_AFTER_MS,
            });
            doors.set(member, door);
            return member;
          },
          isolate: (member) => doors.get(member)!.cut(),
          reconnect: (member) => doors.get(member)!.mend(),
          dispose: () => undefined,
        };
      },
      quietMs: 2_500,
      timing: { ...PATIENT, timeoutMs: 60_000 },
      supports: { sharing: true, isolation: true },
    });
  });
});
