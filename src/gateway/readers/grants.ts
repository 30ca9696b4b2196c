import type { Topic } from '../../protocol/topic.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';

/** A topic that a reader may see, with a hold on it. */
export interface Granted {
  readonly key: Topic;
  readonly topic: FollowedTopic;
  readonly expiresAt: number | null;
}

// Grants without an end are the same object for all readers.
const ENDLESS = new WeakMap<FollowedTopic, Granted>();

/** A grant of a topic. */
export function grantOf(topic: FollowedTopic, expiresAt: number | null): Granted {
  const known = expiresAt === null ? ENDLESS.get(topic) : undefined;
  if (known) return known;
  // The key of the topic itself: the requested one is a slice of a URL, which would stay in memory with it.
  const granted: Granted = { key: topic.key as Topic, topic, expiresAt };
  if (expiresAt === null) ENDLESS.set(topic, granted);
  return granted;
}

/** The map that readers with the same grants share. */
export interface SharedGrants {
  grants: ReadonlyMap<Topic, Granted> | undefined;
}

/** What one reader was granted. Readers of the same topics share one map, until one of them changes its grants (copy on write). */
export class Grants {
  #all: ReadonlyMap<Topic, Granted> = new Map();
  /** The same map, if no other reader shares it. */
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

  /** @returns Whether there was such a grant. */
  delete(key: Topic): boolean {
    return this.#all.has(key) && this.#change().delete(key);
  }

  clear(): void {
    this.#all = this.#own = new Map();
  }

  /** Shares the map of others with the same topics, unless a grant ends by itself. */
  share(others: SharedGrants): void {
    if (this.#all === others.grants || this.nextExpiry < Infinity) return;
    this.#all = others.grants ??= this.#all;
    this.#own = null;
  }

  /** When the first grant ends, ms since 1970; Infinity if none does. */
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
