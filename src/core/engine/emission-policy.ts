import { invalidArgument } from '../errors.js';
import { Decimal, type DecimalInput } from '../money/decimal.js';
import { TotalsColumns } from '../book/totals-columns.js';
import type { ValuedPortfolio } from '../book/valued-rows.js';

/**
 * When a new value is published. Without thresholds: whenever it has changed. With one or both: when it has moved at least that far from
 * the last published value. A value is always published if the holdings have changed, or if it became complete or incomplete.
 */
export interface EmissionPolicy {
  /** Smallest move that is published, in units of the portfolio's currency. */
  readonly minChange?: DecimalInput;
  /** Smallest move that is published, in basis points (1/100 of a percent) of the last published value. */
  readonly minChangeBps?: number;
  /** Longest time in ms until a value that has changed at all is published. Default: no limit. */
  readonly maxAgeMs?: number;
}

/** Decides by an {@link EmissionPolicy} which values are published. Remembers the last published value of each portfolio. */
export class EmissionFilter {
  readonly #minChange: number;
  readonly #minBps: number;
  readonly #maxAgeMs: number;
  readonly #published = new TotalsColumns(64);
  readonly #versions: number[] = [];
  readonly #publishedAt: number[] = [];

  /** @throws TickmarkError `INVALID_ARGUMENT` for a negative threshold. */
  constructor(policy: EmissionPolicy = {}) {
    const minChange =
      policy.minChange === undefined ? 0 : Decimal.from(policy.minChange, 'emission: minChange').toNumber();
    this.#minChange = checkNonNegative('minChange', minChange);
    this.#minBps = checkNonNegative('minChangeBps', policy.minChangeBps ?? 0);
    this.#maxAgeMs = checkNonNegative('maxAgeMs', policy.maxAgeMs ?? Infinity);
  }

  /** Whether every change is published, so that nothing has to be remembered. */
  get isOpen(): boolean {
    return this.#minChange === 0 && this.#minBps === 0;
  }

  /** Until when the changed value of a portfolio may be held back, monotonic ms; Infinity without a limit. */
  heldUntil(number: number): number {
    return this.#publishedAt[number]! + this.#maxAgeMs;
  }

  /**
   * `emit`: publish it; `hold`: it has changed, but not far enough; `same`: it has not changed.
   * @param now Monotonic ms.
   */
  decide(
    number: number,
    entry: ValuedPortfolio,
    totals: TotalsColumns,
    now: number,
  ): 'emit' | 'hold' | 'same' {
    const published = this.#published;
    if (entry.version !== this.#versions[number]) return 'emit';
    if (totals.isSame(number, published, number)) return 'same';
    if (this.#minChange === 0 && this.#minBps === 0) return 'emit';
    if (!totals.isKnownAlike(number, published)) return 'emit';
    // A value that is due soon is published now, so that held values are checked at most 64 times within `maxAgeMs`.
    if (now - this.#publishedAt[number]! >= this.#maxAgeMs * (63 / 64)) return 'emit';
    const last = published.approximateWorth(number, entry.currency);
    const move = Math.abs(totals.approximateWorth(number, entry.currency) - last);
    return move >= this.#minChange && move * 10_000 >= this.#minBps * Math.abs(last) ? 'emit' : 'hold';
  }

  /** Remembers a portfolio as published. */
  recordPublished(number: number, entry: ValuedPortfolio, totals: TotalsColumns, now: number): void {
    this.#published.reserve(number + 1);
    while (this.#publishedAt.length <= number) {
      this.#publishedAt.push(0);
      this.#versions.push(NaN);
    }
    this.#versions[number] = entry.version;
    this.#published.copy(number, totals, number);
    this.#publishedAt[number] = now;
  }

  /** Forgets a portfolio that is gone: its number is used again. */
  forget(number: number): void {
    if (number < this.#versions.length) this.#versions[number] = NaN;
  }
}

function checkNonNegative(name: string, value: number): number {
  if (value >= 0) return value;
  throw invalidArgument(`emission: ${name}`, value, 'zero or more');
}
