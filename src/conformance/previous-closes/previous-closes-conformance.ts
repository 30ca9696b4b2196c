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
 * Registers the test cases for a `PreviousCloses`, or for a function in its place. Each case starts with an empty source; `put()` adds closes to it.
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
