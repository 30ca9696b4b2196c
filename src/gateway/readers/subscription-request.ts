import type { RefusalReason, RefusedTopic } from '../../protocol/server-messages.js';
import { parseTopic, type Topic, type TopicParts } from '../../protocol/topic.js';
import type { Identity } from '../admission/authenticator.js';
import type { Authorizer, Verdict } from './authorizer.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';
import type { FollowedTopics } from '../feeds/followed-topics.js';
import { grantOf, type Granted } from './grants.js';
import { isPromise } from '../is-promise.js';

/** Topics of one request that are authorized at the same time, so that a thousand topics are not a thousand queries at once. */
const CONCURRENCY = 16;

/**
 * Topics that a reader has requested, until it is subscribed to them. A topic that is revoked meanwhile is refused, even if `authorize`
 * has granted it: that answer is older.
 */
export class SubscriptionRequest {
  readonly identity: Identity;
  /** Topics that are new to the reader, and count against its limit of topics. */
  readonly #fresh: ReadonlySet<Topic>;
  readonly #topics: FollowedTopics;
  readonly #authorizer: Authorizer;
  readonly #now: () => number;
  readonly #revoked = new Set<Topic>();
  #areAnswersInvalid = false;
  #granted: Granted[] = [];
  #refused: RefusedTopic[] = [];
  readonly #keys: readonly Topic[];

  constructor(
    keys: readonly Topic[],
    fresh: ReadonlySet<Topic>,
    identity: Identity,
    topics: FollowedTopics,
    authorizer: Authorizer,
    now: () => number,
  ) {
    this.#keys = keys;
    this.#fresh = fresh;
    this.identity = identity;
    this.#now = now;
    this.#topics = topics;
    this.#authorizer = authorizer;
  }

  /** For how many topics room was taken. */
  get room(): number {
    return this.#fresh.size;
  }

  /** Granted topics. */
  get granted(): readonly Granted[] {
    return this.#granted;
  }

  /** Refused topics. */
  get refused(): readonly RefusedTopic[] {
    return this.#refused;
  }

  /** Refuses more topics, which are not part of the request. */
  refuse(refused: readonly RefusedTopic[]): void {
    this.#refused.push(...refused);
  }

  /** Authorizes the topics, and holds the granted ones. Never rejects. */
  async authorize(): Promise<this> {
    const left = this.#keys.values();
    const work = async (): Promise<void> => {
      for (const key of left) {
        // A topic that is authorized at once costs no promise.
        const looked = this.#ask(key);
        if (looked) await looked;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    // In the order of the request, in whatever order the answers came.
    const order = new Map(this.#keys.map((key, index): [string, number] => [key, index]));
    this.#granted.sort((a, b) => order.get(a.key)! - order.get(b.key)!);
    this.#refused.sort((a, b) => order.get(a.topic)! - order.get(b.topic)!);
    return this;
  }

  /** Revokes matching topics, whether they are granted already or not. @returns How many, without those that the reader has already. */
  revoke(matches: (topic: TopicParts) => boolean): number {
    let count = 0;
    for (const key of this.#keys) {
      if (this.#revoked.has(key) || !matches(parseTopic(key)!)) continue;
      this.#revoked.add(key);
      if (this.#fresh.has(key)) count++;
    }
    return count;
  }

  /** Authorizations that were asked for so far no longer count: a revocation may have been missed. */
  invalidateAnswers(): void {
    this.#areAnswersInvalid = true;
  }

  /** Drops topics that were revoked, have expired or were removed meanwhile. To be called right before the others are used. */
  dropInvalid(): void {
    const now = this.#now();
    const refusalOf = ({ key, topic, expiresAt }: Granted): RefusalReason | null => {
      if (this.#revoked.has(key) || topic.isRemoved) return 'denied';
      return this.#areAnswersInvalid || (expiresAt !== null && expiresAt <= now) ? 'busy' : null;
    };
    this.#granted = this.#granted.filter((granted) => {
      const reason = refusalOf(granted);
      if (reason === null) return true;
      this.#topics.release(granted.topic);
      this.#refused.push({ topic: granted.key, reason });
      return false;
    });
  }

  /** Drops topics that are no longer wanted. */
  keep(isWanted: (key: Topic) => boolean): void {
    for (const { key, topic } of this.#granted) if (!isWanted(key)) this.#topics.release(topic);
    this.#granted = this.#granted.filter(({ key }) => isWanted(key));
    this.#refused = this.#refused.filter(({ topic }) => isWanted(topic));
  }

  /** Releases all holds. */
  release(): void {
    for (const { topic } of this.#granted) this.#topics.release(topic);
    this.#granted = [];
  }

  #ask(key: Topic): void | Promise<void> {
    const verdict = this.#authorizer.ask(this.identity, parseTopic(key)!);
    return isPromise(verdict)
      ? verdict.then((each) => this.#onVerdict(key, each))
      : this.#onVerdict(key, verdict);
  }

  #onVerdict(key: Topic, verdict: Verdict): void | Promise<void> {
    if (typeof verdict === 'string') return this.#held(key, verdict, null);
    const topic = this.#topics.hold(key);
    const { expiresAt } = verdict;
    return isPromise(topic)
      ? topic.then((each) => this.#held(key, each, expiresAt))
      : this.#held(key, topic, expiresAt);
  }

  #held(key: Topic, topic: FollowedTopic | RefusalReason, expiresAt: number | null): void {
    if (typeof topic === 'string') this.#refused.push({ topic: key, reason: topic });
    else this.#granted.push(grantOf(topic, expiresAt));
  }
}
