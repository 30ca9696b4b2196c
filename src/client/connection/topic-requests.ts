import type { EndReason, RefusalReason } from '../../protocol/server-messages.js';
import type { Topic } from '../../protocol/topic.js';

type Reason = RefusalReason | EndReason;

/** The topics of a link: which are wanted, which its connection was asked for, and which were refused. */
export class TopicRequests {
  /** Topics that the connection was asked for. */
  asked = new Set<Topic>();
  #wanted: ReadonlySet<Topic> = new Set();
  readonly #refused = new Map<Topic, Reason>();

  /** Topics to ask for: those that are wanted and were not refused. */
  get due(): Set<Topic> {
    return new Set([...this.#wanted].filter((topic) => !this.#refused.has(topic)));
  }

  /** Replaces the wanted topics. */
  want(topics: ReadonlySet<Topic>): void {
    this.#wanted = topics;
    // Once a topic is dropped, there is room for topics that were refused because of a limit.
    const isRoom = [...this.asked].some((topic) => !topics.has(topic));
    this.retry(
      (reason, topic) => reason !== 'busy' && (!topics.has(topic) || (isRoom && reason === 'limit')),
    );
  }

  /** A topic was refused. */
  refuse(topic: Topic, reason: Reason): void {
    this.asked.delete(topic);
    this.#refused.set(topic, reason);
  }

  /** Refused topics may be requested again if `isOver` holds for their reason. */
  retry(isOver: (reason: Reason, topic: Topic) => boolean): void {
    for (const [topic, reason] of this.#refused) if (isOver(reason, topic)) this.#refused.delete(topic);
  }
}
