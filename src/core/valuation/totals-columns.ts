import { currencyOf } from '../money/currency.js';
import { Decimal } from '../money/decimal.js';
import type { AccountKind } from '../portfolio/portfolio-input.js';

/** Totals of one portfolio in its currency; `null` is unknown. The same figures as `PerformanceMetrics`. */
export interface PortfolioTotals {
  readonly marketValue: Decimal | null;
  /** Sum of the known market values; equals `marketValue` when that is known. */
  readonly pricedMarketValue: Decimal;
  readonly costBasis: Decimal | null;
  readonly unrealizedPnl: Decimal | null;
  readonly cash: Decimal | null;
  readonly equity: Decimal | null;
  readonly complete: boolean;
}

/** What is unknown of a portfolio's totals, as bits of its state. */
export const VALUE_UNKNOWN = 1;
export const COST_UNKNOWN = 2;
export const CASH_UNKNOWN = 4;
const BEYOND = 8;

/** Totals of many portfolios in columns of money units; a portfolio past 2^53 units has its totals kept aside. */
export class TotalsColumns {
  values: Float64Array;
  costs: Float64Array;
  cash: Float64Array;
  states: Uint8Array;
  /** Version of the holdings that the totals are of; NaN before there are any. */
  versions: Float64Array;
  readonly #beyond = new Map<number, PortfolioTotals>();

  constructor(capacity: number) {
    this.values = new Float64Array(capacity);
    this.costs = new Float64Array(capacity);
    this.cash = new Float64Array(capacity);
    this.states = new Uint8Array(capacity);
    this.versions = new Float64Array(capacity).fill(NaN);
  }

  /** Makes room for `count` portfolios. */
  reserve(count: number): void {
    if (count <= this.values.length) return;
    const wider = new TotalsColumns(Math.max(count, this.values.length * 2));
    wider.values.set(this.values);
    wider.costs.set(this.costs);
    wider.cash.set(this.cash);
    wider.states.set(this.states);
    wider.versions.set(this.versions);
    this.values = wider.values;
    this.costs = wider.costs;
    this.cash = wider.cash;
    this.states = wider.states;
    this.versions = wider.versions;
  }

  /** Sets totals that fit; returns whether they do. */
  set(index: number, value: number, cost: number, cash: number, state: number): boolean {
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(cost) || !Number.isSafeInteger(cash))
      return false;
    if ((this.states[index]! & BEYOND) !== 0) this.#beyond.delete(index);
    this.values[index] = value;
    this.costs[index] = cost;
    this.cash[index] = cash;
    this.states[index] = state;
    return true;
  }

  /** Sets the value alone; returns whether it fits and the rest of the totals did. */
  setValue(index: number, value: number, isKnown: boolean): boolean {
    const state = this.states[index]!;
    if (!Number.isSafeInteger(value) || (state & BEYOND) !== 0) return false;
    this.values[index] = value;
    this.states[index] = isKnown ? state & ~VALUE_UNKNOWN : state | VALUE_UNKNOWN;
    return true;
  }

  /** Sets totals that do not fit. */
  setBeyond(index: number, totals: PortfolioTotals): void {
    this.#beyond.set(index, totals);
    this.values[index] = NaN;
    this.states[index] = BEYOND;
  }

  /** Copies row `from` of `other` to row `to` of this. */
  copy(to: number, other: TotalsColumns, from: number): void {
    this.values[to] = other.values[from]!;
    this.costs[to] = other.costs[from]!;
    this.cash[to] = other.cash[from]!;
    this.states[to] = other.states[from]!;
    this.versions[to] = other.versions[from]!;
    if ((other.states[from]! & BEYOND) !== 0) this.#beyond.set(to, other.#beyond.get(from)!);
  }

  /** Whether row `index` is known to equal row `from` of `other`. */
  isSame(index: number, other: TotalsColumns, from: number): boolean {
    return (
      this.values[index] === other.values[from] &&
      this.costs[index] === other.costs[from] &&
      this.cash[index] === other.cash[from] &&
      this.states[index] === other.states[from]
    );
  }

  /** The totals of a row. */
  totals(index: number, currency: string, accountKind: AccountKind): PortfolioTotals {
    const state = this.states[index]!;
    if ((state & BEYOND) !== 0) return this.#beyond.get(index)!;
    const { scale } = currencyOf(currency);
    const pricedMarketValue = Decimal.ofUnits(this.values[index]!, scale);
    const marketValue = (state & VALUE_UNKNOWN) === 0 ? pricedMarketValue : null;
    const costBasis = (state & COST_UNKNOWN) === 0 ? Decimal.ofUnits(this.costs[index]!, scale) : null;
    const cash = (state & CASH_UNKNOWN) === 0 ? Decimal.ofUnits(this.cash[index]!, scale) : null;
    const unrealizedPnl = marketValue && costBasis && marketValue.minus(costBasis);
    return {
      marketValue,
      pricedMarketValue,
      costBasis,
      unrealizedPnl,
      cash,
      equity: equity(accountKind, cash, marketValue, unrealizedPnl),
      complete: state === 0,
    };
  }

  /** Known market values and cash as a float64: for thresholds, not for books. */
  approximateWorth(index: number, currency: string): number {
    if ((this.states[index]! & BEYOND) !== 0) {
      const { pricedMarketValue, cash } = this.#beyond.get(index)!;
      return pricedMarketValue.toNumber() + (cash?.toNumber() ?? 0);
    }
    return (this.values[index]! + this.cash[index]!) / 10 ** currencyOf(currency).scale;
  }

  /** Whether the same figures of row `index` and of that row of `other` are known. */
  isKnownAlike(index: number, other: TotalsColumns): boolean {
    return this.states[index] === other.states[index] && this.isComplete(index) === other.isComplete(index);
  }

  /** Whether every price and rate was known. */
  isComplete(index: number): boolean {
    const state = this.states[index]!;
    return (state & BEYOND) !== 0 ? this.#beyond.get(index)!.complete : state === 0;
  }
}

/** What an account of a kind is worth; `null` while a part is unknown. */
export function equity(
  kind: AccountKind,
  cash: Decimal | null,
  marketValue: Decimal | null,
  unrealizedPnl: Decimal | null,
): Decimal | null {
  const rest = kind === 'margin' ? unrealizedPnl : marketValue;
  return cash && rest && cash.plus(rest);
}
