import type { DomainEvent } from './event-bus.js';

/** What became of an event that had to wait: it waits by itself, within another, or at the cost of the oldest. */
export type BacklogOutcome = 'queued' | 'conflated' | 'overflowed';

/** Events that wait for one subscription: first in, first out, at most `capacity` of them. */
export class Backlog {
  readonly #capacity: number;
  #events: (DomainEvent | undefined)[] = [];
  #head = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many events wait. */
  get size(): number {
    return this.#events.length - this.#head;
  }

  /** Folds the event into the last one where both can be conflated; else appends it, dropping the oldest when full. */
  add(event: DomainEvent): BacklogOutcome {
    const last = this.#events.at(-1);
    if (last?.conflate && event.conflate) {
      const merged = conflated(last, event);
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

  /** Takes out the oldest event. */
  take(): DomainEvent | undefined {
    if (this.#head >= this.#events.length) return undefined;
    const event = this.#events[this.#head];
    this.#events[this.#head++] = undefined;
    if (this.#head === this.#events.length) this.clear();
    else if (this.#head >= this.#capacity) {
      // Shifting one at a time would cost the length of the queue for each event.
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    return event;
  }

  /** Drops all. */
  clear(): void {
    this.#events = [];
    this.#head = 0;
  }
}

// A conflate() that throws must not cost an event: both then wait by themselves.
function conflated(waiting: DomainEvent, later: DomainEvent): DomainEvent | undefined {
  try {
    return waiting.conflate!(later);
  } catch {
    return undefined;
  }
}
