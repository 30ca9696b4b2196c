import type { EventBus } from '../../core/messaging/event-bus.js';
import type { Harness, Kit } from '../kit.js';

/** A link that a test can break. */
export interface BreakableLink {
  /** Breaks the link; settles when both ends are disconnected. */
  break(): Promise<void> | void;
  /** Restores the link; settles at once, the bus may reconnect later. */
  restore(): Promise<void> | void;
}

/** A fresh bus for one case. */
export interface EventBusHarness extends Harness {
  /** The bus under test. */
  readonly bus: EventBus;
  /** Another instance of the same bus, as in another process; needed for `supports.peer`. */
  readonly peer?: EventBus;
  /** The link between the bus and its broker; needed for `supports.link`. */
  readonly link?: BreakableLink;
}

/** Optional abilities of a bus. */
export interface EventBusSupport {
  /** Merges waiting events that have `conflate`. */
  readonly conflation: boolean;
  /** Most events that wait for one subscription; the factory must set a limit from 20 to 1000. */
  readonly maxBacklog: number;
  /** `createHarness` gives a `peer`. */
  readonly peer: boolean;
  /** `createHarness` gives a `link` that can be broken. */
  readonly link: boolean;
}

export type EventBusKit = Kit<EventBusHarness, EventBusSupport>;
