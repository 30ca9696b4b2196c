import { describe, test } from 'vitest';
import { shardAssignmentConformance } from '../../../src/conformance/index.js';
import type { ShardAssignment } from '../../../src/core/shards/shard-assignment.js';
import { KafkaShardAssignment, type KafkaConsumer } from '../../../src/kafka/index.js';
import { atOnce } from '../../conformance/at-once.js';
import { PATIENT, withoutSkips } from '../../conformance/without-skips.js';
import { CuttableKafka, connected, freshName, newTopic } from '../../fills/kafka/kafka-wire.js';
import { kafkaServer } from '../../servers/kafka-broker.js';
import { HUNG_AFTER_MS } from '../../waiting.js';

const server = await kafkaServer();
const SHARDS = 8;

describe.skipIf(!server)('KafkaShardAssignment', () => {
  shardAssignmentConformance(withoutSkips(atOnce(test)), {
    createHarness: async () => {
      const { admin, producer } = await connected(server!);
      const topic = await newTopic(admin, 'portfolios', SHARDS);
      await Promise.all([admin.disconnect(), producer.disconnect()]);
      const groupId = freshName('workers');
      const wires = new Map<ShardAssignment, CuttableKafka>();
      return {
        member: () => {
          const wire = new CuttableKafka(server!);
          const member = new KafkaShardAssignment({
            consumer: (settings) => wire.kafka.consumer({ groupId, ...settings }) as KafkaConsumer,
            topic,
            shardCount: SHARDS,
            // A busy machine sends heartbeats late; the kit waits for the session of a member that is cut off.
            sessionMs: 6_000,
            connectTimeoutMs: HUNG_AFTER_MS,
          });
          wires.set(member, wire);
          return member;
        },
        isolate: (member) => wires.get(member)!.cut(),
        reconnect: (member) => wires.get(member)!.mend(),
        dispose: () => undefined,
      };
    },
    quietMs: 2_500,
    timing: { ...PATIENT, timeoutMs: 60_000 },
    supports: { sharing: true, isolation: true },
  });
});
