import { systemClock, type Clock } from '../core/clock.js';
import type { TickmarkError } from '../core/errors.js';
import type {
  DomainEvent,
  EventBus,
  EventBusStats,
  EventHandler,
  EventType,
} from '../core/messaging/event-bus.js';
import { EventIds } from '../core/messaging/event-ids.js';
import { LocalDelivery, busClosedError, eventList } from '../core/messaging/local-delivery.js';
import { systemRandom } from '../core/random.js';
import type { Unsubscribe } from '../core/unsubscribe.js';

/** Options of {@link InMemoryEventBus}. */
export interface InMemoryEventBusOptions {
  /** Time, for gap events and the deadline of `close()`. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Events that may wait for one subscription whose handler is at work; the oldest goes when one more comes. Default 1000. */
  readonly maxBacklog?: number;
  /**
   * Told of each handler that throws or rejects, with `HANDLER_FAILED` (its `cause` is what was thrown) and the event.
   * What it throws itself is dropped. Default: nothing but the counter `failed`.
   */
  readonly onError?: (error: TickmarkError, event: DomainEvent) => void;
}

const DONE: Promise<void> = Promise.resolve();
const WHERE = 'InMemoryEventBus';

/**
 * A bus within one process, for tests, single-process applications and as the model for others.
 *
 * An event is handed over inside `publish()` to every subscription that is idle. One whose handler is still at work keeps
 * it in a backlog of its own: folded into the last waiting event where events can be conflated, else behind it. So a slow
 * consumer of prices finds one merged batch, and no consumer slows another or the publisher.
 * When a backlog overflows, a gap event with the number of lost events goes to every subscription of `BUS_GAP`.
 */
export class InMemoryEventBus implements EventBus {
  readonly delivery = 'at-most-once';
  readonly #local: LocalDelivery;
  #published = 0;

  /** @throws TickmarkError `INVALID_ARGUMENT` for a `maxBacklog` that is no whole number from 1. */
  constructor(options: InMemoryEventBusOptions = {}) {
    this.#local = new LocalDelivery({
      where: WHERE,
      clock: options.clock ?? systemClock,
      maxBacklog: options.maxBacklog,
      gapIds: new EventIds('gap', systemRandom),
      onError: options.onError,
    });
  }

  publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    if (this.#local.isClosed) return Promise.reject(busClosedError(WHERE, 'publish'));
    try {
      for (const event of eventList(events, WHERE)) {
        this.#published++;
        this.#local.deliver(event);
      }
    } catch (error) {
      return Promise.reject(error as TickmarkError);
    }
    return DONE;
  }

  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    return this.#local.subscribe(type, handler);
  }

  stats(): EventBusStats {
    return this.#local.stats(this.#published);
  }

  close(options: { timeoutMs?: number } = {}): Promise<void> {
    return this.#local.close(options.timeoutMs ?? 1000);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
