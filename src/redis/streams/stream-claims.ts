import type { Timer } from '../../core/clock.js';
import type { StreamCursor, StreamRead } from './stream-cursor.js';
import { streamFailure, type StreamSubscriptionOwner } from './stream-subscription-owner.js';

/** Most entries that are asked for at once. */
export const READ_COUNT = 100;

/** What {@link StreamClaims} asks of its subscription. */
export interface ClaimingSubscription {
  /** How many entries it has room for. */
  room(): number;
  /** Ids of the entries that it has. */
  held(): readonly string[];
  /** Entries were taken over. */
  onTaken(read: StreamRead): Promise<void>;
  /** Another consumer has taken an entry over. */
  onDropped(id: string): void;
}

/**
 * A consumer's claims on the entries of its group: it renews those on what it has, three times within the time after which
 * others may take it, and takes over what others have left lying.
 */
export class StreamClaims {
  readonly #type: string;
  readonly #cursor: StreamCursor;
  readonly #owner: StreamSubscriptionOwner;
  readonly #subscription: ClaimingSubscription;
  #isStopped = false;
  #claimTimer: Timer | null = null;
  #keepTimer: Timer | null = null;

  constructor(
    type: string,
    cursor: StreamCursor,
    owner: StreamSubscriptionOwner,
    subscription: ClaimingSubscription,
  ) {
    this.#type = type;
    this.#cursor = cursor;
    this.#owner = owner;
    this.#subscription = subscription;
    this.#claimLater();
    this.#keepLater();
  }

  /** Renews and claims no more. */
  stop(): void {
    this.#isStopped = true;
    this.#claimTimer?.clear();
    this.#keepTimer?.clear();
  }

  /** Notes an attempt at an entry; gives whether the entry is still this consumer's. */
  async note(id: string, deliveries: number): Promise<boolean> {
    return !(await this.#keep([[id, deliveries]])).includes(id);
  }

  #claimLater(): void {
    const { clock, random, settings } = this.#owner;
    // At times of its own, so that consumers started together do not ask together.
    const delay = (settings.claimIdleMs / 2) * (0.75 + random() / 2);
    this.#claimTimer = clock.setTimer(() => void this.#claim(), delay);
  }

  #keepLater(): void {
    const { clock, settings } = this.#owner;
    this.#keepTimer = clock.setTimer(() => {
      this.#keepLater();
      void this.#keep(this.#subscription.held().map((id) => [id, 0]));
    }, settings.claimIdleMs / 3);
  }

  async #keep(entries: ReadonlyArray<readonly [string, number]>): Promise<readonly string[]> {
    const connection = this.#owner.connection();
    if (!connection || entries.length === 0) return [];
    try {
      const lost = await this.#owner.bounded(connection, () => this.#cursor.keep(connection, entries));
      for (const id of lost) this.#subscription.onDropped(id);
      return lost;
    } catch (error) {
      this.#failed('Keeping entries', error);
      return [];
    }
  }

  async #claim(): Promise<void> {
    const { settings, counters } = this.#owner;
    const connection = this.#owner.connection();
    const count = Math.min(this.#subscription.room(), READ_COUNT);
    try {
      if (connection && count > 0) {
        const read = await this.#owner.bounded(connection, () =>
          this.#cursor.claim(connection, settings.claimIdleMs, count),
        );
        counters.claimed += read.entries.length;
        await this.#subscription.onTaken(read);
      }
    } catch (error) {
      this.#failed('Claiming', error);
    }
    if (!this.#isStopped) this.#claimLater();
  }

  // What the end of the subscription has cut off is not tried again, and nobody's trouble.
  #failed(what: string, error: unknown): void {
    if (!this.#isStopped) this.#owner.report(streamFailure(what, this.#type, error));
  }
}
