import type { FollowedTopic } from '../feeds/followed-topic.js';
import type { GatewayCounts } from '../gateway-counts.js';

/** Changes that a reader has missed since some offset: of each of its topics that has changed since. */
interface Missed {
  readonly topics: readonly FollowedTopic[];
  readonly since: number;
}

/**
 * Values that a reader has not been sent. No queue: what a slow reader has not got is the offset from which on it has missed whatever
 * changed, beside a set of topics with the offset of what it holds of each. A thousand readers who do not read, with a thousand
 * topics each, must not be a million entries.
 */
export class UnsentChanges {
  readonly #counts: GatewayCounts;
  readonly #held = new Map<FollowedTopic, number>();
  #missed: Missed | null = null;
  #size = 0;

  constructor(counts: GatewayCounts) {
    this.#counts = counts;
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /**
   * What has changed is missed.
   * @param changed those of the reader's topics that have, as of `offset`.
   * @param topics all of its topics.
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

  /** Makes what was missed into topics one by one: before the reader's topics become others, or each is looked at. */
  gather(): void {
    if (!this.#missed) return;
    const { topics, since } = this.#missed;
    this.#missed = null;
    for (const topic of topics) {
      if (topic.changedAt > since && !this.#held.has(topic)) this.#held.set(topic, since);
    }
  }

  /** Owes the newest value of a topic from now on. @param held offset of what the reader has of it; -1: nothing. */
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

  /** Owes nothing of a topic any longer; gives the offset of what the reader has of it. */
  drop(topic: FollowedTopic): number {
    this.gather();
    const held = this.#held.get(topic);
    if (held === undefined) return topic.changedAt;
    this.#held.delete(topic);
    this.#size--;
    this.#counts.dropped++;
    return held;
  }

  /** The topics, with the offset of what the reader has of each. */
  entries(): Iterable<readonly [FollowedTopic, number]> {
    this.gather();
    return this.#held;
  }

  /** These are about to be sent. */
  take(topics: readonly FollowedTopic[]): void {
    this.#size -= topics.length;
    // One by one a map makes itself smaller again and again.
    if (this.#size === 0) this.#held.clear();
    else for (const topic of topics) this.#held.delete(topic);
  }

  /** Owes nothing any longer. */
  clear(): void {
    this.#counts.dropped += this.#size;
    this.#size = 0;
    this.#missed = null;
    this.#held.clear();
  }
}
