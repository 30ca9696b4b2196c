import type { PortfolioTotals } from '../totals-columns.js';
import type { ValuedPortfolio } from '../valued-rows.js';

// Portfolios in a page: a trade copies one page at most, and a snapshot one pointer for each page.
export const PAGE_BITS = 8;
const PAGE = 1 << PAGE_BITS;
/** Bits of a portfolio's number that are its place in a page. */
export const IN_PAGE = PAGE - 1;

/** A state that no totals have, so that the next ones that fit are seen to differ. */
const NO_STATE = 255;

/** What prices do not change, for the portfolios whose numbers begin with the same bits. */
export class CostCashPage {
  /** Snapshots taken before this page was made; a later one may hold it. */
  readonly madeAfter: number;
  readonly portfolios: Array<ValuedPortfolio | undefined>;
  readonly costs: Float64Array;
  readonly cash: Float64Array;
  readonly states: Uint8Array;
  /** Totals past 2^53 units. */
  readonly oversized: Map<number, PortfolioTotals>;

  constructor(madeAfter: number, from?: CostCashPage) {
    this.madeAfter = madeAfter;
    this.portfolios = from ? from.portfolios.slice() : new Array<undefined>(PAGE).fill(undefined);
    this.costs = from ? from.costs.slice() : new Float64Array(PAGE);
    this.cash = from ? from.cash.slice() : new Float64Array(PAGE);
    this.states = from ? from.states.slice() : new Uint8Array(PAGE);
    this.oversized = new Map(from?.oversized);
  }
}

/**
 * What prices do not change, for all portfolios of a book, in pages that are copied on write after a snapshot. A tick changes none
 * of it, so that a snapshot of many portfolios costs only their values.
 */
export class CostCashPages {
  #pages: CostCashPage[] = [];
  #snapshots = 0;
  #isShared = false;

  /** Sets which portfolio has a number. */
  setPortfolio(number: number, portfolio: ValuedPortfolio | undefined): void {
    this.#writable(number).portfolios[number & IN_PAGE] = portfolio;
  }

  /** Sets the rest of a portfolio's totals: cost and cash in money units, and the state of all three figures. */
  setTotals(number: number, cost: number, cash: number, state: number): void {
    const known = this.#pages[number >> PAGE_BITS]!;
    const at = number & IN_PAGE;
    if (known.costs[at] === cost && known.cash[at] === cash && known.states[at] === state) return;
    const page = this.#writable(number);
    page.costs[at] = cost;
    page.cash[at] = cash;
    page.states[at] = state;
    page.oversized.delete(at);
  }

  /** Sets totals past 2^53 units; their value is NaN in a snapshot. */
  setOversized(number: number, totals: PortfolioTotals): void {
    const page = this.#writable(number);
    page.states[number & IN_PAGE] = NO_STATE;
    page.oversized.set(number & IN_PAGE, totals);
  }

  /** The pages as they are now; none of them changes any more. */
  snapshot(): readonly CostCashPage[] {
    this.#snapshots++;
    this.#isShared = true;
    return this.#pages;
  }

  #writable(number: number): CostCashPage {
    if (this.#isShared) this.#pages = this.#pages.slice();
    this.#isShared = false;
    const index = number >> PAGE_BITS;
    while (this.#pages.length <= index) this.#pages.push(new CostCashPage(this.#snapshots));
    const page = this.#pages[index]!;
    if (page.madeAfter === this.#snapshots) return page;
    return (this.#pages[index] = new CostCashPage(this.#snapshots, page));
  }
}
