import type { Timer } from '../../core/clock.js';
import type { StreamCursor, StreamRead } from './stream-cursor.js';
import type { StreamSubscriptionOwner } from './stream-subscription-owner.js';

/** Most entries of one read. */
export const READ_COUNT = 100;

/** What {@link StreamClaimer} needs of its subscription. */
export interface ClaimingSubscription {
  /** Number of entries it has room for. */
  room(): number;
  /** Ids of the entries it holds. */
  heldIds(): readonly string[];
  /** Entries were claimed. */
  onClaimed(read: StreamRead): Promise<void>;
  /** Another consumer has claimed an entry. */
  onLost(id: string): void;
}

/**
 * Renews a consumer's claims on its pending entries, three times within `claimIdleMs`, and claims entries that other consumers have
 * left idle for that long.
 */
export class StreamClaimer {
  readonly #type: string;
  readonly #cursor: StreamCursor;
  readonly #owner: StreamSubscriptionOwner;
  readonly #subscription: ClaimingSubscription;
  #isStopped = false;
  #claimTimer: Timer | null = null;
  #renewalTimer: Timer | null = null;

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
    this.#scheduleClaim();
    this.#scheduleRenewal();
  }

  /** Stops renewing and claiming. */
  stop(): void {
    this.#isStopped = true;
    this.#claimTimer?.clear();
    this.#renewalTimer?.clear();
  }

  /** Records a delivery of an entry in Redis. @returns Whether this consumer still holds the entry. */
  async recordAttempt(id: string, deliveries: number): Promise<boolean> {
    return !(await this.#renew([[id, deliveries]])).includes(id);
  }

  #scheduleClaim(): void {
    const { clock, random, settings } = this.#owner;
    // With jitter, so that consumers that started together do not poll together.
    const delay = (settings.claimIdleMs / 2) * (0.75 + random() / 2);
    this.#claimTimer = clock.setTimer(() => void this.#claim(), delay);
  }

  #scheduleRenewal(): void {
    const { clock, settings } = this.#owner;
    this.#renewalTimer = clock.setTimer(() => {
      this.#scheduleRenewal();
      void this.#renew(this.#subscription.heldIds().map((id) => [id, 0]));
    }, settings.claimIdleMs / 3);
  }

  async #renew(entries: ReadonlyArray<readonly [string, number]>): Promise<readonly string[]> {
    const connection = this.#owner.connection();
    if (!connection || entries.length === 0) return [];
    try {
      const lost = await this.#owner.bounded(connection, () => this.#cursor.renew(connection, entries));
      for (const id of lost) this.#subscription.onLost(id);
      return lost;
    } catch (error) {
      this.#reportFailure('Renewing claims', error);
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
        await this.#subscription.onClaimed(read);
      }
    } catch (error) {
      this.#reportFailure('Claiming', error);
    }
    if (!this.#isStopped) this.#scheduleClaim();
  }

  // After the end of the subscription nothing is retried, so nothing is reported.
  #reportFailure(what: string, error: unknown): void {
    if (!this.#isStopped) this.#owner.failures.report(what, this.#type, error);
  }
}
