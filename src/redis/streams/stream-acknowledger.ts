import type { Timer } from '../../core/clock.js';
import type { StreamEntry } from './stream-cursor.js';
import type { EntryOutcome, StreamSubscriptionOwner } from './stream-subscription-owner.js';

const RETRY_MS = 1000;

/**
 * Records the outcomes of the entries of one subscription in Redis, in batches. Outcomes that could not be sent wait for the link;
 * until then the remembered ids keep the events from being handled again.
 */
export class StreamAcknowledger {
  readonly #type: string;
  readonly #group: string | null;
  readonly #owner: StreamSubscriptionOwner;
  readonly #outcomes: EntryOutcome[] = [];
  #sending: Promise<void> | null = null;
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
  deadLetter(entry: StreamEntry, eventId: string | null, reason: string): void {
    this.#add({ entry, eventId, reason });
  }

  /** The link is up again. */
  resume(): void {
    if (this.#outcomes.length > 0) this.#schedule(0);
  }

  /** Sends all waiting outcomes now; settles when that is done or has failed. */
  async flush(): Promise<void> {
    await this.#sending;
    await this.#sendAll();
    this.#timer?.clear();
    this.#timer = null;
  }

  #add(done: EntryOutcome): void {
    this.#outcomes.push(done);
    this.#schedule(0);
  }

  #schedule(delayMs: number): void {
    const { clock } = this.#owner;
    const send = (): void => {
      this.#timer = null;
      void this.#sendAll();
    };
    this.#timer ??= delayMs > 0 ? clock.setTimer(send, delayMs) : clock.defer(send);
  }

  #sendAll(): Promise<void> {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #send(): Promise<void> {
    const owner = this.#owner;
    const connection = owner.connection();
    if (!connection || this.#outcomes.length === 0) return;
    const done = this.#outcomes.splice(0, MAX_PER_SCRIPT);
    try {
      await owner.bounded(connection, () => owner.recordOutcomes(connection, this.#type, this.#group, done));
      owner.counters.deadLettered += done.filter(({ reason }) => reason !== null).length;
      if (this.#outcomes.length > 0) this.#schedule(0);
    } catch (error) {
      this.#outcomes.unshift(...done);
      owner.failures.report('Acknowledging', this.#type, error);
      this.#schedule(RETRY_MS);
    }
  }
}

// Scripts accept a limited number of arguments.
const MAX_PER_SCRIPT = 200;
