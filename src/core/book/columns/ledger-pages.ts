import type { PortfolioTotals } from '../../portfolio/figures/portfolio-totals.js';
import type { PortfolioEntry } from '../portfolio-table.js';
import type { LedgerFigures } from '../valuation/ledger-figures.js';

// Portfolios in a page: a trade copies one page at most, and a snapshot one pointer for each page.
const PAGE_BITS = 8;
const PAGE = 1 << PAGE_BITS;

/** State of a portfolio that has a holding without a price. */
export const UNPRICED = 1;
/** State of a portfolio whose totals were computed row by row, and are kept whole. */
export const BY_ROW = 2;

/** What the totals of a plain portfolio rest on: positions at their cost and cash, all in its own currency. */
export interface PlainFigures {
  /** Sum of the costs, and of their sizes, in units of `costScale`; safe integers. */
  readonly cost: number;
  readonly grossCost: number;
  readonly costScale: number;
  /** Value of all positions at the previous closes, in units of `valueScale`; NaN: unknown. */
  readonly dayBase: number;
  /** Digits after the point of the value. */
  readonly valueScale: number;
}

/** What prices do not change, for the portfolios whose numbers begin with the same bits. */
export class LedgerPage {
  /** Snapshots taken before this page was made; a later one may hold it. */
  readonly madeAfter: number;
  readonly portfolios: Array<PortfolioEntry | undefined>;
  readonly states: Uint8Array;
  /** How often what the totals rest on was set. */
  readonly revisions: Uint32Array;
  // Of plain portfolios; see `PlainFigures`.
  readonly costs: Float64Array;
  readonly grossCosts: Float64Array;
  readonly dayBases: Float64Array;
  readonly costScales: Uint8Array;
  readonly valueScales: Uint8Array;
  /** Of portfolios that are not plain; `null` while there is none. */
  figures: Array<LedgerFigures | undefined> | null;
  /** Totals of portfolios that are valued row by row; `null` while there is none. */
  byRow: Map<number, PortfolioTotals> | null;

  constructor(madeAfter: number, from?: LedgerPage) {
    this.madeAfter = madeAfter;
    this.portfolios = from ? from.portfolios.slice() : new Array<undefined>(PAGE).fill(undefined);
    this.states = from ? from.states.slice() : new Uint8Array(PAGE);
    this.revisions = from ? from.revisions.slice() : new Uint32Array(PAGE);
    this.costs = from ? from.costs.slice() : new Float64Array(PAGE);
    this.grossCosts = from ? from.grossCosts.slice() : new Float64Array(PAGE);
    this.dayBases = from ? from.dayBases.slice() : new Float64Array(PAGE);
    this.costScales = from ? from.costScales.slice() : new Uint8Array(PAGE);
    this.valueScales = from ? from.valueScales.slice() : new Uint8Array(PAGE);
    this.figures = from?.figures?.slice() ?? null;
    this.byRow = from?.byRow ? new Map(from.byRow) : null;
  }
}

/**
 * What prices do not change, for all portfolios of a book, in pages that are copied on write after a snapshot. Most ticks change none
 * of it, so that a snapshot of many portfolios costs only their values.
 */
export class LedgerPages {
  #pages: LedgerPage[] = [];
  #snapshots = 0;
  #isShared = false;

  /** Sets which portfolio has a number. */
  setPortfolio(number: number, portfolio: PortfolioEntry | undefined): void {
    const [page, at] = [this.#writable(number), indexOf(number)];
    page.portfolios[at] = portfolio;
    page.states[at] = 0;
    page.byRow?.delete(at);
    if (page.figures) page.figures[at] = undefined;
  }

  /** Sets what the totals of a plain portfolio rest on. */
  setPlain(number: number, { cost, grossCost, costScale, dayBase, valueScale }: PlainFigures): void {
    const [page, at] = [this.#writable(number), indexOf(number)];
    page.costs[at] = cost;
    page.grossCosts[at] = grossCost;
    page.costScales[at] = costScale;
    page.dayBases[at] = dayBase;
    page.valueScales[at] = valueScale;
    page.revisions[at]!++;
    if (page.figures) page.figures[at] = undefined;
  }

  /** Sets what the totals of a portfolio rest on that is not plain. */
  setFigures(number: number, figures: LedgerFigures): void {
    const [page, at] = [this.#writable(number), indexOf(number)];
    page.figures ??= new Array<undefined>(PAGE).fill(undefined);
    page.figures[at] = figures;
    page.revisions[at]!++;
  }

  /** Sets the totals of a portfolio that is valued row by row. */
  setByRow(number: number, totals: PortfolioTotals): void {
    this.setState(number, BY_ROW);
    const page = this.#writable(number);
    page.byRow ??= new Map();
    page.byRow.set(indexOf(number), totals);
  }

  /** Sets the state of a portfolio. @returns whether it was another one. */
  setState(number: number, state: number): boolean {
    const at = indexOf(number);
    if (this.pageOf(number).states[at] === state) return false;
    this.#writable(number).states[at] = state;
    return true;
  }

  /** Rises each time that what the totals of a portfolio rest on is set. */
  revisionOf(number: number): number {
    return this.pageOf(number).revisions[indexOf(number)]!;
  }

  /** The page of a portfolio that has been set. */
  pageOf(number: number): LedgerPage {
    return pageOf(this.#pages, number);
  }

  /** The pages as they are now; none of them changes any more. */
  snapshot(): readonly LedgerPage[] {
    this.#snapshots++;
    this.#isShared = true;
    return this.#pages;
  }

  #writable(number: number): LedgerPage {
    if (this.#isShared) this.#pages = this.#pages.slice();
    this.#isShared = false;
    const index = number >> PAGE_BITS;
    while (this.#pages.length <= index) this.#pages.push(new LedgerPage(this.#snapshots));
    const page = this.#pages[index]!;
    if (page.madeAfter === this.#snapshots) return page;
    return (this.#pages[index] = new LedgerPage(this.#snapshots, page));
  }
}

/** The page of a portfolio. */
export function pageOf(pages: readonly LedgerPage[], number: number): LedgerPage {
  return pages[number >> PAGE_BITS]!;
}

/** The place of a portfolio in its page. */
export function indexOf(number: number): number {
  return number & (PAGE - 1);
}
