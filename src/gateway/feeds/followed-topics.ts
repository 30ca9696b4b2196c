import type { Clock } from '../../core/clock.js';
import type { RefusalReason } from '../../protocol/server-messages.js';
import { parseTopic, type Topic } from '../../protocol/topic.js';
import type { FollowedTopic } from './followed-topic.js';
import type { PortfolioFeed } from './portfolio-feed.js';
import type { PriceFeed } from './price-feed.js';

/** What {@link FollowedTopics} works with. */
export interface FollowedTopicsOptions {
  readonly portfolios: PortfolioFeed;
  readonly prices: PriceFeed | null;
  readonly clock: Clock;
  readonly historyMs: number;
  readonly historyTopics: number;
  /** How many are followed at most. */
  readonly followedTopics: number;
  readonly nextOffset: () => number;
}

/** The topics that are followed: those with readers, and for a while those whose last reader has left. */
export class FollowedTopics {
  readonly #options: FollowedTopicsOptions;
  readonly #topics = new Map<string, FollowedTopic>();
  /** Those without a reader. The first one has been without a reader for longest. */
  readonly #idle = new Set<FollowedTopic>();
  /** How many are being loaded for the first time. */
  #loading = 0;

  constructor(options: FollowedTopicsOptions) {
    this.#options = options;
  }

  /** How many are followed. */
  get size(): number {
    return this.#topics.size;
  }

  /** Follows a topic until it is released; or why not. At once if it is followed already. */
  hold(key: Topic): FollowedTopic | RefusalReason | Promise<FollowedTopic | RefusalReason> {
    const topic = this.#topics.get(key);
    if (topic) {
      if (topic.holds === 0) this.#wake(key);
      return this.#held(topic);
    }
    if (!this.#hasRoom()) return 'limit';
    this.#loading++;
    return this.#follow(key)
      .finally(() => this.#loading--)
      .then((each) => this.#held(each));
  }

  /** Ends a hold. */
  release(topic: FollowedTopic): void {
    if (--topic.holds > 0 || topic.isRemoved) return;
    topic.idleSince = this.#options.clock.monotonic();
    this.#idle.add(topic);
    if (this.#idle.size > this.#options.historyTopics) this.#forget(this.#idle.values().next().value!);
  }

  /** Removes a topic that no longer exists. */
  remove(topic: FollowedTopic): void {
    if (this.#topics.get(topic.key) === topic) this.#topics.delete(topic.key);
    this.#idle.delete(topic);
  }

  /** Forgets topics that had no reader for `historyMs`. */
  sweep(): void {
    const before = this.#options.clock.monotonic() - this.#options.historyMs;
    for (const topic of this.#idle) {
      if (topic.idleSince > before) return;
      this.#forget(topic);
    }
  }

  #held(topic: FollowedTopic | RefusalReason): FollowedTopic | RefusalReason {
    if (typeof topic === 'string') return topic;
    if (topic.isRemoved) return 'denied';
    this.#topics.set(topic.key, topic);
    this.#idle.delete(topic);
    topic.holds++;
    return topic;
  }

  /** Whether one more may be followed. If necessary, one without a reader is dropped. */
  #hasRoom(): boolean {
    if (this.#topics.size + this.#loading < this.#options.followedTopics) return true;
    const idle = this.#idle.values().next().value;
    if (idle) this.#forget(idle);
    return idle !== undefined;
  }

  #wake(key: Topic): void {
    const { portfolios, prices, nextOffset } = this.#options;
    const { kind, id } = parseTopic(key)!;
    if (kind === 'price') prices?.wake(id, nextOffset);
    else portfolios.wake(id, nextOffset);
  }

  async #follow(key: Topic): Promise<FollowedTopic | RefusalReason> {
    const { portfolios, prices, nextOffset } = this.#options;
    const { kind, id } = parseTopic(key)!;
    if (kind === 'portfolio' || kind === 'positions') return portfolios.follow(kind, id, nextOffset);
    return kind === 'price' && prices ? prices.follow(id, nextOffset) : 'unsupported';
  }

  #forget(topic: FollowedTopic): void {
    this.remove(topic);
    const { kind, id } = parseTopic(topic.key)!;
    if (kind === 'price') this.#options.prices!.forget(id);
    else this.#options.portfolios.forget(topic, id);
  }
}
