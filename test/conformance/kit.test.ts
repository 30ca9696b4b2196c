import { describe, expect, test } from 'vitest';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import type { TestRunner } from '../../src/conformance/test-runner.js';
import type { AcquireOptions, Lease } from '../../src/core/locking/lock.js';
import { InMemoryLock } from '../../src/memory/in-memory-lock.js';
import { runKit } from './collecting-runner.js';

const LEASE_MS = 40;
const RULES_WHILE_HELD = [
  'a lease is held until it expires',
  'extend() keeps the lease from expiring',
  'release() never aborts the signal',
  'the lease of a waiter starts when it is granted',
];

const inRealTime = (Lock: typeof InMemoryLock) => (runner: TestRunner) =>
  lockConformance(runner, { createHarness: () => ({ lock: new Lock() }), leaseMs: LEASE_MS });

/** Stops the whole process for longer than a lease, as a busy machine may, soon after each of the first two grants. */
class StandsStill extends InMemoryLock {
  #times = 0;

  override async acquire(key: string, options?: AcquireOptions): Promise<Lease> {
    const lease = await super.acquire(key, options);
    if (this.#times++ < 2) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * LEASE_MS);
    return lease;
  }
}

class GrantsShortLeases extends InMemoryLock {
  override acquire(key: string, { ttlMs = 10_000, ...rest }: AcquireOptions = {}): Promise<Lease> {
    return super.acquire(key, { ...rest, ttlMs: ttlMs / 4 });
  }
}

describe('a kit in real time', () => {
  test.each(RULES_WHILE_HELD)('passes "%s" where the machine stood still', async (rule) => {
    expect((await runKit(inRealTime(StandsStill), rule)).passed).toEqual([rule]);
  });

  test('fails a lock whose leases expire early', async () => {
    const rule = 'a lease is held until it expires';
    const report = await runKit(inRealTime(GrantsShortLeases), rule);
    expect(report.failed.get(rule)?.message).toBe('the lease is held within its time');
  });
});

describe('a kit', () => {
  const limits = (caseTimeoutMs?: number): Set<number | undefined> => {
    const given = new Set<number | undefined>();
    const runner: TestRunner = {
      describe: (_, define) => define(),
      it: (_, __, timeoutMs) => given.add(timeoutMs),
    };
    lockConformance(runner, {
      createHarness: () => ({ lock: new InMemoryLock() }),
      ...(caseTimeoutMs !== undefined && { timing: { caseTimeoutMs } }),
    });
    return given;
  };

  test('gives the runner a limit above its own', () => {
    expect([...limits()]).toEqual([35_000]);
    expect([...limits(60_000)]).toEqual([65_000]);
  });
});
