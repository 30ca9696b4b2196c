import type { Timer } from '../../core/clock.js';
import type { StreamEntry } from './stream-cursor.js';
import { streamFailure, type Done, type StreamSubscriptionOwner } from './stream-subscription-owner.js';

const AGAIN_MS = 1000;

/**
 * Tells Redis what became of the entries of one subscription, several at a time. What could not be told waits for the link;
 * meanwhile the memory of ids keeps it from being handled again.
 */
export class StreamAcknowledger {
  readonly #type: string;
  readonly #group: string | null;
  readonly #owner: StreamSubscriptionOwner;
  readonly #done: Done[] = [];
  #underWay: Promise<void> | null = null;
  #timer: Timer | null = null;

  constructor(type: string, group: string | null, owner: StreamSubscriptionOwner) {
    this.#type = type;
    this.#group = group;
    this.#owner = owner;
  }

  /** An entry was handled. */
  handled(entry: StreamEntry, eventId: string): void {
    if (this.#group !== null) this.#add({ entry, eventId, reason: null });
  }

  /** An entry goes to the dead-letter stream. */
  bury(entry: StreamEntry, eventId: string | null, reason: string): void {
    this.#add({ entry, eventId, reason });
  }

  /** The link is up again. */
  resume(): void {
    if (this.#done.length > 0) this.#later(0);
  }

  /** Tells all now; settles when that is done or has failed. */
  async flush(): Promise<void> {
    await this.#underWay;
    await this.#tell();
    this.#timer?.clear();
    this.#timer = null;
  }

  #add(done: Done): void {
    this.#done.push(done);
    this.#later(0);
  }

  #later(delayMs: number): void {
    const { clock } = this.#owner;
    const tell = (): void => {
      this.#timer = null;
      void this.#tell();
    };
    this.#timer ??= delayMs > 0 ? clock.setTimer(tell, delayMs) : clock.defer(tell);
  }

  #tell(): Promise<void> {
    this.#underWay ??= this.#send().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #send(): Promise<void> {
    const owner = this.#owner;
    const connection = owner.connection();
    if (!connection || this.#done.length === 0) return;
    const done = this.#done.splice(0, MOST_AT_ONCE);
    try {
      await owner.bounded(connection, () => owner.settle(connection, this.#type, this.#group, done));
      owner.counters.deadLettered += done.filter(({ reason }) => reason !== null).length;
      if (this.#done.length > 0) this.#later(0);
    } catch (error) {
      this.#done.unshift(...done);
      owner.report(streamFailure('Acknowledging', this.#type, error));
      this.#later(AGAIN_MS);
    }
  }
}

// A script takes only so many arguments.
const MOST_AT_ONCE = 200;
