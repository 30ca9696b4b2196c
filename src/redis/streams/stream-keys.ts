/**
 * Names of a stream bus's keys. All share the hash tag `{prefix}`: a Cluster keeps them in one slot, since several are used in
 * one step. The free text comes last, or its length is told, so no name can be mistaken for another.
 */
export class StreamKeys {
  readonly #tag: string;

  /** @param keyPrefix of the client. */
  constructor(prefix: string, keyPrefix = '') {
    this.#tag = `${keyPrefix}{${prefix}}`;
  }

  /** Stream of the events of a type. */
  events(type: string): string {
    return `${this.#tag}:events:${type}`;
  }

  /** Stream of the events that could not be handled. */
  get deadLetters(): string {
    return `${this.#tag}:dead`;
  }

  /** Says that a group has handled an event. */
  handled(group: string, eventId: string): string {
    return `${this.#tag}:handled:${group.length}:${group}:${eventId}`;
  }

  /** Stream by which a bus wakes its own reader. */
  wake(bus: string): string {
    return `${this.#tag}:wake:${bus}`;
  }
}
