import { currencyOf } from '../money/currency.js';
import { Decimal } from '../money/decimal.js';
import type { PortfolioTotals } from '../portfolio/portfolio-totals.js';

export type { PortfolioTotals } from '../portfolio/portfolio-totals.js';

/** Which of a portfolio's totals are unknown, as bits of its state. */
export const VALUE_UNKNOWN = 1;
export const COST_UNKNOWN = 2;
export const CASH_UNKNOWN = 4;
const OVERSIZED = 8;
/** With one of these bits set, a price or a rate is missing; an unknown cost does not make a valuation incomplete. */
const INCOMPLETE = VALUE_UNKNOWN | CASH_UNKNOWN;
/** With one of these bits set, `values` does not hold the market value. */
const NOT_PLAIN = VALUE_UNKNOWN | OVERSIZED;

/** What setting totals did; `not-set`: they do not fit this way. */
export type SetResult = 'same' | 'changed' | 'not-set';

/** Totals of many portfolios as counts of money units, in columns. Totals past 2^53 units, and those of portfolios that are valued row by row, are kept apart. */
export class TotalsColumns {
  /** Known market values; NaN where the totals are past 2^53 units. Another array after `reserve`. */
  values: Float64Array;
  #costs: Float64Array;
  #cash: Float64Array;
  #states: Uint8Array;
  readonly #oversized = new Map<number, PortfolioTotals>();

  constructor(capacity: number) {
    this.values = new Float64Array(capacity);
    this.#costs = new Float64Array(capacity);
    this.#cash = new Float64Array(capacity);
    this.#states = new Uint8Array(capacity);
  }

  /** Makes room for `count` portfolios. */
  reserve(count: number): void {
    const capacity = this.#states.length;
    if (count <= capacity) return;
    const wider = new TotalsColumns(Math.max(count, 2 * capacity));
    wider.values.set(this.values);
    wider.#costs.set(this.#costs);
    wider.#cash.set(this.#cash);
    wider.#states.set(this.#states);
    this.values = wider.values;
    this.#costs = wider.#costs;
    this.#cash = wider.#cash;
    this.#states = wider.#states;
  }

  /** Sets totals, unless one of them is past 2^53 units. @param state Which of them are unknown. */
  set(index: number, value: number, cost: number, cash: number, state: number): SetResult {
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(cost) || !Number.isSafeInteger(cash))
      return 'not-set';
    if ((this.#states[index]! & OVERSIZED) !== 0) this.#oversized.delete(index);
    const isSame =
      this.values[index] === value &&
      this.#costs[index] === cost &&
      this.#cash[index] === cash &&
      this.#states[index] === state;
    this.values[index] = value;
    this.#costs[index] = cost;
    this.#cash[index] = cash;
    this.#states[index] = state;
    return isSame ? 'same' : 'changed';
  }

  /** Sets the value alone, unless it is past 2^53 units, or becomes known or unknown. */
  setValue(index: number, value: number, isKnown: boolean): SetResult {
    const isChange = (this.#states[index]! & NOT_PLAIN) !== (isKnown ? 0 : VALUE_UNKNOWN);
    if (isChange || !Number.isSafeInteger(value)) return 'not-set';
    if (this.values[index] === value) return 'same';
    this.values[index] = value;
    return 'changed';
  }

  /** Sets totals past 2^53 units. */
  setOversized(index: number, totals: PortfolioTotals): void {
    this.#oversized.set(index, totals);
    this.values[index] = NaN;
    this.#states[index] = OVERSIZED;
  }

  /** Clears the row of a portfolio. */
  clear(index: number): void {
    this.#oversized.delete(index);
    this.values[index] = this.#costs[index] = this.#cash[index] = this.#states[index] = 0;
  }

  /** Copies row `from` of `other` to row `to` of this. */
  copy(to: number, other: TotalsColumns, from: number): void {
    this.values[to] = other.values[from]!;
    this.#costs[to] = other.#costs[from]!;
    this.#cash[to] = other.#cash[from]!;
    const state = other.#states[from]!;
    this.#states[to] = state;
    if ((state & OVERSIZED) !== 0) this.#oversized.set(to, other.#oversized.get(from)!);
  }

  /** Whether row `index` is known to equal row `from` of `other`. */
  isSame(index: number, other: TotalsColumns, from: number): boolean {
    return (
      this.values[index] === other.values[from] &&
      this.#costs[index] === other.#costs[from] &&
      this.#cash[index] === other.#cash[from] &&
      this.#states[index] === other.#states[from]
    );
  }

  /** The totals of a row. */
  totals(index: number, currency: string): PortfolioTotals {
    const state = this.#states[index]!;
    if ((state & OVERSIZED) !== 0) return this.#oversized.get(index)!;
    const [value, cost, cash] = [this.values[index]!, this.#costs[index]!, this.#cash[index]!];
    return totalsOf(value, cost, cash, state, currency);
  }

  /** Known market values and cash as a float64: good for thresholds, not for accounts. */
  approximateWorth(index: number, currency: string): number {
    if ((this.#states[index]! & OVERSIZED) !== 0) {
      const { priced, cash } = this.#oversized.get(index)!;
      return priced.marketValue.toNumber() + (cash?.toNumber() ?? 0);
    }
    return (this.values[index]! + this.#cash[index]!) / 10 ** currencyOf(currency).scale;
  }

  /** Whether the same figures are known in row `index` here and in `other`. */
  isKnownAlike(index: number, other: TotalsColumns): boolean {
    const isSameState = this.#states[index] === other.#states[index];
    return isSameState && this.isComplete(index) === other.isComplete(index);
  }

  /** Whether every price and rate was known. */
  isComplete(index: number): boolean {
    const state = this.#states[index]!;
    return (state & OVERSIZED) !== 0 ? this.#oversized.get(index)!.complete : (state & INCOMPLETE) === 0;
  }

  /** Whether `values` holds the market value, which is known. */
  isPlain(index: number): boolean {
    return (this.#states[index]! & NOT_PLAIN) === 0;
  }
}

/** Totals from counts of money units; `state` says which of them are unknown. */
export function totalsOf(
  value: number,
  cost: number,
  cash: number,
  state: number,
  currency: string,
): PortfolioTotals {
  const { scale } = currencyOf(currency);
  const pricedValue = Decimal.ofUnits(value, scale);
  const marketValue = (state & VALUE_UNKNOWN) === 0 ? pricedValue : null;
  const costBasis = (state & COST_UNKNOWN) === 0 ? Decimal.ofUnits(cost, scale) : null;
  const money = (state & CASH_UNKNOWN) === 0 ? Decimal.ofUnits(cash, scale) : null;
  const unrealizedPnl = marketValue && costBasis && marketValue.minus(costBasis);
  return {
    marketValue,
    priced: { marketValue: pricedValue },
    costBasis,
    unrealizedPnl,
    cash: money,
    equity: money && marketValue && money.plus(marketValue),
    accruedInterest: Decimal.ofUnits(0, scale),
    unsettledCash: Decimal.ofUnits(0, scale),
    unrealizedPnlPct: null,
    pricePnl: unrealizedPnl,
    fxPnl: Decimal.ofUnits(0, scale),
    realizedPnl: Decimal.ofUnits(0, scale),
    income: Decimal.ofUnits(0, scale),
    fees: Decimal.ofUnits(0, scale),
    taxes: Decimal.ofUnits(0, scale),
    expenses: Decimal.ofUnits(0, scale),
    cashFxPnl: Decimal.ofUnits(0, scale),
    netContributions: costBasis,
    totalPnl: unrealizedPnl,
    dayPnl: null,
    dayPnlPct: null,
    complete: (state & INCOMPLETE) === 0,
  };
}
