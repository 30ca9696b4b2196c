import type { Clock, Timer } from '../../core/clock.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import type { Values } from '../../protocol/values.js';

/** Longest that values wait for the rest of their moment. */
const HOLD_MS = 250;

/** Takes one or more messages' values, and where one is with them; `null` where the position stays as it is. */
export type TakeValues = (values: readonly Values[], position: StreamPosition | null) => void;

/**
 * Keeps messages of one moment together, so that rows never show without the totals they sum to: a message without a position is
 * part of something larger. They do not wait for long: the rest may be a value that is slow to come.
 */
export class ValueBatches {
  readonly #clock: Clock;
  readonly #take: TakeValues;
  #held: Values[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, take: TakeValues) {
    this.#clock = clock;
    this.#take = take;
  }

  push(values: Values, position: StreamPosition | undefined): void {
    if (values.portfolios || values.positions || values.prices) this.#held.push(values);
    if (position !== undefined) this.#flush(position);
    else if (this.#held.length > 0) this.#timer ??= this.#clock.setTimer(() => this.#flush(null), HOLD_MS);
  }

  /** Drops what waits: it comes again, since the position is still before it. */
  clear(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    this.#held = [];
  }

  #flush(position: StreamPosition | null): void {
    const held = this.#held;
    this.clear();
    this.#take(held, position);
  }
}
