import { Kit } from '../kit.js';
import type { TestRunner } from '../test-runner.js';
import { connectionRules } from './connection-rules.js';
import { deliveryRules } from './delivery-rules.js';
import { iteratorRules } from './iterator-rules.js';
import { linkRules } from './link-rules.js';
import { listenerRules } from './listener-rules.js';
import type {
  PriceStreamAdapterConformanceOptions,
  PriceStreamAdapterHarness,
  PriceStreamAdapterSupport,
} from './price-stream-kit.js';
import { subscriptionRules } from './subscription-rules.js';

/**
 * Registers the tests of a `PriceStreamAdapter`. The harness plays the venue: it sends the prices that the kit needs and, if it can, breaks
 * the link.
 *
 * @example
 * ```ts
 * import { describe, it } from 'vitest';
 * import { MockPriceStreamAdapter } from 'tickmark';
 * import { FakeClock, priceStreamAdapterConformance } from 'tickmark/conformance';
 *
 * priceStreamAdapterConformance(
 *   { describe, it },
 *   {
 *     createHarness: () => {
 *       const clock = new FakeClock();
 *       const adapter = new MockPriceStreamAdapter({ clock, intervalMs: 0 });
 *       return { adapter, advance: (ms) => clock.advance(ms), venue: { send: (update) => adapter.emit(update) } };
 *     },
 *   },
 * );
 * ```
 */
export function priceStreamAdapterConformance(
  runner: TestRunner,
  options: PriceStreamAdapterConformanceOptions,
): void {
  const kit = new Kit<PriceStreamAdapterHarness, PriceStreamAdapterSupport>(runner, options, ({ adapter }) =>
    adapter.disconnect(),
  );
  const context = { kit, symbols: options.symbols ?? (['AAA', 'BBB', 'CCC', 'DDD'] as const) };
  runner.describe('PriceStreamAdapter: connection', () => connectionRules(context));
  runner.describe('PriceStreamAdapter: subscriptions', () => subscriptionRules(context));
  runner.describe('PriceStreamAdapter: delivery', () => deliveryRules(context));
  runner.describe('PriceStreamAdapter: listeners', () => listenerRules(context));
  runner.describe('PriceStreamAdapter: iterator', () => iteratorRules(context));
  runner.describe('PriceStreamAdapter: broken links', () => linkRules(context));
}
