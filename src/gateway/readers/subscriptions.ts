import { timerDelay, type Timer } from '../../core/clock.js';
import type { GrantedTopic } from '../../protocol/server-messages.js';
import type { Topic } from '../../protocol/topic.js';
import type { AddressQuota } from '../admission/address-quota.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';
import type { Connection } from '../wire/connection.js';
import { grantOf, Grants } from './grants.js';
import type { ReaderContext } from './reader-context.js';
import type { ResumeOffsets } from './resume-offset.js';
import type { SubscriptionRequest } from './subscription-request.js';

/** A topic whose authorization is being checked again, and the offset of the value that the reader has. */
interface UncheckedTopic {
  readonly topic: FollowedTopic;
  readonly held: number;
}

/** With `whileUnchecked: 'continue'`: how long a grant that could not be checked continues until it is checked again, ms. */
const UNCHECKED_MS = 5000;

/**
 * What one reader is subscribed to, and until when. Nothing is sent of a topic while its authorization is being checked again: the
 * topic is paused.
 */
export class Subscriptions {
  readonly #context: ReaderContext;
  readonly #quota: AddressQuota;
  readonly #onExpired: () => void;
  readonly #grants = new Grants();
  readonly #paused = new Map<Topic, UncheckedTopic>();
  /** Present from `attach()` to `end()`. */
  #connection: Connection | undefined;
  #expiry: Timer | undefined;
  /** When the first of the grants ends, ms since 1970. */
  expiresAt = Infinity;

  constructor(context: ReaderContext, quota: AddressQuota, onExpired: () => void) {
    this.#context = context;
    this.#quota = quota;
    this.#onExpired = onExpired;
  }

  /** How many topics there are, including paused ones. */
  get size(): number {
    return this.#grants.size + this.#paused.size;
  }

  /** Topics, including paused ones. */
  keys(): Topic[] {
    return [...this.#grants.keys(), ...this.#paused.keys()];
  }

  /** Whether there is such a topic, paused or not. */
  has(key: Topic): boolean {
    return this.#grants.has(key) || this.#paused.has(key);
  }

  /** Whether this very topic is subscribed to, paused or not. */
  includes(topic: FollowedTopic): boolean {
    const key = topic.key as Topic;
    return this.#grants.get(key)?.topic === topic || this.#paused.get(key)?.topic === topic;
  }

  /** Topics that are not paused. */
  activeKeys(): Topic[] {
    return [...this.#grants.keys()];
  }

  /** What is granted now, as a message says it. */
  granted(): GrantedTopic[] {
    return [...this.#grants.values()].map(({ key, expiresAt }) => ({
      topic: key,
      recovered: true,
      expiresAt,
    }));
  }

  /** Topics whose grant has expired. */
  expiredKeys(): Topic[] {
    const now = this.#context.clock.now();
    return [...this.#grants.values()]
      .filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now)
      .map(({ key }) => key);
  }

  /** Sends values to a connection from now on. */
  attach(connection: Connection): void {
    this.#connection = connection;
    this.regroup();
  }

  /** Takes what a request was granted. */
  enter(request: SubscriptionRequest, heldOf: ResumeOffsets): GrantedTopic[] {
    let fresh = 0;
    const granted = request.granted.map((grant): GrantedTopic => {
      const { key, topic, expiresAt } = grant;
      // One hold is enough, and the room is taken.
      if (this.has(key)) this.#context.topics.release(topic);
      else fresh++;
      const held = heldOf(key);
      this.#paused.delete(key);
      this.#grants.set(grant);
      const recovered = held !== null && held >= topic.since;
      if (!recovered) this.#connection!.unsent.add(topic, -1);
      else if (topic.changedAt > held) this.#connection!.unsent.add(topic, held);
      return { topic: key, recovered, expiresAt };
    });
    this.#quota.returnTopics(request.room - fresh);
    this.#changed();
    return granted;
  }

  /** Stops sending values of topics, until they are granted again, continued or removed. */
  pause(keys: readonly Topic[]): void {
    for (const key of keys) {
      const grant = this.#grants.get(key);
      if (!grant) continue;
      this.#paused.set(key, { topic: grant.topic, held: this.#connection!.unsent.drop(grant.topic) });
      this.#grants.delete(key);
    }
    this.#changed();
  }

  /** Whether a topic is paused. */
  isPaused(key: Topic): boolean {
    return this.#paused.has(key);
  }

  /** Offset of the value that the reader has of a paused topic. */
  heldOf(key: Topic): number {
    return this.#paused.get(key)!.held;
  }

  /** Sends values of paused topics again, for a while. */
  continue(keys: readonly Topic[]): GrantedTopic[] {
    const expiresAt = this.#context.clock.now() + UNCHECKED_MS;
    const continued = keys.flatMap((key): GrantedTopic[] => {
      const unchecked = this.#paused.get(key);
      if (!unchecked) return [];
      const { topic, held } = unchecked;
      this.#paused.delete(key);
      this.#grants.set(grantOf(topic, expiresAt));
      if (topic.changedAt > held) this.#connection!.unsent.add(topic, held);
      return [{ topic: key, recovered: true, expiresAt }];
    });
    if (continued.length > 0) this.#changed();
    return continued;
  }

  /** Removes topics. @returns The ones that were there. */
  remove(keys: readonly Topic[]): Topic[] {
    const removed = keys.filter((key) => this.#remove(key));
    if (removed.length > 0) this.regroup();
    return removed;
  }

  /** Removes everything: the connection is over, or was never opened. */
  end(): void {
    this.#expiry?.clear();
    for (const held of [this.#grants, this.#paused]) {
      for (const { topic } of held.values()) this.#context.topics.release(topic);
    }
    this.#grants.clear();
    this.#paused.clear();
    if (this.#connection) this.#context.groups.remove(this.#connection);
    this.#connection = undefined;
  }

  /** Sets the timer for the grant that ends first. */
  watchExpiry(): void {
    this.#expiry?.clear();
    this.#expiry = undefined;
    // A connection that is closing sends nothing, so nothing has to be checked again.
    this.expiresAt = this.#connection?.isOpen ? this.#grants.nextExpiry : Infinity;
    if (this.expiresAt === Infinity) return;
    const { clock, expiries } = this.#context;
    expiries.next = Math.min(expiries.next, this.expiresAt);
    const delayMs = Math.max(0, this.expiresAt - clock.now());
    this.#expiry = clock.setTimer(() => this.#onExpired(), timerDelay(delayMs));
  }

  /** Moves the connection to the group of those with the same topics. */
  regroup(): void {
    if (!this.#connection) return;
    const topics = [...this.#grants.values()].map(({ topic }) => topic);
    const group = this.#context.groups.place(this.#connection, [this.#context.status, ...topics]);
    this.#grants.share(group);
  }

  #changed(): void {
    this.regroup();
    this.watchExpiry();
  }

  #remove(key: Topic): boolean {
    const left = this.#grants.get(key) ?? this.#paused.get(key);
    if (!left) return false;
    if (this.#grants.delete(key)) this.#connection?.unsent.drop(left.topic);
    this.#paused.delete(key);
    this.#context.topics.release(left.topic);
    this.#quota.returnTopics(1);
    return true;
  }
}
