/**
 * Keys of a stream bus. All share the hash tag `{prefix}`, so a Cluster keeps them in one slot, as scripts over several keys need. A
 * free string comes last or with its length, so no two keys can be equal.
 */
export class StreamKeys {
  readonly #tag: string;

  /** @param keyPrefix Key prefix of the client. */
  constructor(prefix: string, keyPrefix = '') {
    this.#tag = `${keyPrefix}{${prefix}}`;
  }

  /** Stream of the events of a type. */
  events(type: string): string {
    return `${this.#tag}:events:${type}`;
  }

  /** Dead-letter stream. */
  get deadLetters(): string {
    return `${this.#tag}:dead`;
  }

  /** Exists if a group has handled an event. */
  handled(group: string, eventId: string): string {
    return `${this.#tag}:handled:${group.length}:${group}:${eventId}`;
  }

  /** Stream by which a bus interrupts its own blocking read. */
  wake(bus: string): string {
    return `${this.#tag}:wake:${bus}`;
  }
}
