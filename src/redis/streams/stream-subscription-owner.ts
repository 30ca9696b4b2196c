import type { Clock } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import type { EventCodecs } from '../../core/messaging/event-codec.js';
import type { RandomSource } from '../../core/random.js';
import type { RedisConnection } from '../redis-connection.js';
import type { StreamEntry } from './stream-cursor.js';
import type { StreamFailures } from './stream-failures.js';

/** The outcome of an entry. */
export interface EntryOutcome {
  readonly entry: StreamEntry;
  readonly eventId: string | null;
  /** Why it goes to the dead-letter stream; `null` if it was handled. */
  readonly reason: string | null;
}

/** Counters of all subscriptions of a bus. */
export interface StreamCounters {
  handled: number;
  failed: number;
  /** Entries trimmed before they were read. */
  lost: number;
  claimed: number;
  duplicates: number;
  malformed: number;
  deadLettered: number;
}

/** New counters, all 0. */
export function newStreamCounters(): StreamCounters {
  return { handled: 0, failed: 0, lost: 0, claimed: 0, duplicates: 0, malformed: 0, deadLettered: 0 };
}

/** Options of all subscriptions of a bus. */
export interface StreamSubscriptionSettings {
  /** Most entries of one subscription in this process. */
  readonly window: number;
  readonly maxDeliveries: number;
  readonly claimIdleMs: number;
  readonly handlerTimeoutMs: number;
  readonly rememberedIds: number;
  readonly retryDelayMs: number;
}

/** What a subscription needs of its bus. */
export interface StreamSubscriptionOwner {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly codecs: EventCodecs;
  readonly settings: StreamSubscriptionSettings;
  readonly counters: StreamCounters;
  /** The connection, or `null` while it is down. */
  connection(): RedisConnection | null;
  /** Runs a command with a time limit; drops a connection that does not answer. */
  bounded<Result>(connection: RedisConnection, call: () => Promise<Result>): Promise<Result>;
  /** Those of the ids that the group has handled already. */
  alreadyHandled(group: string | null, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Records the outcomes of entries in Redis, in one step. */
  recordOutcomes(
    connection: RedisConnection,
    type: string,
    group: string | null,
    done: readonly EntryOutcome[],
  ): Promise<unknown>;
  announceGap(type: string, lost: number | null, since: number): void;
  report(error: TickmarkError): void;
  /** Reports what will be retried. */
  readonly failures: StreamFailures;
  /** A subscription has room again. */
  roomFreed(): void;
}
