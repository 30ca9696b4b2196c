import { Kit } from '../kit.js';
import type { TestRunner } from '../test-runner.js';
import { exclusionRules } from './exclusion-rules.js';
import { leaseRules } from './lease-rules.js';
import type { LockConformanceOptions, LockHarness, LockSupport } from './lock-kit.js';
import { lossRules } from './loss-rules.js';
import { waitingRules } from './waiting-rules.js';

/**
 * Registers the test cases of a `Lock`. With an `advance` in each harness no case waits for real time; without one, leases of
 * `leaseMs` expire in real time.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import { InMemoryLock } from 'tickmark';
 * import { FakeClock, lockConformance } from 'tickmark/conformance';
 *
 * lockConformance({ describe, it }, {
 *   createHarness: () => {
 *     const clock = new FakeClock();
 *     return { lock: new InMemoryLock({ clock }), advance: (ms) => clock.advance(ms) };
 *   },
 * });
 * ```
 */
export function lockConformance(runner: TestRunner, options: LockConformanceOptions): void {
  const kit = new Kit<LockHarness, LockSupport>(runner, options, ({ lock }) => lock.close());
  const leaseMs = options.leaseMs ?? 300;
  runner.describe('Lock: exclusion', () => exclusionRules(kit));
  runner.describe('Lock: leases', () => leaseRules(kit, leaseMs));
  runner.describe('Lock: lost leases', () => lossRules(kit, leaseMs));
  runner.describe('Lock: waiting and closing', () => waitingRules(kit, leaseMs));
}
