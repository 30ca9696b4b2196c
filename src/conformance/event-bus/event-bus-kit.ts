import type { EventBus } from '../../core/messaging/event-bus.js';
import type { Harness, Kit } from '../kit.js';

/** A link that a test can break. */
export interface BreakableLink {
  /** Breaks it; settles when both ends are apart. */
  break(): Promise<void> | void;
  /** Lets it be mended; settles at once, the bus may take its time to reconnect. */
  restore(): Promise<void> | void;
}

/** A fresh bus for one case. */
export interface EventBusHarness extends Harness {
  /** The bus under test. */
  readonly bus: EventBus;
  /** Another end of the same bus, as another process has it; needed for `supports.peer`. */
  readonly peer?: EventBus;
  /** The link between the bus and its broker; needed for `supports.link`. */
  readonly link?: BreakableLink;
}

/** What a bus can do beyond what the port demands. */
export interface EventBusSupport {
  /** Folds events that have `conflate` for a subscription that is at work. */
  readonly conflation: boolean;
  /** Events that may wait for one subscription, where the factory makes the bus with a bound small enough to reach: 20 to 1000. */
  readonly maxBacklog: number;
  /** `createHarness` gives a `peer`. */
  readonly peer: boolean;
  /** `createHarness` gives a `link` that can be broken. */
  readonly link: boolean;
}

export type EventBusKit = Kit<EventBusHarness, EventBusSupport>;
