import { Kit, type KitOptions } from '../kit.js';
import type { TestRunner } from '../test-runner.js';
import { backlogRules } from './backlog-rules.js';
import { closingRules } from './closing-rules.js';
import { deliveryRules } from './delivery-rules.js';
import type { EventBusHarness, EventBusSupport } from './event-bus-kit.js';
import { failureRules } from './failure-rules.js';
import { linkRules } from './link-rules.js';
import { subscriptionRules } from './subscription-rules.js';

/** Options of {@link eventBusConformance}. */
export interface EventBusConformanceOptions extends KitOptions<EventBusHarness, EventBusSupport> {}

/**
 * Registers the test cases of an `EventBus`. The cases depend on the guarantee in its `delivery`.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import { InMemoryEventBus } from 'tickmark';
 * import { eventBusConformance } from 'tickmark/conformance';
 *
 * eventBusConformance({ describe, it }, { createHarness: () => ({ bus: new InMemoryEventBus() }) });
 * ```
 */
export function eventBusConformance(runner: TestRunner, options: EventBusConformanceOptions): void {
  const kit = new Kit<EventBusHarness, EventBusSupport>(runner, options, ({ bus }) =>
    bus.close({ timeoutMs: 0 }),
  );
  runner.describe('EventBus: delivery', () => deliveryRules(kit));
  runner.describe('EventBus: subscriptions', () => subscriptionRules(kit));
  runner.describe('EventBus: failing handlers', () => failureRules(kit));
  runner.describe('EventBus: backlogs', () => backlogRules(kit));
  runner.describe('EventBus: links', () => linkRules(kit));
  runner.describe('EventBus: closing', () => closingRules(kit));
}
