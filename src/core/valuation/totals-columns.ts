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

// A row: what belongs to one portfolio lies side by side, since portfolios are touched in no order and memory is fetched
// by the line.
const VALUE = 0;
const COST = 1;
const CASH = 2;
const STATE = 3;
const VERSION = 4;
const ROW = 5;

/** What setting totals came to. */
export type SetResult = 'same' | 'changed' | 'too-large';

/** Totals of many portfolios, as numbers of money units; a portfolio past 2^53 units has its totals kept aside. */
export class TotalsColumns {
  #rows: Float64Array;
  readonly #beyond = new Map<number, PortfolioTotals>();

  constructor(capacity: number) {
    this.#rows = new Float64Array(ROW * capacity);
    for (let index = 0; index < capacity; index++) this.#rows[ROW * index + VERSION] = NaN;
  }

  /** Makes room for `count` portfolios. */
  reserve(count: number): void {
    const capacity = this.#rows.length / ROW;
    if (count <= capacity) return;
    const wider = new TotalsColumns(Math.max(count, capacity * 2));
    wider.#rows.set(this.#rows);
    this.#rows = wider.#rows;
  }

  /** Version of the holdings that the totals are of; NaN before there are any. */
  version(index: number): number {
    return this.#rows[ROW * index + VERSION]!;
  }

  /** Sets the version of the holdings. */
  setVersion(index: number, version: number): void {
    this.#rows[ROW * index + VERSION] = version;
  }

  /** Sets totals; says whether that changed them, or that they do not fit. */
  set(index: number, value: number, cost: number, cash: number, state: number): SetResult {
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(cost) || !Number.isSafeInteger(cash))
      return 'too-large';
    const rows = this.#rows;
    const at = ROW * index;
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

  /** Sets the value alone; `too-large` also where the rest of the totals is. */
  setValue(index: number, value: number, isKnown: boolean): SetResult {
    const rows = this.#rows;
    const at = ROW * index;
    const state = rows[at + STATE]!;
    if (!Number.isSafeInteger(value) || (state & BEYOND) !== 0) return 'too-large';
    const fresh = isKnown ? state & ~VALUE_UNKNOWN : state | VALUE_UNKNOWN;
    if (rows[at + VALUE] === value && state === fresh) return 'same';
    rows[at + VALUE] = value;
    rows[at + STATE] = fresh;
    return 'changed';
  }

  /** Sets totals that do not fit. */
  setBeyond(index: number, totals: PortfolioTotals): void {
    this.#beyond.set(index, totals);
    this.#rows[ROW * index + VALUE] = NaN;
    this.#rows[ROW * index + STATE] = BEYOND;
  }

  /** Copies row `from` of `other` to row `to` of this. */
  copy(to: number, other: TotalsColumns, from: number): void {
    const target = this.#rows;
    const source = other.#rows;
    const at = ROW * to;
    const start = ROW * from;
    for (let field = 0; field < ROW; field++) target[at + field] = source[start + field]!;
    if ((source[start + STATE]! & BEYOND) !== 0) this.#beyond.set(to, other.#beyond.get(from)!);
  }

  /** Whether row `index` is known to equal row `from` of `other`. */
  isSame(index: number, other: TotalsColumns, from: number): boolean {
    const at = ROW * index;
    const start = ROW * from;
    for (let field = VALUE; field <= STATE; field++) {
      if (this.#rows[at + field] !== other.#rows[start + field]) return false;
    }
    return true;
  }

  /** The totals of a row. */
  totals(index: number, currency: string, accountKind: AccountKind): PortfolioTotals {
    const state = this.#rows[ROW * index + STATE]!;
    if ((state & BEYOND) !== 0) return this.#beyond.get(index)!;
    const { scale } = currencyOf(currency);
    const pricedMarketValue = Decimal.ofUnits(this.#rows[ROW * index + VALUE]!, scale);
    const marketValue = (state & VALUE_UNKNOWN) === 0 ? pricedMarketValue : null;
    const costBasis =
      (state & COST_UNKNOWN) === 0 ? Decimal.ofUnits(this.#rows[ROW * index + COST]!, scale) : null;
    const cash =
      (state & CASH_UNKNOWN) === 0 ? Decimal.ofUnits(this.#rows[ROW * index + CASH]!, scale) : null;
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
    if ((this.#rows[ROW * index + STATE]! & BEYOND) !== 0) {
      const { pricedMarketValue, cash } = this.#beyond.get(index)!;
      return pricedMarketValue.toNumber() + (cash?.toNumber() ?? 0);
    }
    return (
      (this.#rows[ROW * index + VALUE]! + this.#rows[ROW * index + CASH]!) / 10 ** currencyOf(currency).scale
    );
  }

  /** Whether the same figures of row `index` and of that row of `other` are known. */
  isKnownAlike(index: number, other: TotalsColumns): boolean {
    const at = ROW * index + STATE;
    return this.#rows[at] === other.#rows[at] && this.isComplete(index) === other.isComplete(index);
  }

  /** Whether every price and rate was known. */
  isComplete(index: number): boolean {
    const state = this.#rows[ROW * index + STATE]!;
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
