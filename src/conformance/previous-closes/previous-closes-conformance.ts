import { Kit } from '../kit.js';
import type { TestRunner } from '../test-runner.js';
import { callRules } from './call-rules.js';
import { choiceRules } from './choice-rules.js';
import { fidelityRules } from './fidelity-rules.js';
import type {
  PreviousClosesConformanceOptions,
  PreviousClosesHarness,
  PreviousClosesSupport,
} from './previous-closes-kit.js';

/**
 * Registers the test cases of a `PreviousCloses`, or of a function that stands for one. Each case gets a source that knows no close yet, and `put()` gives it some.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import type { PreviousClose } from 'tickmark';
 * import { previousClosesConformance } from 'tickmark/conformance';
 *
 * previousClosesConformance({ describe, it }, {
 *   createHarness: () => {
 *     const known: PreviousClose[] = [];
 *     return {
 *       put(closes) {
 *         known.push(...closes);
 *         known.sort((one, other) => other.closedAt - one.closedAt);
 *       },
 *       async closes(symbols, { at }) {
 *         return symbols.flatMap((symbol) => {
 *           const newest = known.find((close) => close.symbol === symbol && close.closedAt <= at);
 *           return newest ? [{ ...newest }] : [];
 *         });
 *       },
 *     };
 *   },
 * });
 * ```
 */
export function previousClosesConformance(
  runner: TestRunner,
  options: PreviousClosesConformanceOptions,
): void {
  const kit = new Kit<PreviousClosesHarness, PreviousClosesSupport>(runner, options, async () => undefined);
  runner.describe('PreviousCloses: which close', () => choiceRules(kit));
  runner.describe('PreviousCloses: fidelity', () => fidelityRules(kit));
  runner.describe('PreviousCloses: calls', () => callRules(kit));
}
