import { IN_PAGE, PAGE_BITS, type CostCashPage, type CostCashPages } from './columns/cost-cash-pages.js';
import { totalsOf, type PortfolioTotals, type TotalsColumns } from './totals-columns.js';
import type { ValuedPortfolio, ValuedRows } from './valued-rows.js';

/** Totals of some portfolios of a book at one moment. */
export class BookSnapshot implements ValuedRows {
  readonly #numbers: Int32Array;
  readonly #values: Float64Array;
  readonly #pages: readonly CostCashPage[];

  /**
   * @param numbers Numbers of the portfolios.
   * @param values Known market values in money units by portfolio number, NaN where the totals are past 2^53.
   */
  constructor(numbers: Int32Array, values: Float64Array, pages: CostCashPages) {
    const { length } = numbers;
    // One buffer, since making buffers is most of what a small snapshot costs.
    const buffer = new ArrayBuffer(12 * length);
    this.#values = new Float64Array(buffer, 0, length);
    this.#numbers = new Int32Array(buffer, 8 * length, length);
    this.#numbers.set(numbers);
    for (let row = 0; row < length; row++) this.#values[row] = values[numbers[row]!]!;
    this.#pages = pages.snapshot();
  }

  get length(): number {
    return this.#numbers.length;
  }

  portfolio(row: number): ValuedPortfolio {
    const number = this.#numbers[row]!;
    return this.#pages[number >> PAGE_BITS]!.portfolios[number & IN_PAGE]!;
  }

  totals(row: number): PortfolioTotals {
    const number = this.#numbers[row]!;
    const { portfolios, costs, cash, states, oversized } = this.#pages[number >> PAGE_BITS]!;
    const at = number & IN_PAGE;
    const value = this.#values[row]!;
    if (Number.isNaN(value)) return oversized.get(at)!;
    return totalsOf(value, costs[at]!, cash[at]!, states[at]!, portfolios[at]!.currency);
  }

  copyTotals(row: number, target: TotalsColumns, to: number): void {
    const number = this.#numbers[row]!;
    const { costs, cash, states, oversized } = this.#pages[number >> PAGE_BITS]!;
    const at = number & IN_PAGE;
    const value = this.#values[row]!;
    if (Number.isNaN(value)) target.setOversized(to, oversized.get(at)!);
    else target.set(to, value, costs[at]!, cash[at]!, states[at]!);
  }
}
