import type { Topic } from '../../protocol/topic.js';
import type { Connection } from '../wire/connection.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';
import type { Granted, GrantsOfMany } from './grants.js';

/** Connections that are subscribed to the same topics: what one of them is sent, all are. */
export class Audience implements GrantsOfMany {
  readonly key: string;
  readonly topics: readonly FollowedTopic[];
  readonly members = new Set<Connection>();
  /** Grants of those members whose grants have no end. */
  grants: ReadonlyMap<Topic, Granted> | undefined;
  /** Topics of a frame that is being made. */
  changed: FollowedTopic[] = [];

  constructor(key: string, topics: readonly FollowedTopic[]) {
    this.key = key;
    this.topics = topics;
  }
}

/** Who is subscribed to what, so that a frame is made once for all who get the same. */
export class Audiences {
  readonly #byKey = new Map<string, Audience>();
  readonly #byTopic = new Map<FollowedTopic, Set<Audience>>();
  readonly #of = new Map<Connection, Audience>();
  readonly #numbers = new WeakMap<FollowedTopic, number>();
  #lastNumber = 0;

  /** How many sets of topics there are. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Puts a connection among those with the same topics. */
  place(connection: Connection, topics: Iterable<FollowedTopic>): Audience {
    const sorted = [...topics].sort((a, b) => this.#number(a) - this.#number(b));
    const key = sorted.map((topic) => this.#number(topic)).join();
    const before = this.#of.get(connection);
    if (before?.key === key) return before;
    connection.owed.gather();
    this.remove(connection);
    let audience = this.#byKey.get(key);
    if (!audience) {
      this.#byKey.set(key, (audience = new Audience(key, sorted)));
      for (const topic of sorted) {
        const audiences = this.#byTopic.get(topic);
        if (audiences) audiences.add(audience);
        else this.#byTopic.set(topic, new Set([audience]));
      }
    }
    audience.members.add(connection);
    this.#of.set(connection, audience);
    return audience;
  }

  /** Takes a connection out. */
  remove(connection: Connection): void {
    const audience = this.#of.get(connection);
    if (!audience) return;
    this.#of.delete(connection);
    audience.members.delete(connection);
    if (audience.members.size > 0) return;
    this.#byKey.delete(audience.key);
    for (const topic of audience.topics) {
      const audiences = this.#byTopic.get(topic)!;
      audiences.delete(audience);
      if (audiences.size === 0) this.#byTopic.delete(topic);
    }
  }

  /** The audiences that some changes concern, each with its own of them in `changed`. */
  concerned(changed: readonly FollowedTopic[]): Set<Audience> {
    const concerned = new Set<Audience>();
    for (const topic of changed) {
      for (const audience of this.#byTopic.get(topic) ?? []) {
        if (!concerned.has(audience)) {
          concerned.add(audience);
          audience.changed = [];
        }
        audience.changed.push(topic);
      }
    }
    return concerned;
  }

  #number(topic: FollowedTopic): number {
    let number = this.#numbers.get(topic);
    if (number === undefined) this.#numbers.set(topic, (number = ++this.#lastNumber));
    return number;
  }
}
