import { describe, expect, test } from 'vitest';
import { ConformanceError } from '../../../src/conformance/assertions.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { shardAssignmentConformance } from '../../../src/conformance/shard-assignment/shard-assignment-conformance.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import { runKit } from '../collecting-runner.js';
import { SimulatedGroup, type GroupFault, type SimulatedMember } from './simulated-group.js';

const kitOf =
  (fault: GroupFault | null, supports = { sharing: true, handover: true, isolation: true }) =>
  (runner: TestRunner): void =>
    shardAssignmentConformance(runner, {
      createHarness: () => {
        const clock = new FakeClock();
        const group = new SimulatedGroup(clock, fault);
        return {
          member: () => group.member(),
          isolate: (member) => group.isolate(member as SimulatedMember),
          reconnect: (member) => group.reconnect(member as SimulatedMember),
          advance: (ms) => clock.advance(ms),
        };
      },
      supports,
    });

const ALONE = 'assigns shards from 0 to shardCount − 1, each once, and revokes them all when it stops';
const HANDOVER = 'a shard goes to another member only after revoked() has settled';
const EVENLY = 'members share all shards, evenly';

describe('the kit of shard assignments', () => {
  test('passes a good assignment, and skips what it does not support', async () => {
    const report = await runKit(kitOf(null));
    expect(Object.fromEntries(report.failed)).toEqual({});
    expect(report.skipped).toEqual([]);
    const less = await runKit(kitOf(null, { sharing: false, handover: false, isolation: false }));
    expect([less.failed.size, less.skipped.length]).toEqual([0, 7]);
  });

  test('lets a shard have two owners for a moment where hand-over is not supported, and no longer', async () => {
    const supports = { sharing: true, handover: false, isolation: true };
    const eager = await runKit(kitOf('gives shards away before they are drained', supports));
    expect(Object.fromEntries(eager.failed)).toEqual({});
    expect(eager.skipped).toEqual([HANDOVER]);
    const twice = await runKit(kitOf('gives every shard to every member', supports), EVENLY);
    expect(twice.failed.get(EVENLY)).toBeInstanceOf(ConformanceError);
  });

  test.each<[GroupFault, string]>([
    ['assigns a shard beyond the last', ALONE],
    ['loses shards where it should revoke them', ALONE],
    ['leaves one shard out', ALONE],
    ['revokes twice', ALONE],
    ['calls after stop()', 'stop() is idempotent, and resolves before start()'],
    ['does not wait in stop()', 'stop() resolves only after revoked() has settled'],
    ['drops shards when a handler rejects', 'a handler that rejects changes nothing'],
    ['assigns shards again', EVENLY],
    ['shares unevenly', EVENLY],
    [
      'moves every shard when members come or go',
      'no shard moves between two members when a third one joins',
    ],
    [
      'moves every shard when members come or go',
      'the shards of a member that stops go to the others, which keep theirs',
    ],
    ['gives shards away before they are drained', HANDOVER],
    ['gives shards away before they are drained', EVENLY],
    ['gives every shard to every member', EVENLY],
    [
      'moves every shard when members come or go',
      'the shards of a member that is cut off go to the others, which keep theirs',
    ],
    [
      'never says what was lost',
      'a member that was cut off loses its shards, and gets its part when it returns',
    ],
    [
      'forgets members that return',
      'a member that was cut off loses its shards, and gets its part when it returns',
    ],
  ])('fails one that %s, by the rule "%s"', async (fault, rule) => {
    const report = await runKit(kitOf(fault), rule);
    expect(report.failed.get(rule)).toBeInstanceOf(ConformanceError);
  });
});
