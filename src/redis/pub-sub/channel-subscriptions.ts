import type { RedisConnection } from '../redis-connection.js';
import type { RedisLink } from '../redis-link.js';

/** Options of {@link ChannelSubscriptions}. */
export interface ChannelSubscriptionsOptions {
  /** Prefix of every channel. */
  readonly prefix: string;
  readonly link: RedisLink;
  /** Redis has confirmed all wanted channels. */
  readonly onConfirmed: () => void;
}

/** Keeps the channels subscribed in Redis equal to the wanted ones; one command at a time, so that the last request wins. */
export class ChannelSubscriptions {
  readonly #options: ChannelSubscriptionsOptions;
  readonly #wanted = new Set<string>();
  #confirmed = new Set<string>();
  #isSynchronizing = false;

  constructor(options: ChannelSubscriptionsOptions) {
    this.#options = options;
  }

  /** Whether any channel is wanted. */
  get hasWanted(): boolean {
    return this.#wanted.size > 0;
  }

  /** Whether Redis has confirmed all wanted channels. */
  get isConfirmed(): boolean {
    if (this.#confirmed.size < this.#wanted.size) return false;
    for (const type of this.#wanted) if (!this.#confirmed.has(type)) return false;
    return true;
  }

  /** Adds or removes a wanted type. */
  setWanted(type: string, isWanted: boolean): void {
    if (isWanted) this.#wanted.add(type);
    else this.#wanted.delete(type);
    const { link } = this.#options;
    if (link.connection) void this.#synchronize(link.connection);
  }

  /** Subscribes to all wanted channels on a new connection. */
  async resubscribe(connection: RedisConnection): Promise<void> {
    this.#confirmed = new Set();
    await this.#apply(connection, () => true);
  }

  /** The link is up: subscribes to what was wanted since `reopen` was done. */
  subscribeMissing(): void {
    const { link } = this.#options;
    if (!this.isConfirmed && link.connection) void this.#synchronize(link.connection);
  }

  /** The link is down: Redis has no subscription left. */
  linkDown(): void {
    this.#confirmed = new Set();
  }

  async #synchronize(connection: RedisConnection): Promise<void> {
    if (this.#isSynchronizing) return;
    this.#isSynchronizing = true;
    const { link, onConfirmed } = this.#options;
    const isCurrent = (): boolean => link.connection === connection;
    try {
      await link.bounded(connection, 'Subscribing', () => this.#apply(connection, isCurrent));
    } catch (error) {
      link.fail(connection, error);
    } finally {
      this.#isSynchronizing = false;
    }
    if (isCurrent()) onConfirmed();
    else if (link.connection) void this.#synchronize(link.connection);
  }

  async #apply(connection: RedisConnection, isCurrent: () => boolean): Promise<void> {
    const { prefix } = this.#options;
    const confirmed = this.#confirmed;
    for (;;) {
      const missing = [...this.#wanted].filter((type) => !confirmed.has(type));
      const unwanted = [...confirmed].filter((type) => !this.#wanted.has(type));
      if (missing.length + unwanted.length === 0) return;
      for (const type of missing) {
        await connection.subscribe(prefix + type);
        confirmed.add(type);
      }
      for (const type of unwanted) {
        confirmed.delete(type);
        await connection.unsubscribe(prefix + type);
      }
      if (!isCurrent()) return;
    }
  }
}
