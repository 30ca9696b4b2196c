import type { Clock, Timer } from '../../core/clock.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import type { Values } from '../../protocol/values.js';

/** Longest time that values wait for the other messages of their moment. */
const HOLD_MS = 250;

/** Takes the values of one or more messages, and the position after them; `null` if the position stays the same. */
export type TakeValues = (values: readonly Values[], position: StreamPosition | null) => void;

/**
 * Keeps the messages of one moment together, so that rows are never shown without the totals they sum to: a message without a position
 * is part of a larger update. They do not wait for long, since the other messages may be slow.
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

  /** Drops the values that wait. They will be sent again, because the position is still before them. */
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
