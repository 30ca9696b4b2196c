import type { FollowedTopic } from './followed-topic.js';
import type { GatewayCounts } from './gateway-counts.js';

/** Topics that a reader is subscribed to together with others. */
export interface Following {
  readonly topics: Iterable<FollowedTopic>;
  /** Changes of those topics so far, each counted once. */
  readonly produced: number;
}

/**
 * What one reader has not been sent: a set of topics, each with the offset of what the reader holds of it. No values: those are
 * taken when there is room, and are the newest then.
 */
export class Debt {
  readonly #counts: GatewayCounts;
  readonly #owed = new Map<FollowedTopic, number>();
  /** The reader fell behind at some offset; which topics have changed since is looked at when it matters. */
  #behind: { readonly following: Following; readonly offset: number; readonly produced: number } | null =
    null;

  constructor(counts: GatewayCounts) {
    this.#counts = counts;
  }

  /** Whether the reader has everything. */
  get isNone(): boolean {
    return this.#owed.size === 0 && this.#behind === null;
  }

  /** How many topics are owed. */
  get size(): number {
    this.gather();
    return this.#owed.size;
  }

  /**
   * The reader gets nothing for a while. It costs nothing then, however much changes.
   * @param offset of the last change that it has, or is owed already.
   * @param produced changes of what it follows up to there.
   */
  fallBehind(following: Following, offset: number, produced: number): void {
    this.#behind ??= { following, offset, produced };
  }

  /** Owes a topic. @param held offset of what the reader has of it; -1: nothing. */
  owe(topic: FollowedTopic, held: number): void {
    this.#counts.produced++;
    const known = this.#owed.get(topic);
    if (known !== undefined) this.#counts.conflated++;
    if (known === undefined || held < known) this.#owed.set(topic, held);
  }

  /** Owes nothing of a topic any longer; gives the offset of what the reader has of it. */
  disown(topic: FollowedTopic): number {
    this.gather();
    const held = this.#owed.get(topic);
    if (held === undefined) return topic.changedAt;
    this.#owed.delete(topic);
    this.#counts.dropped++;
    return held;
  }

  /** Looks up what has changed since the reader fell behind. To be called before it follows other topics. */
  gather(): void {
    if (!this.#behind) return;
    const { following, offset, produced } = this.#behind;
    this.#behind = null;
    let fresh = 0;
    for (const topic of following.topics) {
      if (topic.changedAt <= offset || this.#owed.has(topic)) continue;
      this.#owed.set(topic, offset);
      fresh++;
    }
    this.#counts.produced += following.produced - produced;
    this.#counts.conflated += following.produced - produced - fresh;
  }

  /** What is owed, with the offset of what the reader holds. Call `gather()` before. */
  [Symbol.iterator](): Iterator<[FollowedTopic, number]> {
    return this.#owed.entries();
  }

  /** Takes topics out that the reader is being sent. */
  pay(topics: readonly FollowedTopic[]): void {
    for (const topic of topics) this.#owed.delete(topic);
    this.#counts.sent += topics.length;
  }

  /** Owes nothing any longer: the reader has gone. */
  drop(): void {
    this.gather();
    this.#counts.dropped += this.#owed.size;
    this.#owed.clear();
  }
}
