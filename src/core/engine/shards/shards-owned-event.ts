import type { DomainEvent, EventType } from '../../messaging/event-bus.js';

/** Layout of {@link ShardsOwnedEvent} that this version writes and reads. */
export const SHARDS_OWNED_FORMAT = 1;

/** An owner says which shards it values: several times a second, and at once when that changes. Standbys hear from it that it works. */
export interface ShardsOwnedEvent extends DomainEvent {
  /** Version of the layout. Of one that is not known, nothing else is read. */
  readonly format: number;
  /** Names one run of one owner. */
  readonly owner: string;
  /** Rises with each event of the owner. */
  readonly number: number;
  /** Number of all shards. */
  readonly shardCount: number;
  /** Shards whose portfolios are loaded and valued. */
  readonly loaded: readonly number[];
  /** Shards that are assigned to it and not loaded yet. */
  readonly loading: readonly number[];
}

/** Type of {@link ShardsOwnedEvent}. */
export const SHARDS_OWNED: EventType<ShardsOwnedEvent> = 'tickmark.shards.owned';
