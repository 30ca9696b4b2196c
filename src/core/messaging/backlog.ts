import type { DomainEvent } from './event-bus.js';

/** What `add` did with an event: queued it, merged it into the last one, or queued it and dropped the oldest. */
export type BacklogOutcome = 'queued' | 'conflated' | 'overflowed';

/** The queue of a subscription: first in, first out, at most `capacity` events. */
export class Backlog {
  readonly #capacity: number;
  #events: (DomainEvent | undefined)[] = [];
  #head = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Number of waiting events. */
  get size(): number {
    return this.#events.length - this.#head;
  }

  /** Merges the event into the last one if both can be conflated; otherwise appends it, and drops the oldest if the queue is full. */
  add(event: DomainEvent): BacklogOutcome {
    const last = this.#events.at(-1);
    if (last?.conflate && event.conflate) {
      const merged = tryConflate(last, event);
      if (merged) {
        this.#events[this.#events.length - 1] = merged;
        return 'conflated';
      }
    }
    const full = this.size >= this.#capacity;
    if (full) this.take();
    this.#events.push(event);
    return full ? 'overflowed' : 'queued';
  }

  /** Removes and returns the oldest event. */
  take(): DomainEvent | undefined {
    if (this.#head >= this.#events.length) return undefined;
    const event = this.#events[this.#head];
    this.#events[this.#head++] = undefined;
    if (this.#head === this.#events.length) this.clear();
    else if (this.#head >= this.#capacity) {
      // Array.shift() takes time proportional to the length of the queue.
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    return event;
  }

  /** Drops all events. */
  clear(): void {
    this.#events = [];
    this.#head = 0;
  }
}

// If conflate() throws, both events stay in the queue, so that none is lost.
function tryConflate(waiting: DomainEvent, later: DomainEvent): DomainEvent | undefined {
  try {
    return waiting.conflate!(later);
  } catch {
    return undefined;
  }
}
