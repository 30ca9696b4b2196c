import type { Clock, Timer } from '../../core/clock.js';
import type { Topic } from '../../protocol/topic.js';

/** Who is told that topics come and go. */
export interface TopicInterestHost {
  added(topic: Topic): void;
  removed(topic: Topic): void;
  /** What is of interest has changed; once for all changes of one turn. */
  changed(): void;
}

/** Topics that a gateway gives one connection, unless it is told otherwise. */
const MAX_TOPICS = 1000;

/**
 * Counts who on a page is interested in which topic. Interest lingers for a moment after the last one has gone, so that a component
 * which is mounted again at once does not cost a subscription.
 */
export class TopicInterest {
  readonly #clock: Clock;
  readonly #lingerMs: number;
  readonly #host: TopicInterestHost;
  readonly #counts = new Map<Topic, number>();
  /** Of interest to nobody any longer, and since when; the longest first. */
  readonly #lingering = new Map<Topic, number>();
  #sweep: Timer | undefined;
  #change: Timer | undefined;
  #isClosed = false;

  constructor(clock: Clock, lingerMs: number, host: TopicInterestHost) {
    this.#clock = clock;
    this.#lingerMs = lingerMs;
    this.#host = host;
  }

  /** Of interest now, or lately. */
  get topics(): ReadonlySet<Topic> {
    return new Set([...this.#counts.keys(), ...this.#lingering.keys()]);
  }

  /** Somebody is interested, until the returned function is called. */
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

  /** Ends all interest; tells nobody. */
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
      // What nobody looks at any longer must not take the room of what somebody does.
      for (const topic of this.#lingering.keys()) {
        if (this.#counts.size + this.#lingering.size > MAX_TOPICS) this.#forget(topic);
      }
      this.#host.changed();
    }, 0);
  }
}
