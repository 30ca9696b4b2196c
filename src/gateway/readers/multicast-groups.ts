import type { Topic } from '../../protocol/topic.js';
import type { Connection } from '../wire/connection.js';
import type { FollowedTopic } from '../feeds/followed-topic.js';
import type { Granted, SharedGrants } from './grants.js';

/** Connections that are subscribed to the same topics, so that they get the same frames. */
export class MulticastGroup implements SharedGrants {
  readonly key: string;
  readonly topics: readonly FollowedTopic[];
  readonly members = new Set<Connection>();
  /** Shared by the members whose grants have no end. */
  grants: ReadonlyMap<Topic, Granted> | undefined;
  /** Topics of the frame that is being composed. */
  changed: FollowedTopic[] = [];

  constructor(key: string, topics: readonly FollowedTopic[]) {
    this.key = key;
    this.topics = topics;
  }
}

/** Which connections are subscribed to which topics, so that a frame is composed once for all that get the same. */
export class MulticastGroups {
  readonly #byKey = new Map<string, MulticastGroup>();
  readonly #byTopic = new Map<FollowedTopic, Set<MulticastGroup>>();
  readonly #byConnection = new Map<Connection, MulticastGroup>();
  readonly #numbers = new WeakMap<FollowedTopic, number>();
  #lastNumber = 0;

  /** How many groups there are. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Puts a connection into the group with its topics. */
  place(connection: Connection, topics: Iterable<FollowedTopic>): MulticastGroup {
    const sorted = [...topics].sort((a, b) => this.#number(a) - this.#number(b));
    const key = sorted.map((topic) => this.#number(topic)).join();
    const before = this.#byConnection.get(connection);
    if (before?.key === key) return before;
    connection.unsent.gather();
    this.remove(connection);
    let group = this.#byKey.get(key);
    if (!group) {
      this.#byKey.set(key, (group = new MulticastGroup(key, sorted)));
      for (const topic of sorted) {
        const groups = this.#byTopic.get(topic);
        if (groups) groups.add(group);
        else this.#byTopic.set(topic, new Set([group]));
      }
    }
    group.members.add(connection);
    this.#byConnection.set(connection, group);
    return group;
  }

  /** Removes a connection from its group. */
  remove(connection: Connection): void {
    const group = this.#byConnection.get(connection);
    if (!group) return;
    this.#byConnection.delete(connection);
    group.members.delete(connection);
    if (group.members.size > 0) return;
    this.#byKey.delete(group.key);
    for (const topic of group.topics) {
      const groups = this.#byTopic.get(topic)!;
      groups.delete(group);
      if (groups.size === 0) this.#byTopic.delete(topic);
    }
  }

  /** The groups of changed topics. Sets `changed` of each. */
  groupsOf(changed: readonly FollowedTopic[]): Set<MulticastGroup> {
    const concerned = new Set<MulticastGroup>();
    for (const topic of changed) {
      for (const group of this.#byTopic.get(topic) ?? []) {
        if (!concerned.has(group)) {
          concerned.add(group);
          group.changed = [];
        }
        group.changed.push(topic);
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
