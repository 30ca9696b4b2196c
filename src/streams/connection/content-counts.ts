import { updateFault, type PriceUpdate } from '../../core/prices/price-update.js';

/** What became of what a source sent. */
export interface ContentStats {
  /** Prices read. */
  readonly prices: number;
  /** What carried no price and was understood, by kind. */
  readonly control: Readonly<Record<string, number>>;
  /** What could not be used, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Events or answers that the decoder said nothing about. Other than 0 is a fault of the decoder. */
  readonly unexplained: number;
}

/** Counts what a decoder makes of what it is given. */
export class ContentCounts {
  #prices = 0;
  #others = 0;
  #unexplained = 0;
  readonly #control = new Map<string, number>();
  readonly #rejected = new Map<string, number>();

  /** Has `decode` account for something. What it throws is counted as `decoder-threw`. @returns whether it threw. */
  explain(decode: () => void): boolean {
    const before = this.#prices + this.#others;
    let hasThrown = false;
    try {
      decode();
    } catch {
      hasThrown = true;
      this.rejected('decoder-threw');
    }
    if (this.#prices + this.#others === before) this.#unexplained++;
    return hasThrown;
  }

  /** Whether a price can be read; counts it either way, one that cannot under the reason that `PriceRejection` names. */
  accepts(update: PriceUpdate): boolean {
    const fault = updateFault(update, true);
    if (fault === null) this.#prices++;
    else this.rejected(fault);
    return fault === null;
  }

  /** Something was understood and carries no price. */
  control(kind: string): void {
    this.#others++;
    this.#control.set(kind, (this.#control.get(kind) ?? 0) + 1);
  }

  /** Something is of no use. */
  rejected(reason: string): void {
    this.#others++;
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
  }

  /** Counters so far. */
  stats(): ContentStats {
    return {
      prices: this.#prices,
      control: Object.fromEntries(this.#control),
      rejected: Object.fromEntries(this.#rejected),
      unexplained: this.#unexplained,
    };
  }
}
