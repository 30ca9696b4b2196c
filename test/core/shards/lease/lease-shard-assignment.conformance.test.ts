import { describe, it } from 'vitest';
import { FakeClock, shardAssignmentConformance } from '../../../../src/conformance/index.js';
import { seededRandom } from '../../../../src/core/random.js';
import { LeaseShardAssignment } from '../../../../src/core/shards/lease/lease-shard-assignment.js';
import type { ShardAssignment } from '../../../../src/core/shards/shard-assignment.js';
import { InMemoryLock } from '../../../../src/memory/in-memory-lock.js';
import { IsolatedLock } from './isolated-lock.js';

shardAssignmentConformance(
  { describe, it },
  {
    createHarness: () => {
      const clock = new FakeClock();
      const lock = new InMemoryLock({ clock });
      const random = seededRandom(7);
      const links = new Map<ShardAssignment, IsolatedLock>();
      return {
        member: () => {
          const link = new IsolatedLock(lock);
          const member = new LeaseShardAssignment({ lock: link, clock, random, maxMembers: 5 });
          links.set(member, link);
          return member;
        },
        isolate: (member) => void (links.get(member)!.isCut = true),
        reconnect: (member) => void (links.get(member)!.isCut = false),
        advance: (ms) => clock.advance(ms),
        pending: () => clock.pending,
        dispose: () => lock.close(),
      };
    },
    supports: { sharing: true, handover: true, isolation: true },
  },
);
