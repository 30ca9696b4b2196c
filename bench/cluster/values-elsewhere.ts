import {
  InMemoryEventBus,
  PORTFOLIOS_VALUED,
  type DomainEvent,
  type EventBus,
  type EventBusStats,
  type EventHandler,
  type EventType,
  type Unsubscribe,
} from 'tickmark';

/** Sends values to another bus and keeps everything else in this process: prices need not leave it. */
export class ValuesElsewhere implements EventBus {
  readonly delivery = 'at-most-once';
  readonly #local = new InMemoryEventBus();
  readonly #values: EventBus;

  /** @param values Takes the values. It stays open. */
  constructor(values: EventBus) {
    this.#values = values;
  }

  publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    const [first] = Array.isArray(events) ? (events as readonly DomainEvent[]) : [events as DomainEvent];
    // The engine publishes values by themselves, and waits until they are taken.
    return first?.type === PORTFOLIOS_VALUED ? this.#values.publish(events) : this.#local.publish(events);
  }

  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    return this.#local.subscribe(type, handler);
  }

  stats(): EventBusStats {
    return this.#local.stats();
  }

  close(options?: { timeoutMs?: number }): Promise<void> {
    return this.#local.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
