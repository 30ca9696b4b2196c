import { Kit } from '../kit.js';
import type { TestRunner } from '../test-runner.js';
import { copyRules } from './copy-rules.js';
import { fidelityRules } from './fidelity-rules.js';
import type {
  InstrumentStoreConformanceOptions,
  InstrumentStoreHarness,
  InstrumentStoreSupport,
} from './instrument-store-kit.js';
import { loadingRules } from './loading-rules.js';
import { savingRules } from './saving-rules.js';

/**
 * Registers the test cases of an `InstrumentStore`. Each case gets an empty store, such as a schema, a key prefix or a database of its
 * own.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import { instrumentStoreConformance } from 'tickmark/conformance';
 * import { InMemoryInstrumentStore } from 'tickmark/instruments';
 *
 * instrumentStoreConformance({ describe, it }, {
 *   createHarness: () => ({ store: new InMemoryInstrumentStore() }),
 * });
 * ```
 */
export function instrumentStoreConformance(
  runner: TestRunner,
  options: InstrumentStoreConformanceOptions,
): void {
  const kit = new Kit<InstrumentStoreHarness, InstrumentStoreSupport>(runner, options, async () => undefined);
  runner.describe('InstrumentStore: saving', () => savingRules(kit));
  runner.describe('InstrumentStore: loading', () => loadingRules(kit));
  runner.describe('InstrumentStore: fidelity', () => fidelityRules(kit));
  runner.describe('InstrumentStore: copies', () => copyRules(kit));
}
