import type { Clock } from '../../core/clock.js';
import { TickmarkError, quote } from '../../core/errors.js';
import type { EventCodecs } from '../../core/messaging/event-codec.js';
import type { RandomSource } from '../../core/random.js';
import type { RedisConnection } from '../redis-connection.js';
import type { StreamEntry } from './stream-cursor.js';

/** An entry that is done with. */
export interface EntryOutcome {
  readonly entry: StreamEntry;
  readonly eventId: string | null;
  /** Why it goes to the dead-letter stream, or `null` when it was handled. */
  readonly reason: string | null;
}

/** Counters that subscriptions share. */
export interface StreamCounters {
  handled: number;
  failed: number;
  /** Entries trimmed away unread. */
  lost: number;
  claimed: number;
  duplicates: number;
  malformed: number;
  deadLettered: number;
}

/** Counters at the start. */
export function newStreamCounters(): StreamCounters {
  return { handled: 0, failed: 0, lost: 0, claimed: 0, duplicates: 0, malformed: 0, deadLettered: 0 };
}

/** How subscriptions of a bus behave. */
export interface StreamSubscriptionSettings {
  /** Entries that may be in this process for one subscription. */
  readonly window: number;
  readonly maxDeliveries: number;
  readonly claimIdleMs: number;
  readonly handlerTimeoutMs: number;
  readonly rememberedIds: number;
  readonly retryDelayMs: number;
}

/** What a subscription asks of its bus. */
export interface StreamSubscriptionOwner {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly codecs: EventCodecs;
  readonly settings: StreamSubscriptionSettings;
  readonly counters: StreamCounters;
  /** The connection, or `null` while it is down. */
  connection(): RedisConnection | null;
  /** Runs a command in bounded time; a connection that does not answer is given up. */
  bounded<Result>(connection: RedisConnection, call: () => Promise<Result>): Promise<Result>;
  /** Ids of those events that the group is known to have handled. */
  alreadyHandled(group: string | null, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Tells Redis, in one step, what became of entries. */
  recordOutcomes(
    connection: RedisConnection,
    type: string,
    group: string | null,
    done: readonly EntryOutcome[],
  ): Promise<unknown>;
  announceGap(type: string, lost: number | null, since: number): void;
  report(error: TickmarkError): void;
  /** There is room again. */
  roomFreed(): void;
}

/** The error of work that is done again. */
export function streamError(what: string, type: string, cause: unknown): TickmarkError {
  const message = `RedisStreamEventBus: ${what} of ${quote(type)} failed; it is tried again.`;
  return new TickmarkError('BUS_FAILED', message, { retryable: true, cause });
}
