import {
  PORTFOLIOS_VALUED,
  type PortfolioValuedBatch,
  type PortfolioValuedEvent,
} from '../core/engine/portfolio-valued-event.js';
import type { Clock } from '../core/clock.js';
import { ReportLimit } from '../core/error-reporter.js';
import { TickmarkError } from '../core/errors.js';
import { errorText } from '../core/error-text.js';
import type { EventBus } from '../core/messaging/event-bus.js';
import type { Unsubscribe } from '../core/unsubscribe.js';

interface Newcomer {
  readonly unsubscribe: Unsubscribe;
  readonly listener: (batch: PortfolioValuedBatch) => unknown;
}

/** Subscriptions to the values on a bus, which end together. */
export class ValueSubscriptions {
  readonly #bus: EventBus;
  readonly #clock: Clock;
  /** Who was added before the turn that follows the start; `null` from then on. */
  #newcomers: Newcomer[] | null = [];
  readonly #report: (error: TickmarkError) => void;
  readonly #limit: ReportLimit;
  readonly #unsubscribes = new Set<Unsubscribe>();

  /** @param report Gets the errors of listeners, once a minute each. */
  constructor(bus: EventBus, clock: Clock, report: (error: TickmarkError) => void) {
    this.#clock = clock;
    this.#bus = bus;
    this.#report = report;
    this.#limit = new ReportLimit(clock);
  }

  /** Calls `listener` with each batch of values. What it throws or rejects with is reported. */
  add(listener: (batch: PortfolioValuedBatch) => unknown): Unsubscribe {
    const unsubscribe = this.#bus.subscribe<PortfolioValuedBatch>(PORTFOLIOS_VALUED, (batch) =>
      this.#call(listener, batch),
    );
    this.#unsubscribes.add(unsubscribe);
    this.#newcomers?.push({ unsubscribe, listener });
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

  /** The start is over. Who is added in this turn could not be there when the bus got `values`, and gets them in the next one. */
  started(values: () => Iterable<PortfolioValuedBatch>): void {
    this.#clock.defer(() => {
      const newcomers = this.#newcomers ?? [];
      this.#newcomers = null;
      if (newcomers.length === 0 || this.#unsubscribes.size === 0) return;
      for (const batch of values())
        for (const { unsubscribe, listener } of newcomers)
          if (this.#unsubscribes.has(unsubscribe)) void this.#call(listener, batch);
    });
  }

  // A bus may have nobody to report to. It waits for a promise, and not after a listener that returns none.
  #call(
    listener: (batch: PortfolioValuedBatch) => unknown,
    batch: PortfolioValuedBatch,
  ): Promise<void> | undefined {
    try {
      const result = listener(batch) as PromiseLike<unknown> | undefined;
      if (typeof result?.then === 'function')
        return Promise.resolve(result).then(
          () => undefined,
          (cause: unknown) => this.#failed(cause),
        );
    } catch (cause) {
      this.#failed(cause);
    }
    return undefined;
  }

  #failed(cause: unknown): void {
    const reason = errorText(cause);
    const message = `A listener of MarkToMarket.onValued() failed: ${reason.slice(0, 500)}`;
    if (this.#limit.isDue(message)) this.#report(new TickmarkError('HANDLER_FAILED', message, { cause }));
  }

  /** Ends all subscriptions. */
  end(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#unsubscribes.clear();
  }
}
