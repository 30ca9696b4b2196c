import type { FollowedTopic } from '../feeds/followed-topic.js';
import type { GatewayCounts } from '../gateway-counts.js';

/** Everything that has changed after an offset, of a set of topics. */
interface Missed {
  readonly topics: readonly FollowedTopic[];
  readonly since: number;
}

/**
 * Values that were not sent to a reader yet. It is not a queue. For a slow reader it stores the offset after which the reader lacks all
 * changes, and a set of topics with the offset of the value that the reader has of each. So a thousand readers that do not read, with a
 * thousand topics each, are not a million entries.
 */
export class UnsentChanges {
  readonly #counts: GatewayCounts;
  readonly #held = new Map<FollowedTopic, number>();
  #missed: Missed | null = null;
  #size = 0;

  constructor(counts: GatewayCounts) {
    this.#counts = counts;
  }

  /** How many values there are. */
  get size(): number {
    return this.#size;
  }

  /**
   * The reader was not sent a change.
   * @param changed Its topics that have changed at `offset`.
   * @param topics All of its topics.
   */
  miss(changed: readonly FollowedTopic[], topics: readonly FollowedTopic[], offset: number): void {
    this.#missed ??= { topics, since: offset - 1 };
    const { since } = this.#missed;
    let conflated = 0;
    for (const topic of changed) if (topic.previous > since || this.#held.has(topic)) conflated++;
    this.#counts.produced += changed.length;
    this.#counts.conflated += conflated;
    this.#size += changed.length - conflated;
  }

  /** Stores missed changes topic by topic. Needed before the topics of the reader change, and before each is read. */
  gather(): void {
    if (!this.#missed) return;
    const { topics, since } = this.#missed;
    this.#missed = null;
    for (const topic of topics) {
      if (topic.changedAt > since && !this.#held.has(topic)) this.#held.set(topic, since);
    }
  }

  /** Adds the newest value of a topic. @param held Offset of the value that the reader has; -1: none. */
  add(topic: FollowedTopic, held: number): void {
    this.gather();
    this.#counts.produced++;
    const known = this.#held.get(topic);
    if (known === undefined) {
      this.#held.set(topic, held);
      this.#size++;
    } else {
      this.#counts.conflated++;
      if (held < known) this.#held.set(topic, held);
    }
  }

  /** Removes the value of a topic. @returns The offset of the value that the reader has. */
  drop(topic: FollowedTopic): number {
    this.gather();
    const held = this.#held.get(topic);
    if (held === undefined) return topic.changedAt;
    this.#held.delete(topic);
    this.#size--;
    this.#counts.dropped++;
    return held;
  }

  /** The topics, with the offset of the value that the reader has of each. */
  entries(): Iterable<readonly [FollowedTopic, number]> {
    this.gather();
    return this.#held;
  }

  /** Removes topics whose values are about to be sent. */
  take(topics: readonly FollowedTopic[]): void {
    this.#size -= topics.length;
    // A map that is emptied one by one shrinks its table again and again.
    if (this.#size === 0) this.#held.clear();
    else for (const topic of topics) this.#held.delete(topic);
  }

  /** Removes everything. */
  clear(): void {
    this.#counts.dropped += this.#size;
    this.#size = 0;
    this.#missed = null;
    this.#held.clear();
  }
}
