import { invalidArgument } from '../errors.js';
import { checkOptions, type OptionShapes } from '../options.js';
import { Decimal, type DecimalInput } from '../money/decimal.js';
import type { PortfolioTotals } from '../portfolio/figures/portfolio-totals.js';

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

const POLICY: OptionShapes<EmissionPolicy> = { minChange: true, minChangeBps: 'number', maxAgeMs: 'number' };

/** Totals that may be published. */
export interface EmittedTotals {
  /** Another number whenever something else than prices and rates has changed them: holdings, a previous close, a new day. */
  readonly revision: number;
  readonly totals: PortfolioTotals;
}

interface PublishedTotals {
  readonly revision: number;
  readonly worth: number;
  readonly unknown: number;
  /** Monotonic ms. */
  readonly at: number;
}

/** Decides by an {@link EmissionPolicy} which values are published. Remembers the last published value of each portfolio. */
export class EmissionFilter {
  readonly #minChange: number;
  readonly #minBps: number;
  readonly #maxAgeMs: number;
  /** By the book's number of the portfolio. */
  readonly #published: Array<PublishedTotals | undefined> = [];

  /** @throws TickmarkError `INVALID_ARGUMENT` for a negative threshold. */
  constructor(policy: EmissionPolicy = {}) {
    checkOptions('emission', policy, POLICY);
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
    return this.#published[number]!.at + this.#maxAgeMs;
  }

  /**
   * `emit`: publish it; `hold`: it has changed, but not far enough; `same`: it has not changed.
   * @param now Monotonic ms.
   */
  decide(number: number, fresh: EmittedTotals, now: number): 'emit' | 'hold' | 'same' {
    const published = this.#published[number];
    if (!published || fresh.revision !== published.revision) return 'emit';
    const { totals } = fresh;
    const worth = worthOf(totals);
    const isKnownAlike = unknownOf(totals) === published.unknown;
    if (worth === published.worth && isKnownAlike) return 'same';
    if ((this.#minChange === 0 && this.#minBps === 0) || !isKnownAlike) return 'emit';
    // A value that is due soon is published now, so that held values are checked at most 64 times within `maxAgeMs`.
    if (now - published.at >= this.#maxAgeMs * (63 / 64)) return 'emit';
    const move = Math.abs(worth - published.worth);
    return move >= this.#minChange && move * 10_000 >= this.#minBps * Math.abs(published.worth)
      ? 'emit'
      : 'hold';
  }

  /** Remembers a portfolio as published. @param now Monotonic ms. */
  recordPublished(number: number, { revision, totals }: EmittedTotals, now: number): void {
    while (this.#published.length <= number) this.#published.push(undefined);
    this.#published[number] = { revision, worth: worthOf(totals), unknown: unknownOf(totals), at: now };
  }

  /** Forgets a portfolio that is gone: its number is used again. */
  forget(number: number): void {
    if (number < this.#published.length) this.#published[number] = undefined;
  }
}

// Good for thresholds, not for accounts.
function worthOf({ priced, cash }: PortfolioTotals): number {
  return priced.marketValue.toNumber() + (cash?.toNumber() ?? 0);
}

// Which figures are unknown, as bits.
function unknownOf({ marketValue, costBasis, cash, complete }: PortfolioTotals): number {
  return (marketValue ? 0 : 1) | (costBasis ? 0 : 2) | (cash ? 0 : 4) | (complete ? 0 : 8);
}

function checkNonNegative(name: string, value: number): number {
  if (value >= 0) return value;
  throw invalidArgument(`emission: ${name}`, value, 'zero or more');
}
