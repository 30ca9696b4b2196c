import { checkDelay } from '../../core/clock.js';
import { invalidArgument } from '../../core/errors.js';
import { checkNumber, withDefaults } from '../../core/options.js';
import type { EventBusStats } from '../../core/messaging/event-bus.js';
import type { RedisBusOptions } from '../redis-bus-options.js';
import type { StreamSubscriptionSettings } from './stream-subscription-owner.js';

/** Options of one subscription of a `RedisStreamEventBus`. */
export interface StreamSubscribeOptions {
  /** Shares the events of the type with the other subscriptions of this group; `null` gets all events. Default: the bus's. */
  readonly group?: string | null;
  /**
   * Name of the consumer within its group, which no other process may use. A second subscription of the same type, group and name
   * on one bus has `-2` appended. Default: the bus's, or one made up.
   */
  readonly consumer?: string;
}

/** Options of `RedisStreamEventBus`. */
export interface RedisStreamEventBusOptions extends RedisBusOptions {
  /** Group of subscriptions that name none. Default: none, so that each gets all events. */
  readonly group?: string;
  /** Name of the consumer of subscriptions that name none. Default: one made up for each. */
  readonly consumer?: string;
  /** About how many entries a stream keeps. Default 10,000. */
  readonly maxLength?: number;
  /** How often an event is tried before it goes to the dead-letter stream. Default 5. */
  readonly maxDeliveries?: number;
  /** About how many entries the dead-letter stream keeps. Default 100,000. */
  readonly maxDeadLetters?: number;
  /** Time after which another consumer takes over what one has left lying, ms. Default 30,000. */
  readonly claimIdleMs?: number;
  /** Time before an event whose handler failed is tried again; doubled each time. ms. Default 100. */
  readonly retryDelayMs?: number;
  /** Time after which a handler call that has not settled no longer keeps other consumers from taking its events over, ms. Default 60,000. */
  readonly handlerTimeoutMs?: number;
  /** Entries read ahead for one subscription, 1 to 5000. Default 200. */
  readonly window?: number;
  /** Ids of handled events that a subscription remembers. Default 10,000. */
  readonly rememberedIds?: number;
  /** How long a group notes in Redis which events it has handled, ms; costs one more round trip a read. Default 0: it does not. */
  readonly handledForMs?: number;
}

/** Counters of a `RedisStreamEventBus`. */
export interface RedisStreamEventBusStats extends EventBusStats {
  /** Events that `publish` refused, or sent without learning whether Redis took them. */
  readonly rejected: number;
  /** Entries taken over from other consumers. */
  readonly claimed: number;
  /** Events that came again after they were handled, and were not handled again. */
  readonly duplicates: number;
  /** Entries that could not be read. */
  readonly malformed: number;
  /** Entries put into the dead-letter stream. */
  readonly deadLettered: number;
  /** Entries that are read and not yet handled. */
  readonly pending: number;
  /** Breaks of the link that were mended. */
  readonly reconnects: number;
}

/** What a bus works with. */
export interface ResolvedStreamOptions extends StreamSubscriptionSettings {
  readonly group: string | null;
  readonly consumer: string | undefined;
  readonly maxLength: number;
  readonly maxDeadLetters: number;
  readonly handledForMs: number;
  readonly blockMs: number;
}

/** Fills in the defaults. @throws TickmarkError `INVALID_ARGUMENT`. */
export function resolveStreamOptions(
  options: RedisStreamEventBusOptions,
  where: string,
): ResolvedStreamOptions {
  const { pingTimeoutMs, ...given } = withDefaults(options, {
    maxLength: 10_000,
    maxDeliveries: 5,
    maxDeadLetters: 100_000,
    claimIdleMs: 30_000,
    retryDelayMs: 100,
    handlerTimeoutMs: 60_000,
    window: 200,
    rememberedIds: 10_000,
    handledForMs: 0,
    pingTimeoutMs: 1500,
  });
  const { group = null, consumer } = options;
  for (const [name, value] of Object.entries({ group, consumer })) {
    if (value === '') throw invalidArgument(`${where}: ${name}`, '', 'a string that is not empty');
  }
  for (const name of ['maxLength', 'maxDeliveries', 'maxDeadLetters', 'rememberedIds'] as const) {
    checkNumber(`${where}: ${name}`, given[name], { from: 1, isWhole: true });
  }
  checkNumber(`${where}: window`, given.window, { from: 1, to: 5000, isWhole: true });
  checkNumber(`${where}: claimIdleMs`, given.claimIdleMs, { from: 100 });
  for (const name of ['claimIdleMs', 'retryDelayMs', 'handlerTimeoutMs', 'handledForMs'] as const) {
    checkDelay(given[name], `${where}: ${name}`);
  }
  // Shorter than the time limit of a ping, which waits behind a blocking read.
  return { ...given, group, consumer, blockMs: Math.max(1, Math.floor(pingTimeoutMs / 3)) };
}
