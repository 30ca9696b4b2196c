import { totalsOf, type PortfolioTotals, type TotalsColumns } from './totals-columns.js';
import type { ValuedPortfolio, ValuedRows } from './valued-rows.js';

// Portfolios in a page: a trade copies one page at most, and a snapshot a pointer for each.
const PAGE_BITS = 8;
const PAGE = 1 << PAGE_BITS;
const IN_PAGE = PAGE - 1;

/** What prices do not move, of the portfolios whose numbers begin with the same bits. */
class Page {
  /** Snapshots taken before this page was made; a later one may hold it. */
  readonly madeAfter: number;
  readonly portfolios: Array<ValuedPortfolio | undefined>;
  readonly costs: Float64Array;
  readonly cash: Float64Array;
  readonly states: Uint8Array;
  /** Totals past 2^53 units. */
  readonly beyond: Map<number, PortfolioTotals>;

  constructor(madeAfter: number, from?: Page) {
    this.madeAfter = madeAfter;
    this.portfolios = from ? from.portfolios.slice() : new Array<undefined>(PAGE).fill(undefined);
    this.costs = from ? from.costs.slice() : new Float64Array(PAGE);
    this.cash = from ? from.cash.slice() : new Float64Array(PAGE);
    this.states = from ? from.states.slice() : new Uint8Array(PAGE);
    this.beyond = new Map(from?.beyond);
  }
}

/**
 * What prices do not move, of all portfolios of a book, in pages that are copied when they change after a snapshot
 * (copy on write). A tick changes none of it, so that a snapshot of many portfolios costs their values and no more.
 */
export class CostCashPages {
  #pages: Page[] = [];
  #snapshots = 0;
  #isShared = false;

  /** Sets whose number it is. */
  setPortfolio(number: number, portfolio: ValuedPortfolio | undefined): void {
    this.#open(number).portfolios[number & IN_PAGE] = portfolio;
  }

  /** Sets the rest of a portfolio's totals: cost and cash in money units, and the state of all three figures. */
  setTotals(number: number, cost: number, cash: number, state: number): void {
    const known = this.#pages[number >> PAGE_BITS]!;
    const at = number & IN_PAGE;
    if (known.costs[at] === cost && known.cash[at] === cash && known.states[at] === state) return;
    const page = this.#open(number);
    page.costs[at] = cost;
    page.cash[at] = cash;
    page.states[at] = state;
    page.beyond.delete(at);
  }

  /** Sets totals past 2^53 units; the snapshot has NaN as their value. */
  setBeyond(number: number, totals: PortfolioTotals): void {
    const page = this.#open(number);
    // No state of totals that fit, so that the next ones are seen to be others.
    page.states[number & IN_PAGE] = 255;
    page.beyond.set(number & IN_PAGE, totals);
  }

  /** The pages as they are now; none of them changes any more. */
  snapshot(): readonly Page[] {
    this.#snapshots++;
    this.#isShared = true;
    return this.#pages;
  }

  #open(number: number): Page {
    if (this.#isShared) this.#pages = this.#pages.slice();
    this.#isShared = false;
    const index = number >> PAGE_BITS;
    while (this.#pages.length <= index) this.#pages.push(new Page(this.#snapshots));
    const page = this.#pages[index]!;
    if (page.madeAfter === this.#snapshots) return page;
    return (this.#pages[index] = new Page(this.#snapshots, page));
  }
}

/** Totals of some portfolios of a book at one moment. */
export class BookSnapshot implements ValuedRows {
  readonly #numbers: Int32Array;
  readonly #values: Float64Array;
  readonly #pages: readonly Page[];

  /**
   * @param numbers Numbers of the portfolios.
   * @param values Known market values in money units by portfolio number, NaN where the totals are past 2^53.
   */
  constructor(numbers: Int32Array, values: Float64Array, statics: CostCashPages) {
    const { length } = numbers;
    // One buffer, since making buffers is most of what a small snapshot costs.
    const buffer = new ArrayBuffer(12 * length);
    this.#values = new Float64Array(buffer, 0, length);
    this.#numbers = new Int32Array(buffer, 8 * length, length);
    this.#numbers.set(numbers);
    for (let row = 0; row < length; row++) this.#values[row] = values[numbers[row]!]!;
    this.#pages = statics.snapshot();
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
    const { portfolios, costs, cash, states, beyond } = this.#pages[number >> PAGE_BITS]!;
    const at = number & IN_PAGE;
    const value = this.#values[row]!;
    if (Number.isNaN(value)) return beyond.get(at)!;
    const { currency, accountKind } = portfolios[at]!;
    return totalsOf(value, costs[at]!, cash[at]!, states[at]!, currency, accountKind);
  }

  copyTotals(row: number, target: TotalsColumns, to: number): void {
    const number = this.#numbers[row]!;
    const { costs, cash, states, beyond } = this.#pages[number >> PAGE_BITS]!;
    const at = number & IN_PAGE;
    const value = this.#values[row]!;
    if (Number.isNaN(value)) target.setBeyond(to, beyond.get(at)!);
    else target.set(to, value, costs[at]!, cash[at]!, states[at]!);
  }
}
