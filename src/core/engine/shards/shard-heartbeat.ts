import type { Clock, Timer } from '../../clock.js';
import { TickmarkError } from '../../errors.js';
import type { EventBus } from '../../messaging/event-bus.js';
import type { EventIds } from '../../messaging/event-ids.js';
import { SHARDS_OWNED, SHARDS_OWNED_FORMAT, type ShardsOwnedEvent } from './shards-owned-event.js';

/** Options of {@link ShardHeartbeat}. */
export interface ShardHeartbeatOptions {
  readonly bus: EventBus;
  readonly ids: EventIds;
  readonly clock: Clock;
  readonly onError: (error: TickmarkError) => void;
  /** Longest time in ms from one event to the next. */
  readonly everyMs: number;
  /** What the owner values now. */
  readonly owned: () => Pick<ShardsOwnedEvent, 'shardCount' | 'loaded' | 'loading'>;
}

/** Tells standbys which shards an owner values: at an interval, and at once when that changes. */
export class ShardHeartbeat {
  readonly #options: ShardHeartbeatOptions;
  readonly #owner: string;
  #number = 0;
  #timer: Timer | null = null;
  #isSending = false;
  /** Whether another event is due when the bus has taken the current one. */
  #isDue = false;
  #isFailing = false;
  #isRunning = false;

  constructor(options: ShardHeartbeatOptions) {
    this.#options = options;
    this.#owner = options.ids.next();
  }

  start(): void {
    this.#isRunning = true;
    this.beat();
  }

  /** Says what is owned now. While the bus has not taken the last event, no other one is sent. */
  beat(): void {
    this.#isDue = this.#isSending;
    if (this.#isSending || !this.#isRunning) return;
    const { clock, everyMs } = this.#options;
    this.#timer?.clear();
    this.#timer = clock.setTimer(() => this.beat(), everyMs);
    void this.#send();
  }

  stop(): void {
    this.#isRunning = false;
    this.#timer?.clear();
  }

  async #send(): Promise<void> {
    const { bus, ids, clock, onError, owned } = this.#options;
    this.#isSending = true;
    try {
      const event: ShardsOwnedEvent = {
        type: SHARDS_OWNED,
        id: ids.next(),
        occurredAt: clock.now(),
        format: SHARDS_OWNED_FORMAT,
        owner: this.#owner,
        number: ++this.#number,
        ...owned(),
      };
      await bus.publish(event);
      this.#isFailing = false;
    } catch (cause) {
      if (!this.#isFailing && this.#isRunning) {
        const message = 'The bus does not take what this owner says of its shards: standbys take them over.';
        onError(new TickmarkError('BUS_FAILED', message, { retryable: true, cause }));
      }
      this.#isFailing = true;
    }
    this.#isSending = false;
    if (this.#isDue) this.beat();
  }
}
