import { createHistogram } from 'node:perf_hooks';
import { isGap, type PriceChangedBatch, type PriceStreamMessage } from 'tickmark';

/** Percentiles in ms. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** How many were measured: a symbol in a batch is one. */
  readonly measured: number;
}

/**
 * Measures how long it takes from a message's arrival to the publication of the values it leads to. Of messages that
 * were conflated into one, the first counts: it waited longest.
 */
export class TickToValue {
  readonly #arrivedAt = new Map<string, number>();
  readonly #nanoseconds = createHistogram();

  /** For `onMessage`, before anyone else listens. */
  readonly arrived = (message: PriceStreamMessage): void => {
    if (!isGap(message) && !this.#arrivedAt.has(message.symbol))
      this.#arrivedAt.set(message.symbol, performance.now());
  };

  /** For a message that was refused: no value comes of it. */
  refused(symbol: string): void {
    this.#arrivedAt.delete(symbol);
  }

  /**
   * For `PRICES_CHANGED`, subscribed after the engine: the bus hands a batch to the engine first, which values it and
   * publishes before it returns.
   */
  readonly valued = (batch: PriceChangedBatch): void => {
    const now = performance.now();
    for (let row = 0; row < batch.length; row++) {
      const symbol = batch.symbolAt(row);
      const since = this.#arrivedAt.get(symbol);
      if (since === undefined) continue;
      this.#arrivedAt.delete(symbol);
      this.#nanoseconds.record(Math.max(1, Math.round((now - since) * 1e6)));
    }
  };

  latency(): Latency {
    const { count, max } = this.#nanoseconds;
    const at = (percentile: number): number =>
      count === 0 ? 0 : this.#nanoseconds.percentile(percentile) / 1e6;
    return { p50: at(50), p99: at(99), max: count === 0 ? 0 : max / 1e6, measured: count };
  }
}
