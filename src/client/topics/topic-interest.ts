import type { Clock, Timer } from '../../core/clock.js';
import type { Topic } from '../../protocol/topic.js';

/** Receives the changes of a {@link TopicInterest}. */
export interface TopicInterestHost {
  added(topic: Topic): void;
  removed(topic: Topic): void;
  /** The set of topics has changed. Called once for all changes of one turn. */
  changed(): void;
}

/** Most topics of one connection, by the default of the gateway. */
const MAX_TOPICS = 1000;

/**
 * Counts the subscribers of each topic on a page. A topic is kept for a moment after its last subscriber has gone, so that a component
 * that is mounted again at once does not cost a subscription.
 */
export class TopicInterest {
  readonly #clock: Clock;
  readonly #lingerMs: number;
  readonly #host: TopicInterestHost;
  readonly #counts = new Map<Topic, number>();
  /** Topics without a subscriber, and since when; the longest first. */
  readonly #lingering = new Map<Topic, number>();
  #sweep: Timer | undefined;
  #change: Timer | undefined;
  #isClosed = false;

  constructor(clock: Clock, lingerMs: number, host: TopicInterestHost) {
    this.#clock = clock;
    this.#lingerMs = lingerMs;
    this.#host = host;
  }

  /** Topics that have a subscriber, or had one a moment ago. */
  get topics(): ReadonlySet<Topic> {
    return new Set([...this.#counts.keys(), ...this.#lingering.keys()]);
  }

  /** Adds a subscriber, until the returned function is called. */
  retain(topic: Topic): () => void {
    if (this.#isClosed) return () => undefined;
    const isKnown = this.#lingering.delete(topic) || this.#counts.has(topic);
    this.#counts.set(topic, (this.#counts.get(topic) ?? 0) + 1);
    if (!isKnown) {
      this.#host.added(topic);
      this.#changed();
    }
    let isReleased = false;
    return () => {
      if (isReleased || this.#isClosed) return;
      isReleased = true;
      this.#release(topic);
    };
  }

  /** Drops all topics without notifying the host. */
  close(): void {
    this.#isClosed = true;
    this.#sweep?.clear();
    this.#change?.clear();
    this.#counts.clear();
    this.#lingering.clear();
  }

  #release(topic: Topic): void {
    const count = this.#counts.get(topic)! - 1;
    if (count > 0) return void this.#counts.set(topic, count);
    this.#counts.delete(topic);
    this.#lingering.set(topic, this.#clock.monotonic());
    this.#sweep ??= this.#clock.setTimer(() => this.#drop(), this.#lingerMs);
  }

  #drop(): void {
    this.#sweep = undefined;
    for (const [topic, since] of this.#lingering) {
      const rest = since + this.#lingerMs - this.#clock.monotonic();
      if (rest > 0) {
        this.#sweep = this.#clock.setTimer(() => this.#drop(), rest);
        return;
      }
      this.#forget(topic);
      this.#changed();
    }
  }

  #forget(topic: Topic): void {
    this.#lingering.delete(topic);
    this.#host.removed(topic);
  }

  #changed(): void {
    this.#change ??= this.#clock.setTimer(() => {
      this.#change = undefined;
      // Topics without a subscriber must not take the room of those that have one.
      for (const topic of this.#lingering.keys()) {
        if (this.#counts.size + this.#lingering.size > MAX_TOPICS) this.#forget(topic);
      }
      this.#host.changed();
    }, 0);
  }
}
