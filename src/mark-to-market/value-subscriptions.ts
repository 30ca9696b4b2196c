import {
  PORTFOLIOS_VALUED,
  type PortfolioValuedBatch,
  type PortfolioValuedEvent,
} from '../core/engine/portfolio-valued-event.js';
import type { EventBus } from '../core/messaging/event-bus.js';
import type { Unsubscribe } from '../core/unsubscribe.js';

/** Subscriptions to the values on a bus, which end together. */
export class ValueSubscriptions {
  readonly #bus: EventBus;
  readonly #unsubscribes = new Set<Unsubscribe>();

  constructor(bus: EventBus) {
    this.#bus = bus;
  }

  /** Calls `listener` with each batch of values. */
  add(listener: (batch: PortfolioValuedBatch) => unknown): Unsubscribe {
    const unsubscribe = this.#bus.subscribe(
      PORTFOLIOS_VALUED,
      listener as (batch: PortfolioValuedBatch) => void,
    );
    this.#unsubscribes.add(unsubscribe);
    return () => {
      this.#unsubscribes.delete(unsubscribe);
      unsubscribe();
    };
  }

  /** Calls `listener` with each value of one portfolio. */
  addFor(portfolioId: string, listener: (event: PortfolioValuedEvent) => unknown): Unsubscribe {
    return this.add((batch) => {
      const event = batch.find(portfolioId);
      return event && listener(event);
    });
  }

  /** Ends all subscriptions. */
  end(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#unsubscribes.clear();
  }
}
