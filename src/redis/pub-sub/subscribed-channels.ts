import type { RedisConnection } from '../redis-connection.js';
import type { RedisLink } from '../redis-link.js';

/** What {@link SubscribedChannels} works with. */
export interface SubscribedChannelsOptions {
  /** What the name of every channel begins with. */
  readonly prefix: string;
  readonly link: RedisLink;
  /** Redis has confirmed all that is wanted. */
  readonly onSettled: () => void;
}

/** Brings what Redis sends in line with what is wanted: one command at a time, so that the last wish holds. */
export class SubscribedChannels {
  readonly #with: SubscribedChannelsOptions;
  readonly #wanted = new Set<string>();
  #confirmed = new Set<string>();
  #isAtWork = false;

  constructor(options: SubscribedChannelsOptions) {
    this.#with = options;
  }

  /** Whether anything is wanted. */
  get isWanted(): boolean {
    return this.#wanted.size > 0;
  }

  /** Whether Redis sends all that is wanted. */
  get isSettled(): boolean {
    if (this.#confirmed.size < this.#wanted.size) return false;
    for (const type of this.#wanted) if (!this.#confirmed.has(type)) return false;
    return true;
  }

  /** Wants a type, or no longer. */
  want(type: string, isWanted: boolean): void {
    if (isWanted) this.#wanted.add(type);
    else this.#wanted.delete(type);
    const { link } = this.#with;
    if (link.connection) void this.#align(link.connection);
  }

  /** Subscribes on a new connection to all that is wanted. */
  async reopen(connection: RedisConnection): Promise<void> {
    this.#confirmed = new Set();
    await this.#work(connection, () => true);
  }

  /** The link is up: subscribes to what was wanted since `reopen` was done. */
  catchUp(): void {
    const { link } = this.#with;
    if (!this.isSettled && link.connection) void this.#align(link.connection);
  }

  /** The link is down: nothing is sent any longer. */
  lost(): void {
    this.#confirmed = new Set();
  }

  async #align(connection: RedisConnection): Promise<void> {
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    const { link, onSettled } = this.#with;
    const isCurrent = (): boolean => link.connection === connection;
    try {
      await link.bounded(connection, 'Subscribing', () => this.#work(connection, isCurrent));
    } catch (error) {
      link.fail(connection, error);
    } finally {
      this.#isAtWork = false;
    }
    if (isCurrent()) onSettled();
    else if (link.connection) void this.#align(link.connection);
  }

  async #work(connection: RedisConnection, isCurrent: () => boolean): Promise<void> {
    const { prefix } = this.#with;
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
