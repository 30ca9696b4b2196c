import { systemClock, type Clock } from '../core/clock.js';
import { callBack, errorReporter } from '../core/error-reporter.js';
import type { TickmarkError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type {
  DomainEvent,
  EventBus,
  EventBusStats,
  EventHandler,
  EventType,
} from '../core/messaging/event-bus.js';
import { EventIds } from '../core/messaging/event-ids.js';
import { busClosedError, eventList } from '../core/messaging/bus-checks.js';
import { LocalDelivery } from '../core/messaging/local-delivery.js';
import { systemRandom } from '../core/random.js';
import type { Unsubscribe } from '../core/unsubscribe.js';
import { TIME_AND_CHANCE, checkOptions, type OptionShapes, ERROR_RECEIVERS } from '../core/options.js';
import { keepRaw } from '../core/keep-raw.js';

/** Options of {@link InMemoryEventBus}. */
export interface InMemoryEventBusOptions {
  /** Time, for gap events and the deadline of `close()`. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Most events that wait for one subscription; beyond it the oldest is dropped. Default 1000. */
  readonly maxBacklog?: number;
  /**
   * Called for each handler that throws or rejects, with `HANDLER_FAILED` (its `cause` is the error) and the event.
   * Errors it throws are dropped. Default: only the counter `failed`.
   */
  readonly onError?: (error: TickmarkError, event: DomainEvent) => void;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
}

const DONE: Promise<void> = Promise.resolve();
const WHERE = 'InMemoryEventBus';

const SHAPES: OptionShapes<InMemoryEventBusOptions> = {
  clock: TIME_AND_CHANCE.clock,
  maxBacklog: true,
  ...ERROR_RECEIVERS,
};

/**
 * A bus within one process, for tests and single-process applications, and the reference for other buses.
 *
 * `publish()` calls the handlers of idle subscriptions at once. A subscription whose handler is still running queues the event in
 * its backlog: merged into the last waiting event if both can be conflated, otherwise after it. So a slow consumer of prices gets
 * one merged batch, and no consumer slows down another one or the publisher. When a backlog overflows, every subscription of
 * `BUS_GAP` gets a gap event with the number of lost events.
 *
 * @example
 * ```ts
 * import { InMemoryEventBus, PRICES_CHANGED } from 'tickmark';
 *
 * const bus = new InMemoryEventBus({ onError: (error) => console.error(error) });
 * const unsubscribe = bus.subscribe(PRICES_CHANGED, (batch) => console.log(batch.length));
 * unsubscribe();
 * await bus.close();
 * ```
 */
export class InMemoryEventBus implements EventBus {
  static {
    keepRaw(this);
  }

  readonly delivery = 'at-most-once';
  readonly #local: LocalDelivery;
  #published = 0;

  /** @throws TickmarkError `INVALID_ARGUMENT` for a `maxBacklog` that is not a whole number from 1. */
  constructor(options: InMemoryEventBusOptions = {}) {
    checkOptions(WHERE, options, SHAPES);
    const { onError, logger } = options;
    const report = errorReporter({ logger });
    this.#local = new LocalDelivery({
      where: WHERE,
      clock: options.clock ?? systemClock,
      maxBacklog: options.maxBacklog,
      gapIds: new EventIds('gap', systemRandom),
      onError: (error, event) => {
        report(error);
        callBack(`${WHERE}: onError`, () => onError?.(error, event), report);
      },
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
