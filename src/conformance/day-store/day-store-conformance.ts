import { Kit } from '../kit.js';
import type { TestRunner } from '../test-runner.js';
import { atOnceRules } from './at-once-rules.js';
import { closeLoadingRules } from './close-loading-rules.js';
import { closeSavingRules } from './close-saving-rules.js';
import { copyRules } from './copy-rules.js';
import type { DayStoreConformanceOptions, DayStoreHarness, DayStoreSupport } from './day-store-kit.js';
import { failureRules } from './failure-rules.js';
import { fidelityRules } from './fidelity-rules.js';
import { resultLoadingRules } from './result-loading-rules.js';
import { resultSavingRules } from './result-saving-rules.js';

/**
 * Registers the test cases of a `DayStore`. Each case gets an empty store, such as a schema, a key prefix or a database of its own.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import { InMemoryDayStore } from 'tickmark';
 * import { dayStoreConformance } from 'tickmark/conformance';
 *
 * dayStoreConformance({ describe, it }, {
 *   createHarness: () => ({ store: new InMemoryDayStore() }),
 * });
 * ```
 */
export function dayStoreConformance(runner: TestRunner, options: DayStoreConformanceOptions): void {
  const kit = new Kit<DayStoreHarness, DayStoreSupport>(runner, options, async () => undefined);
  runner.describe('DayStore: saving closes', () => closeSavingRules(kit));
  runner.describe('DayStore: loading closes', () => closeLoadingRules(kit));
  runner.describe('DayStore: saving results', () => resultSavingRules(kit));
  runner.describe('DayStore: loading results', () => resultLoadingRules(kit));
  runner.describe('DayStore: fidelity', () => fidelityRules(kit));
  runner.describe('DayStore: several writers', () => atOnceRules(kit));
  runner.describe('DayStore: copies', () => copyRules(kit));
  runner.describe('DayStore: failures', () => failureRules(kit));
}
