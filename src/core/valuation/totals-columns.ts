import { currencyOf } from '../money/currency.js';
import { Decimal } from '../money/decimal.js';
import { NumberRows } from '../money/number-rows.js';
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
/** Bits of a state under which a value is more than a number of money units. */
export const NOT_PLAIN = VALUE_UNKNOWN | BEYOND;

/** Places of the totals in a row: market value, cost and cash in money units, and the state. */
export const VALUE = 0;
export const COST = 1;
export const CASH = 2;
export const STATE = 3;

/** Places that totals take in a row, from its first. */
export const TOTALS_WIDTH = 4;

/** What setting totals came to; `not-set`: this way of setting them does not do. */
export type SetResult = 'same' | 'changed' | 'not-set';

/** Totals of many portfolios, as numbers of money units; a portfolio past 2^53 units has its totals kept aside. */
export class TotalsColumns {
  readonly #rows: NumberRows;
  readonly #beyond = new Map<number, PortfolioTotals>();

  /** @param rows Where totals stand, in the first places of each row; default: in rows of their own. */
  constructor(capacity: number, rows = new NumberRows(TOTALS_WIDTH, capacity)) {
    this.#rows = rows;
  }

  /** Makes room for `count` portfolios. */
  reserve(count: number): void {
    this.#rows.reserve(count);
  }

  /** Sets totals; says whether that changed them. Totals past 2^53 are not set. */
  set(index: number, value: number, cost: number, cash: number, state: number): SetResult {
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(cost) || !Number.isSafeInteger(cash))
      return 'not-set';
    const rows = this.#rows.values;
    const at = this.#rows.width * index;
    if ((rows[at + STATE]! & BEYOND) !== 0) this.#beyond.delete(index);
    const isSame =
      rows[at + VALUE] === value &&
      rows[at + COST] === cost &&
      rows[at + CASH] === cash &&
      rows[at + STATE] === state;
    rows[at + VALUE] = value;
    rows[at + COST] = cost;
    rows[at + CASH] = cash;
    rows[at + STATE] = state;
    return isSame ? 'same' : 'changed';
  }

  /** Sets the value alone; not where it does not fit, or what is unknown of the totals changes with it. */
  setValue(index: number, value: number, isKnown: boolean): SetResult {
    const rows = this.#rows.values;
    const at = this.#rows.width * index;
    const state = rows[at + STATE]!;
    const isChange = (state & NOT_PLAIN) !== (isKnown ? 0 : VALUE_UNKNOWN);
    if (isChange || !Number.isSafeInteger(value)) return 'not-set';
    if (rows[at + VALUE] === value) return 'same';
    rows[at + VALUE] = value;
    return 'changed';
  }

  /** Known market value in money units; NaN where totals do not fit. */
  value(index: number): number {
    return this.#rows.values[this.#rows.width * index + VALUE]!;
  }

  /** Sets totals that do not fit. */
  setBeyond(index: number, totals: PortfolioTotals): void {
    this.#beyond.set(index, totals);
    const at = this.#rows.width * index;
    this.#rows.values[at + VALUE] = NaN;
    this.#rows.values[at + STATE] = BEYOND;
  }

  /** Forgets a row. */
  clear(index: number): void {
    this.#beyond.delete(index);
    const at = this.#rows.width * index;
    this.#rows.values.fill(0, at, at + TOTALS_WIDTH);
  }

  /** Copies row `from` of `other` to row `to` of this. */
  copy(to: number, other: TotalsColumns, from: number): void {
    const target = this.#rows.values;
    const source = other.#rows.values;
    const at = this.#rows.width * to;
    const start = other.#rows.width * from;
    target[at + VALUE] = source[start + VALUE]!;
    target[at + COST] = source[start + COST]!;
    target[at + CASH] = source[start + CASH]!;
    const state = source[start + STATE]!;
    target[at + STATE] = state;
    if ((state & BEYOND) !== 0) this.#beyond.set(to, other.#beyond.get(from)!);
  }

  /** Whether row `index` is known to equal row `from` of `other`. */
  isSame(index: number, other: TotalsColumns, from: number): boolean {
    const at = this.#rows.width * index;
    const start = other.#rows.width * from;
    for (let field = VALUE; field <= STATE; field++) {
      if (this.#rows.values[at + field] !== other.#rows.values[start + field]) return false;
    }
    return true;
  }

  /** The totals of a row. */
  totals(index: number, currency: string, accountKind: AccountKind): PortfolioTotals {
    const { values, width } = this.#rows;
    const at = width * index;
    const state = values[at + STATE]!;
    if ((state & BEYOND) !== 0) return this.#beyond.get(index)!;
    return totalsOf(
      values[at + VALUE]!,
      values[at + COST]!,
      values[at + CASH]!,
      state,
      currency,
      accountKind,
    );
  }

  /** Known market values and cash as a float64: for thresholds, not for books. */
  approximateWorth(index: number, currency: string): number {
    const { values, width } = this.#rows;
    const at = width * index;
    if ((values[at + STATE]! & BEYOND) !== 0) {
      const { pricedMarketValue, cash } = this.#beyond.get(index)!;
      return pricedMarketValue.toNumber() + (cash?.toNumber() ?? 0);
    }
    return (values[at + VALUE]! + values[at + CASH]!) / 10 ** currencyOf(currency).scale;
  }

  /** Whether the same figures of row `index` and of that row of `other` are known. */
  isKnownAlike(index: number, other: TotalsColumns): boolean {
    return this.#state(index) === other.#state(index) && this.isComplete(index) === other.isComplete(index);
  }

  /** Whether every price and rate was known. */
  isComplete(index: number): boolean {
    const state = this.#state(index);
    return (state & BEYOND) !== 0 ? this.#beyond.get(index)!.complete : state === 0;
  }

  #state(index: number): number {
    return this.#rows.values[this.#rows.width * index + STATE]!;
  }
}

/** Totals from numbers of money units; `state` says what of them is unknown. */
export function totalsOf(
  value: number,
  cost: number,
  cash: number,
  state: number,
  currency: string,
  accountKind: AccountKind,
): PortfolioTotals {
  const { scale } = currencyOf(currency);
  const pricedMarketValue = Decimal.ofUnits(value, scale);
  const marketValue = (state & VALUE_UNKNOWN) === 0 ? pricedMarketValue : null;
  const costBasis = (state & COST_UNKNOWN) === 0 ? Decimal.ofUnits(cost, scale) : null;
  const money = (state & CASH_UNKNOWN) === 0 ? Decimal.ofUnits(cash, scale) : null;
  const unrealizedPnl = marketValue && costBasis && marketValue.minus(costBasis);
  return {
    marketValue,
    pricedMarketValue,
    costBasis,
    unrealizedPnl,
    cash: money,
    equity: equity(accountKind, money, marketValue, unrealizedPnl),
    complete: state === 0,
  };
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
