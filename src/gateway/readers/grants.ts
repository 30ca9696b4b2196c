import type { Topic } from '../../protocol/topic.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';

/** A topic that may be had, and is held. */
export interface Granted {
  readonly key: Topic;
  readonly topic: FollowedTopic;
  readonly expiresAt: number | null;
}

// Those without an end are the same for all readers.
const ENDLESS = new WeakMap<FollowedTopic, Granted>();

/** A grant of a topic. */
export function grantOf(topic: FollowedTopic, expiresAt: number | null): Granted {
  const known = expiresAt === null ? ENDLESS.get(topic) : undefined;
  if (known) return known;
  // The topic's own text: what was asked for is a part of an address, which would be kept with it.
  const granted: Granted = { key: topic.key as Topic, topic, expiresAt };
  if (expiresAt === null) ENDLESS.set(topic, granted);
  return granted;
}

/** Where readers with the same grants find each other. */
export interface SharedGrants {
  grants: ReadonlyMap<Topic, Granted> | undefined;
}

/** What one reader was granted. Readers of the same thousand topics have one map of them, until one of them changes its own. */
export class Grants {
  #all: ReadonlyMap<Topic, Granted> = new Map();
  /** The same, while nobody else has it. */
  #own: Map<Topic, Granted> | null = null;

  get size(): number {
    return this.#all.size;
  }

  has(key: Topic): boolean {
    return this.#all.has(key);
  }

  get(key: Topic): Granted | undefined {
    return this.#all.get(key);
  }

  keys(): Iterable<Topic> {
    return this.#all.keys();
  }

  values(): Iterable<Granted> {
    return this.#all.values();
  }

  set(granted: Granted): void {
    this.#change().set(granted.key, granted);
  }

  /** Whether there was such a grant. */
  delete(key: Topic): boolean {
    return this.#all.has(key) && this.#change().delete(key);
  }

  clear(): void {
    this.#all = this.#own = new Map();
  }

  /** Has the same map as the others, if no grant ends by itself. @param many of whom each has the topics that this has. */
  share(many: SharedGrants): void {
    if (this.#all === many.grants || this.nextExpiry < Infinity) return;
    this.#all = many.grants ??= this.#all;
    this.#own = null;
  }

  /** When the first of them ends, ms since 1970; Infinity where none does. */
  get nextExpiry(): number {
    let next = Infinity;
    for (const { expiresAt } of this.#all.values()) if (expiresAt !== null) next = Math.min(next, expiresAt);
    return next;
  }

  #change(): Map<Topic, Granted> {
    this.#all = this.#own ??= new Map(this.#all);
    return this.#own;
  }
}
