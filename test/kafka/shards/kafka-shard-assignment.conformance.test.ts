import { it } from 'vitest';
import { FakeClock, shardAssignmentConformance } from '../../../src/conformance/index.js';
import type { ShardAssignment } from '../../../src/core/shards/shard-assignment.js';
import { KafkaShardAssignment } from '../../../src/kafka/index.js';
import { SimulatedGroup, type SimulatedGroupConsumer } from './simulated-group.js';
import { withoutSkips } from '../../conformance/without-skips.js';

shardAssignmentConformance(withoutSkips(it), {
  createHarness: () => {
    const clock = new FakeClock();
    const group = new SimulatedGroup(clock, 8);
    const consumers = new Map<ShardAssignment, SimulatedGroupConsumer>();
    return {
      member: () => {
        const member: KafkaShardAssignment = new KafkaShardAssignment({
          consumer: (settings) => {
            const consumer = group.consumer(settings);
            consumers.set(member, consumer);
            return consumer;
          },
          shardCount: 8,
          clock,
        });
        return member;
      },
      isolate: (member) => void (consumers.get(member)!.isCut = true),
      reconnect: (member) => void (consumers.get(member)!.isCut = false),
      advance: (ms) => clock.advance(ms),
      pending: () => clock.pending,
    };
  },
  supports: { sharing: true, isolation: true },
});
