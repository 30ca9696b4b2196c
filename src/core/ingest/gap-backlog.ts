import type { PriceStreamGap } from '../prices/price-stream-gap.js';

/** A gap, and its place among the arrival numbers of prices. */
export interface StampedGap {
  readonly gap: PriceStreamGap;
  readonly arrival: number;
}

/**
 * Gaps that wait for the bus. All leave in one message, until a message with them was too large: then each is sent alone, and one that
 * is too large even alone is halved by symbols.
 */
export class GapBacklog {
  #waiting: StampedGap[] = [];
  #isOneByOne = false;

  /** Number of waiting gaps. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Whether each gap is sent alone, until none waits. */
  get isOneByOne(): boolean {
    return this.#isOneByOne;
  }

  /** Adds a gap. */
  add(gap: StampedGap): void {
    this.#waiting.push(gap);
  }

  /** Removes and returns the gaps of the next message. */
  take(): readonly StampedGap[] {
    const gaps = this.#isOneByOne ? this.#waiting.slice(0, 1) : this.#waiting;
    this.#waiting = this.#waiting.slice(gaps.length);
    return gaps;
  }

  /** The bus took a message. */
  accepted(): void {
    if (this.#waiting.length === 0) this.#isOneByOne = false;
  }

  /** The bus failed: the gaps taken last wait again. */
  restore(gaps: readonly StampedGap[]): void {
    this.#waiting = [...gaps, ...this.#waiting];
  }

  /**
   * The message of the gaps taken last was too large: they wait again, to be sent in smaller messages.
   * @param isAlone Whether a single gap was all that the message had.
   * @returns the gap that is too large for any message, which is dropped; `null` if none is.
   */
  restoreTooLarge(gaps: readonly StampedGap[], isAlone: boolean): StampedGap | null {
    const [first] = gaps;
    const halves = isAlone ? halvesOf(first!) : gaps;
    this.restore(halves);
    this.#isOneByOne = this.#waiting.length > 0;
    return halves.length === 0 ? first! : null;
  }

  /** Drops all gaps. */
  clear(): void {
    this.#waiting = [];
  }
}

/** A gap with half of its symbols, and one with the others; none if it cannot be halved. */
function halvesOf({ gap, arrival }: StampedGap): StampedGap[] {
  const { symbols } = gap;
  if (symbols.length < 2) return [];
  const middle = symbols.length >> 1;
  const halves = [symbols.slice(0, middle), symbols.slice(middle)];
  return halves.map((half) => ({ gap: { ...gap, symbols: half }, arrival }));
}
