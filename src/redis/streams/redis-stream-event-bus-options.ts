import { checkDelay } from '../../core/clock.js';
import { invalidArgument } from '../../core/errors.js';
import { checkNumber, withDefaults, type OptionShapes } from '../../core/options.js';
import type { EventBusStats } from '../../core/messaging/event-bus.js';
import { REDIS_BUS_OPTIONS, type RedisBusOptions } from '../redis-bus-options.js';
import type { StreamSubscriptionSettings } from './stream-subscription-owner.js';

/** Options of one subscription of a `RedisStreamEventBus`. */
export interface StreamSubscribeOptions {
  /** Consumer group, which shares the events of the type among its subscriptions; `null` for all events. Default: the group of the bus. */
  readonly group?: string | null;
  /**
   * Name of the consumer within its group; no other process may use it. A second subscription with the same type, group and name on
   * one bus gets `-2` appended. Default: the name of the bus, or a generated one.
   */
  readonly consumer?: string;
}

/** Options of `RedisStreamEventBus`. */
export interface RedisStreamEventBusOptions extends RedisBusOptions {
  /** Group of subscriptions that give none. Default: none, so each subscription gets all events. */
  readonly group?: string;
  /** Consumer name of subscriptions that give none. Default: a generated one for each. */
  readonly consumer?: string;
  /** Approximate number of entries that a stream keeps. Default 10,000. */
  readonly maxLength?: number;
  /** Deliveries of an event before it goes to the dead-letter stream. Default 5. */
  readonly maxDeliveries?: number;
  /** Approximate number of entries that the dead-letter stream keeps. Default 100,000. */
  readonly maxDeadLetters?: number;
  /** Idle time after which another consumer claims a pending entry, ms from 100. Default 30,000. */
  readonly claimIdleMs?: number;
  /** Longest wait before an event whose handler failed is retried, ms; doubles each time, with full jitter. Default 100. */
  readonly retryDelayMs?: number;
  /** Time limit of a handler call, ms; beyond it other consumers may claim its entries. Default 60,000. */
  readonly handlerTimeoutMs?: number;
  /** Entries read ahead for one subscription, 1 to 5000. Default 200. */
  readonly window?: number;
  /** Number of handled event ids that a subscription remembers. Default 10,000. */
  readonly rememberedIds?: number;
  /** How long a group records handled event ids in Redis, ms; costs one more round trip per read. Default 0: not at all. */
  readonly handledForMs?: number;
}

/** What each of these options may be. */
export const STREAM_BUS_OPTIONS: OptionShapes<RedisStreamEventBusOptions> = {
  ...REDIS_BUS_OPTIONS,
  group: 'string',
  consumer: 'string',
  maxLength: true,
  maxDeliveries: true,
  maxDeadLetters: true,
  claimIdleMs: true,
  retryDelayMs: true,
  handlerTimeoutMs: true,
  window: true,
  rememberedIds: true,
  handledForMs: true,
};

/** Counters of a `RedisStreamEventBus`. */
export interface RedisStreamEventBusStats extends EventBusStats {
  /** Events that `publish` rejected, including those of which it is unknown whether Redis got them. */
  readonly rejected: number;
  /** Entries claimed from other consumers. */
  readonly claimed: number;
  /** Repeated deliveries of handled events, which were skipped. */
  readonly duplicates: number;
  /** Entries that could not be decoded. */
  readonly malformed: number;
  /** Entries sent to the dead-letter stream. */
  readonly deadLettered: number;
  /** Entries read and not handled yet. */
  readonly pending: number;
  /** Reconnects of the link. */
  readonly reconnects: number;
}

/** Options of a bus, with defaults. */
export interface ResolvedStreamOptions extends StreamSubscriptionSettings {
  readonly group: string | null;
  readonly consumer: string | undefined;
  readonly maxLength: number;
  readonly maxDeadLetters: number;
  readonly handledForMs: number;
  readonly blockMs: number;
}

/** Checks the options and fills in the defaults. @throws TickmarkError `INVALID_ARGUMENT`. */
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
