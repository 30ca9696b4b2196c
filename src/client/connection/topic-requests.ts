import type { EndReason, RefusalReason } from '../../protocol/server-messages.js';
import type { Topic } from '../../protocol/topic.js';

/** The topics of a link: which are wanted, which its connection was asked for, and which were refused. */
export class TopicRequests {
  /** Topics that the connection was asked for. */
  asked = new Set<Topic>();
  /** Topics that were refused, until they are removed. */
  readonly denied = new Map<Topic, RefusalReason | EndReason>();
  /** Topics whose source was busy, until they are removed. */
  readonly busy = new Set<Topic>();
  #wanted: ReadonlySet<Topic> = new Set();

  /** Topics to ask for: those that are wanted, and neither denied nor busy. */
  get due(): Set<Topic> {
    return new Set([...this.#wanted].filter((topic) => !this.denied.has(topic) && !this.busy.has(topic)));
  }

  /** Replaces the wanted topics. */
  want(topics: ReadonlySet<Topic>): void {
    this.#wanted = topics;
    // Once a topic is dropped, there is room for topics that were denied because of a limit.
    const isRoom = [...this.asked].some((topic) => !topics.has(topic));
    for (const [topic, reason] of this.denied) {
      if (!topics.has(topic) || (isRoom && reason === 'limit')) this.denied.delete(topic);
    }
  }

  /** A topic was refused. */
  refuse(topic: Topic, reason: RefusalReason | EndReason): void {
    this.asked.delete(topic);
    if (reason === 'busy') this.busy.add(topic);
    else this.denied.set(topic, reason);
  }
}
