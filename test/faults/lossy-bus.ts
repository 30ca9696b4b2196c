import type { DomainEvent, EventBus, EventBusStats, EventHandler, EventType, Unsubscribe } from 'tickmark';
import type { Dice } from '../oracle/dice.js';

/** A bus that loses some of what comes over it, without a word, until told otherwise. */
export class LossyBus implements EventBus {
  readonly delivery;
  /** Share of the messages that are lost. */
  lossRate: number;
  lost = 0;
  readonly #bus: EventBus;
  readonly #dice: Dice;

  constructor(bus: EventBus, lossRate: number, dice: Dice) {
    this.#bus = bus;
    this.#dice = dice;
    this.lossRate = lossRate;
    this.delivery = bus.delivery;
  }

  publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    return this.#bus.publish(events);
  }

  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    return this.#bus.subscribe<E>(type, (event) => {
      if (!this.#dice.chance(this.lossRate)) return handler(event);
      this.lost++;
    });
  }

  stats(): EventBusStats {
    return this.#bus.stats();
  }

  close(): Promise<void> {
    return this.#bus.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
