import type { EndReason, RefusalReason } from '../../protocol/server-messages.js';
import type { Topic } from '../../protocol/topic.js';

/** The topics of a link: which are wanted, which its connection was asked for, and which were refused. */
export class TopicRequests {
  /** Topics that the connection was asked for. */
  asked = new Set<Topic>();
  #wanted: ReadonlySet<Topic> = new Set();
  readonly #denied = new Map<Topic, RefusalReason | EndReason>();
  /** Topics whose source was busy: they are requested again later. */
  readonly #busy = new Set<Topic>();

  /** Topics to ask for: those that are wanted, and neither refused nor busy. */
  get due(): Set<Topic> {
    return new Set([...this.#wanted].filter((topic) => !this.#denied.has(topic) && !this.#busy.has(topic)));
  }

  /** Whether the source of a wanted topic was busy. */
  get hasBusy(): boolean {
    return this.#busy.size > 0;
  }

  /** Replaces the wanted topics. */
  want(topics: ReadonlySet<Topic>): void {
    this.#wanted = topics;
    // A topic was dropped: topics that were refused for lack of room may be requested again.
    const isRoom = [...this.asked].some((topic) => !topics.has(topic));
    for (const [topic, reason] of this.#denied) {
      if (!topics.has(topic) || (isRoom && reason === 'limit')) this.#denied.delete(topic);
    }
  }

  /** A topic was refused. @returns Whether permanently. */
  refuse(topic: Topic, reason: RefusalReason | EndReason): boolean {
    this.asked.delete(topic);
    if (reason === 'busy') this.#busy.add(topic);
    else this.#denied.set(topic, reason);
    return reason !== 'busy';
  }

  /** Busy topics may be requested again. */
  retryBusy(): void {
    this.#busy.clear();
  }

  /** Refused topics may be requested again. */
  retryDenied(): void {
    this.#denied.clear();
  }
}
