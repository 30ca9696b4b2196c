import type { RefusalReason, RefusedTopic } from '../protocol/server-messages.js';
import { parseTopic, topicOf, type Topic } from '../protocol/topic.js';
import type { Authorizer, Verdict } from './authorizer.js';
import type { FollowedTopic } from './followed-topic.js';
import type { FollowedTopics } from './followed-topics.js';
import { grantOf, type Granted } from './grants.js';
import { isPromise } from './is-promise.js';

/** How many topics of one claim are looked at at a time: a reader's thousand must not be the database's thousand. */
const AT_A_TIME = 16;

/**
 * Topics that a reader has asked for, from the first question until they are its own. What is revoked meanwhile is refused,
 * though the answer may have been a yes: it was given before.
 */
export class Claim {
  readonly request: Request;
  /** Topics that room was taken for. */
  readonly room: number;
  readonly #topics: FollowedTopics;
  readonly #authorizer: Authorizer;
  readonly #revoked = new Set<Topic>();
  readonly #verdicts = new Map<string, Verdict | Promise<Verdict>>();
  #granted: Granted[] = [];
  #refused: RefusedTopic[] = [];
  readonly #keys: readonly Topic[];

  constructor(
    keys: readonly Topic[],
    room: number,
    request: Request,
    topics: FollowedTopics,
    authorizer: Authorizer,
  ) {
    this.#keys = keys;
    this.room = room;
    this.request = request;
    this.#topics = topics;
    this.#authorizer = authorizer;
  }

  /** What was granted. */
  get granted(): readonly Granted[] {
    return this.#granted;
  }

  /** What was not. */
  get refused(): readonly RefusedTopic[] {
    return this.#refused;
  }

  /** Refuses more, for a reason of the caller's. */
  refuse(refused: readonly RefusedTopic[]): void {
    this.#refused.push(...refused);
  }

  /** Asks, and holds what is granted. Never rejects. */
  async settle(): Promise<this> {
    const left = this.#keys.values();
    const work = async (): Promise<void> => {
      for (const key of left) {
        // A thousand topics whose answers are there cost no thousand promises.
        const looked = this.#look(key);
        if (looked) await looked;
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    // In the order they were asked for, however the answers came.
    const order = new Map(this.#keys.map((key, index): [string, number] => [key, index]));
    this.#granted.sort((a, b) => order.get(a.key)! - order.get(b.key)!);
    this.#refused.sort((a, b) => order.get(a.topic)! - order.get(b.topic)!);
    return this;
  }

  /** Takes back what matches, now and later. @returns how many topics. */
  revoke(matches: (portfolioId: string) => boolean): number {
    const before = this.#revoked.size;
    for (const key of this.#keys) {
      const { kind, id } = parseTopic(key)!;
      if (kind !== 'price' && matches(id)) this.#revoked.add(key);
    }
    return this.#revoked.size - before;
  }

  /** Drops what was revoked or has gone since; to be called when the rest is taken, without a wait in between. */
  sift(): void {
    const isGood = ({ key, topic }: Granted) => !this.#revoked.has(key) && !topic.isGone;
    for (const granted of this.#granted) {
      if (isGood(granted)) continue;
      this.#topics.release(granted.topic);
      this.#refused.push({ topic: granted.key, reason: 'denied' });
    }
    this.#granted = this.#granted.filter(isGood);
  }

  /** Lets go of what is not wanted any longer. */
  keep(isWanted: (key: Topic) => boolean): void {
    for (const { key, topic } of this.#granted) if (!isWanted(key)) this.#topics.release(topic);
    this.#granted = this.#granted.filter(({ key }) => isWanted(key));
    this.#refused = this.#refused.filter(({ topic }) => isWanted(topic));
  }

  /** Gives up what is held. */
  release(): void {
    for (const { topic } of this.#granted) this.#topics.release(topic);
    this.#granted = [];
  }

  #look(key: Topic): void | Promise<void> {
    const verdict = this.#verdict(key);
    return isPromise(verdict) ? verdict.then((each) => this.#judged(key, each)) : this.#judged(key, verdict);
  }

  #judged(key: Topic, verdict: Verdict): void | Promise<void> {
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

  // One question a portfolio, with or without rows.
  #verdict(key: Topic): Verdict | Promise<Verdict> {
    const parts = parseTopic(key)!;
    const about = topicOf(parts.kind === 'price' ? 'price' : 'portfolio', parts.id);
    let verdict = this.#verdicts.get(about);
    if (!verdict) this.#verdicts.set(about, (verdict = this.#authorizer.ask(this.request, parts)));
    return verdict;
  }
}
