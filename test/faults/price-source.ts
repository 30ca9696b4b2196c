import { PriceChangedBatch, type EventBus, type TickmarkError } from 'tickmark';
import { until } from '../waiting.js';
import { SYMBOLS, pricesAt } from './market.js';

/** Puts prices of all symbols on a bus, newer ones each time. */
export class PriceSource {
  readonly #bus: Pick<EventBus, 'publish'>;
  #time = 0;

  constructor(bus: Pick<EventBus, 'publish'>) {
    this.#bus = bus;
  }

  /** Time of the newest prices. */
  get time(): number {
    return this.#time;
  }

  /**
   * Publishes prices of now. Like every source, it publishes again what the bus did not take: a bus that gets no answer in time, or a
   * process that stood still for as long as one may take, is no fault on a busy machine.
   */
  readonly tick = async (): Promise<void> => {
    this.#time = Math.max(this.#time + 1, Date.now());
    const batch = PriceChangedBatch.ofUpdates(pricesAt(this.#time, SYMBOLS), this.#time);
    const isTaken = (): Promise<boolean> =>
      this.#bus.publish(batch).then(
        () => true,
        (error: TickmarkError) => {
          if (!error.retryable) throw error;
          return false;
        },
      );
    // Not at once: a link that is broken refuses at once, and needs a moment to be there again.
    await until('the bus takes the prices', isTaken, { everyMs: 50 });
  };
}
