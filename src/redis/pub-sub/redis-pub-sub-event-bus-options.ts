import type { EventBusStats } from '../../core/messaging/event-bus.js';
import type { RedisBusOptions } from '../redis-bus-options.js';

/** Options of `RedisPubSubEventBus`. */
export interface RedisPubSubEventBusOptions extends RedisBusOptions {
  /** Most events that wait for one subscription; beyond it the oldest is dropped. Default 1000. */
  readonly maxBacklog?: number;
}

/** Counters of a `RedisPubSubEventBus`. */
export interface RedisPubSubEventBusStats extends EventBusStats {
  /** Events that `publish` rejected, including those of which it is unknown whether Redis got them. */
  readonly rejected: number;
  /** Messages received, including malformed ones. */
  readonly received: number;
  /** Messages that could not be decoded. */
  readonly malformed: number;
  /** Reconnects of the subscribing link; a gap event announces each. */
  readonly reconnects: number;
}
