import type {
  DomainEvent,
  EventBus,
  EventBusStats,
  EventHandler,
  EventType,
  Unsubscribe,
  TickmarkError,
} from 'tickmark';

/** What became of the calls of `publish`, and how long they took. */
export interface PublishRecord {
  /** Calls made. */
  started: number;
  /** Events in calls that the bus accepted. */
  accepted: number;
  /** Calls that the bus accepted. */
  succeeded: number;
  /** Calls that failed, by the code of the error. */
  readonly failed: Record<string, number>;
  /** The longest time in ms that a call took to settle, without what the machine kept from this process. */
  slowestMs: number;
}

/** A bus that notes what becomes of each publish. */
export class WatchedBus implements EventBus {
  readonly record: PublishRecord = { started: 0, accepted: 0, succeeded: 0, failed: {}, slowestMs: 0 };
  readonly #bus: EventBus;

  constructor(bus: EventBus) {
    this.#bus = bus;
  }

  /** Calls that have not settled yet. */
  get underWay(): number {
    const { started, succeeded, failed } = this.record;
    return started - succeeded - Object.values(failed).reduce((sum, each) => sum + each, 0);
  }

  get delivery(): EventBus['delivery'] {
    return this.#bus.delivery;
  }

  async publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    const { record } = this;
    const startedAt = performance.now();
    record.started++;
    try {
      await this.#bus.publish(events);
      record.succeeded++;
      record.accepted += Array.isArray(events) ? events.length : 1;
    } catch (error) {
      const { code = 'none' } = error as TickmarkError;
      record.failed[code] = (record.failed[code] ?? 0) + 1;
      throw error;
    } finally {
      record.slowestMs = Math.max(record.slowestMs, performance.now() - startedAt);
    }
  }

  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    return this.#bus.subscribe(type, handler);
  }

  stats(): EventBusStats {
    return this.#bus.stats();
  }

  close(options?: { timeoutMs?: number }): Promise<void> {
    return this.#bus.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
