import { checkDelay } from '../../core/clock.js';
import { checkCount, invalidArgument } from '../../core/errors.js';
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
  const settings: ResolvedStreamOptions = {
    group: options.group ?? null,
    consumer: options.consumer,
    maxLength: options.maxLength ?? 10_000,
    maxDeliveries: options.maxDeliveries ?? 5,
    maxDeadLetters: options.maxDeadLetters ?? 100_000,
    claimIdleMs: options.claimIdleMs ?? 30_000,
    retryDelayMs: options.retryDelayMs ?? 100,
    handlerTimeoutMs: options.handlerTimeoutMs ?? 60_000,
    window: options.window ?? 200,
    rememberedIds: options.rememberedIds ?? 10_000,
    handledForMs: options.handledForMs ?? 0,
    // A ping waits behind it.
    blockMs: Math.max(1, Math.floor((options.pingTimeoutMs ?? 1500) / 3)),
  };
  for (const name of ['group', 'consumer'] as const) {
    if (settings[name] === '') throw invalidArgument(`${where}: ${name}`, '', 'a text that is not empty');
  }
  for (const name of ['maxLength', 'maxDeliveries', 'maxDeadLetters', 'window', 'rememberedIds'] as const) {
    checkCount(`${where}: ${name}`, settings[name]);
  }
  if (settings.window > 5000) throw invalidArgument(`${where}: window`, settings.window, 'at most 5000');
  for (const name of ['claimIdleMs', 'retryDelayMs', 'handlerTimeoutMs', 'handledForMs'] as const) {
    checkDelay(settings[name], `${where}: ${name}`);
  }
  if (settings.claimIdleMs < 100) {
    throw invalidArgument(`${where}: claimIdleMs`, settings.claimIdleMs, 'ms from 100');
  }
  return settings;
}
