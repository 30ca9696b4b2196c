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
  /** A second bus on the same broker, as a second process would have. Required with `supports.peer`. */
  readonly peer?: EventBus;
  /** The link between the bus and its broker. Required with `supports.link`. */
  readonly link?: BreakableLink;
}

/** Optional abilities of a bus. */
export interface EventBusSupport {
  /** Merges waiting events that have `conflate`. */
  readonly conflation: boolean;
  /** Most events that wait for one subscription; the factory must set a limit from 20 to 1000. */
  readonly maxBacklog: number;
  /** Whether `createHarness` returns a `peer`, so that the kit also tests two processes. */
  readonly peer: boolean;
  /** Whether `createHarness` returns a `link`, which the kit breaks. */
  readonly link: boolean;
}

export type EventBusKit = Kit<EventBusHarness, EventBusSupport>;
