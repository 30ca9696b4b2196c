import { describe, expect, test } from 'vitest';
import { ConformanceError } from '../../../src/conformance/assertions.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { lockConformance } from '../../../src/conformance/lock/lock-conformance.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import { InMemoryLock } from '../../../src/memory/in-memory-lock.js';
import { BROKEN_LOCKS, type MakeLock } from '../broken-locks.js';
import { runKit } from '../collecting-runner.js';

const kitOf = (make: MakeLock) => (runner: TestRunner) =>
  lockConformance(runner, {
    createHarness: () => {
      const clock = new FakeClock();
      const lock = make(clock);
      return {
        lock,
        advance: (ms) => clock.advance(ms),
        pending: () => clock.pending,
      };
    },
  });

describe('the lock kit', () => {
  test('passes a good lock, and shows the rule for peers as skipped', async () => {
    const report = await runKit(kitOf((clock) => new InMemoryLock({ clock })));
    expect(Object.fromEntries(report.failed)).toEqual({});
    expect(report.skipped).toEqual(['at most one caller at all ends of the lock holds the key']);
  });

  test.each(BROKEN_LOCKS)('fails a lock that %s', async (_, make, rule) => {
    const report = await runKit(kitOf(make), rule);
    expect(report.failed.get(rule)).toBeInstanceOf(ConformanceError);
  });
});

describe('the lock kit with a peer', () => {
  const ends = (isShared: boolean) => (runner: TestRunner) =>
    lockConformance(runner, {
      createHarness: () => {
        const clock = new FakeClock();
        const lock = new InMemoryLock({ clock });
        const advance = (ms: number): Promise<void> => clock.advance(ms);
        return { lock, peer: isShared ? lock : new InMemoryLock({ clock }), advance };
      },
      supports: { peer: true },
    });
  const rule = 'at most one caller at all ends of the lock holds the key';

  test('passes two ends that share their keys', async () => {
    expect((await runKit(ends(true), rule)).passed).toEqual([rule]);
  });

  test('fails two ends that share nothing', async () => {
    expect([...(await runKit(ends(false), rule)).failed.keys()]).toEqual([rule]);
  });
});
