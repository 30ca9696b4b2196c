import { assert, assertEqual } from '../assertions.js';
import type { KitTime } from '../kit-time.js';
import { Kit } from '../kit.js';
import type { TestRunner } from '../test-runner.js';
import { RecordedGroup, type RecordedMember } from './recorded-member.js';
import type {
  ShardAssignmentConformanceOptions,
  ShardAssignmentHarness,
  ShardAssignmentSupport,
} from './shard-assignment-kit.js';

/**
 * Registers the test cases of a `ShardAssignment`. Each case gets a group of its own.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import { InMemoryLock } from 'tickmark';
 * import { FakeClock, shardAssignmentConformance } from 'tickmark/conformance';
 * import { LeaseShardAssignment } from 'tickmark/parts';
 *
 * shardAssignmentConformance({ describe, it }, {
 *   createHarness: () => {
 *     const clock = new FakeClock();
 *     const lock = new InMemoryLock({ clock });
 *     return {
 *       member: () => new LeaseShardAssignment({ lock, clock }),
 *       advance: (ms) => clock.advance(ms),
 *     };
 *   },
 *   supports: { sharing: true, handover: true },
 * });
 * ```
 */
export function shardAssignmentConformance(
  runner: TestRunner,
  options: ShardAssignmentConformanceOptions,
): void {
  const kit = new Kit<ShardAssignmentHarness, ShardAssignmentSupport>(runner, options, async () => undefined);
  const { sharing = false, handover = false, isolation = false } = kit.supports;
  const quietMs = options.quietMs ?? 3_000;

  /** Registers a case about a group; at its end all members stop. */
  const rule = (
    isSupported: boolean,
    name: string,
    run: (group: GroupCase, time: KitTime, harness: ShardAssignmentHarness) => Promise<void>,
  ): void =>
    kit.ruleIf(isSupported, name, async (harness, time) => {
      const group = new GroupCase(harness, time, quietMs, handover);
      try {
        await run(group, time, harness);
        group.record.check();
      } finally {
        await group.end();
      }
      group.record.check();
    });

  runner.describe('ShardAssignment: one member', () => {
    rule(
      true,
      'assigns shards from 0 to shardCount − 1, each once, and revokes them all when it stops',
      async (group) => {
        const member = await group.join();
        await group.until(() => member.held.size > 0, 'shards are assigned');
        await group.quiet();
        if (sharing) assertEqual(member.held.size, member.assignment.shardCount, 'number of shards');
        await group.leave(member);
        assertEqual(member.held.size, 0, 'number of shards after stop()');
        assert(member.calls.revoked > 0, 'the shards are revoked, not lost');
      },
    );

    rule(true, 'stop() is idempotent, and resolves before start()', async (group, time, harness) => {
      const idle = await harness.member();
      await time.settled(idle.stop(), 'stop() before start()');
      const member = await group.join();
      await group.until(() => member.held.size > 0, 'shards are assigned');
      const { stop } = member.assignment;
      await time.settled(Promise.all([member.stop(), stop.call(member.assignment)]), 'two calls of stop()');
      const calls = { ...member.calls };
      await time.settled(member.assignment.stop(), 'a third call of stop()');
      await group.quiet();
      assertEqual({ ...member.calls }, calls, 'calls after stop()');
    });

    rule(true, 'stop() resolves only after revoked() has settled', async (group, time) => {
      const member = await group.join();
      await group.until(() => member.held.size > 0, 'shards are assigned');
      const drain = gate();
      member.onRevoked = () => drain.opened;
      const stopping = member.stop();
      assert(await time.isPendingAfter(stopping, 100), 'stop() waits for revoked()');
      drain.open();
      await time.settled(stopping, 'stop()');
    });

    rule(true, 'a handler that rejects changes nothing', async (group) => {
      const member = await group.make();
      member.onAssigned = () => Promise.reject(new Error('rejected by the kit'));
      member.onRevoked = () => Promise.reject(new Error('rejected by the kit'));
      // A fixed assignment may pass the rejection on.
      await group.start(member).catch(() => undefined);
      await group.until(() => member.held.size > 0, 'shards are assigned');
      await group.quiet();
      assert(member.held.size > 0, 'the shards stay assigned');
    });
  });

  runner.describe('ShardAssignment: sharing', () => {
    rule(sharing, 'members share all shards, evenly', async (group) => {
      for (let count = 1; count <= 3; count++) {
        await group.join();
        await group.shared();
      }
    });

    rule(sharing, 'members that start together share all shards, evenly', async (group) => {
      await Promise.all([group.join(), group.join(), group.join()]);
      await group.shared();
    });

    rule(sharing, 'no shard moves between two members when a third one joins', async (group) => {
      const members = [await group.join(), await group.join()];
      await group.shared();
      const before = members.map(({ held }) => new Set(held));
      await group.join();
      await group.shared();
      members.forEach(({ held }, at) => {
        for (const shard of held)
          assert(before[at]!.has(shard), `shard ${shard} stayed or went to the third`);
      });
    });

    rule(sharing, 'the shards of a member that stops go to the others, which keep theirs', async (group) => {
      const members = [await group.join(), await group.join(), await group.join()];
      await group.shared();
      const kept = members.slice(1).map(({ held }) => new Set(held));
      await group.leave(members[0]!);
      await group.shared();
      members.slice(1).forEach(({ held }, at) => {
        for (const shard of kept[at]!) assert(held.has(shard), `shard ${shard} stayed where it was`);
      });
    });

    rule(
      sharing && handover,
      'a shard goes to another member only after revoked() has settled',
      async (group) => {
        const first = await group.join();
        await group.shared();
        const drain = gate();
        first.onRevoked = () => drain.opened;
        const second = await group.join();
        await group.until(() => first.revoking.size > 0, 'shards are revoked');
        const revoking = new Set(first.revoking);
        await group.quiet();
        for (const shard of revoking) assert(!second.held.has(shard), `shard ${shard} waits for revoked()`);
        group.record.check();
        drain.open();
        await group.shared();
      },
    );
  });

  runner.describe('ShardAssignment: isolation', () => {
    rule(
      isolation,
      'the shards of a member that is cut off go to the others, which keep theirs',
      async (group, _, h) => {
        const members = [await group.join(), await group.join(), await group.join()];
        await group.shared();
        const kept = members.slice(1).map(({ held }) => new Set(held));
        await group.isolate(members[0]!, h);
        await group.shared();
        members.slice(1).forEach(({ held }, at) => {
          for (const shard of kept[at]!) assert(held.has(shard), `shard ${shard} stayed where it was`);
        });
      },
    );

    rule(
      isolation,
      'a member that was cut off loses its shards, and gets its part when it returns',
      async (group, _, h) => {
        const [first] = [await group.join(), await group.join()];
        await group.shared();
        await group.isolate(first, h);
        await group.shared();
        await h.reconnect!(first.assignment);
        await group.until(() => first.calls.lost > 0, 'lost() is called');
        await group.until(
          () => group.record.members.every(({ held }) => held.size > 0),
          'it has shards again',
        );
        first.isIsolated = false;
        await group.shared();
      },
    );
  });
}

/** The group of a case. */
class GroupCase {
  readonly record: RecordedGroup;
  readonly #harness: ShardAssignmentHarness;
  readonly #time: KitTime;
  readonly #quietMs: number;

  constructor(harness: ShardAssignmentHarness, time: KitTime, quietMs: number, isExclusive: boolean) {
    this.record = new RecordedGroup(isExclusive);
    this.#harness = harness;
    this.#time = time;
    this.#quietMs = quietMs;
  }

  async make(): Promise<RecordedMember> {
    return this.record.add(await this.#harness.member());
  }

  async start(member: RecordedMember): Promise<void> {
    await this.#time.settled(member.start(), 'start()');
  }

  async join(): Promise<RecordedMember> {
    const member = await this.make();
    await this.start(member);
    return member;
  }

  async leave(member: RecordedMember): Promise<void> {
    await this.#time.settled(member.stop(), 'stop()');
  }

  async isolate(member: RecordedMember, harness: ShardAssignmentHarness): Promise<void> {
    member.isIsolated = true;
    await harness.isolate!(member.assignment);
  }

  async until(holds: () => boolean, what: string): Promise<void> {
    await this.#time.until(holds, what);
  }

  /** Waits until all shards are shared evenly, and checks that they stay so. */
  async shared(): Promise<void> {
    await this.until(() => this.record.isShared, 'all shards are shared evenly');
    await this.quiet();
    await this.until(() => this.record.isShared, 'all shards are shared evenly');
    const before = this.record.members.map(({ held }) => [...held]);
    const lostBefore = this.record.lostCalls;
    await this.quiet();
    const lost = this.record.lostCalls - lostBefore;
    assertEqual(
      this.record.members.map(({ held }) => [...held]),
      before,
      `shards of each member while none comes or goes (${lost} calls of lost() meanwhile)`,
    );
    this.record.check();
  }

  async quiet(): Promise<void> {
    await this.#time.pass(this.#quietMs);
  }

  async end(): Promise<void> {
    for (const member of this.record.members) {
      if (member.isIsolated) await this.#harness.reconnect?.(member.assignment);
      await this.#time.settled(member.assignment.stop(), 'stop() at the end');
      member.phase = 'stopped';
    }
  }
}

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
