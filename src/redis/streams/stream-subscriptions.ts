import { isBefore } from './stream-cursor.js';
import type { StreamKeys } from './stream-keys.js';
import type { StreamSubscription } from './stream-subscription.js';

/** The subscriptions of a stream bus, and how far they have read each stream. */
export class StreamSubscriptions {
  readonly #keys: StreamKeys;
  readonly #subscriptions = new Set<StreamSubscription>();
  /** Last id read, by stream. */
  readonly #lastSeenIds = new Map<string, string>();

  constructor(keys: StreamKeys) {
    this.#keys = keys;
  }

  /** All subscriptions, in the order in which they were made. */
  get all(): ReadonlySet<StreamSubscription> {
    return this.#subscriptions;
  }

  /** Entries read and not handled yet. */
  get pending(): number {
    let pending = 0;
    for (const subscription of this.#subscriptions) pending += subscription.pending;
    return pending;
  }

  add(subscription: StreamSubscription): void {
    this.#subscriptions.add(subscription);
  }

  remove(subscription: StreamSubscription): void {
    this.#subscriptions.delete(subscription);
  }

  /** Stops and removes all subscriptions. @returns Those that were removed. */
  stop(): StreamSubscription[] {
    const stopped = [...this.#subscriptions];
    this.#subscriptions.clear();
    for (const subscription of stopped) subscription.stop();
    return stopped;
  }

  /**
   * The name if no consumer of the group has it, otherwise with a number. Two live consumers must not share a name, or each would
   * consider the entries of the other its own.
   */
  uniqueConsumer(name: string, type: string, group: string): string {
    const taken = new Set<string | null>();
    for (const { type: of, cursor } of this.#subscriptions) {
      if (of === type && cursor.group === group) taken.add(cursor.consumer);
    }
    let unique = name;
    for (let number = 2; taken.has(unique); number++) unique = `${name}-${number}`;
    return unique;
  }

  /** Streams whose subscriptions have room, each with the last id read. */
  streamsWithRoom(): ReadonlyMap<string, string> {
    const streams = new Map<string, string>();
    for (const subscription of this.#subscriptions) {
      const key = this.#keys.events(subscription.type);
      if (subscription.isOpen && subscription.hasRoom) streams.set(key, this.#lastSeenIds.get(key) ?? '0-0');
    }
    return streams;
  }

  /** Streams have new entries, up to at least the given id. Settles when subscriptions with room have read them. */
  async readNewEntries(news: ReadonlyMap<string, string>): Promise<void> {
    const concerned = [...this.#subscriptions].filter(({ type }) => news.has(this.#keys.events(type)));
    await Promise.all(concerned.map((subscription) => subscription.read()));
    for (const [key, id] of news) {
      // Not what one of them has read beyond that: another has missed it if it was added between their reads.
      const reading = concerned.filter((each) => this.#keys.events(each.type) === key && !each.willReadOn);
      const seen = reading.map(({ lastSeen }) => lastSeen);
      const seenByAll = seen.reduce((one, other) => (isBefore(one, other) ? one : other), seen[0] ?? id);
      this.#lastSeenIds.set(key, isBefore(id, seenByAll) ? seenByAll : id);
    }
  }

  /** The link is up again. */
  resume(): void {
    // The server may have lost its data, and its ids may start from lower ones again.
    this.#lastSeenIds.clear();
    for (const subscription of this.#subscriptions) subscription.resume();
  }
}
