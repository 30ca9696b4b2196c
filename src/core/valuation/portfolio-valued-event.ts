import type { DomainEvent, EventType } from '../messaging/event-bus.js';
import type { AccountKind } from '../portfolio/portfolio-input.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import { TotalsColumns, type PortfolioTotals } from './totals-columns.js';

/** Type of {@link PortfolioValuedBatch}: what to subscribe to for values. */
export const PORTFOLIOS_VALUED: EventType<PortfolioValuedBatch> = 'tickmark.portfolios.valued';

/** A portfolio has a new value. Buses carry these in a {@link PortfolioValuedBatch}. */
export interface PortfolioValuedEvent extends PortfolioTotals {
  readonly type: 'tickmark.portfolio.valued';
  readonly id: string;
  /** When it was valued, ms since 1970. */
  readonly occurredAt: number;
  readonly portfolioId: string;
  /** Version of the holdings that were valued. */
  readonly version: number;
  /** Currency of all amounts. */
  readonly currency: string;
  /** Rows and all metrics, of the same prices; with `detail: 'positions'` only. */
  readonly valuation?: PortfolioValuation;
}

/** Of whom a row of a {@link PortfolioValuedBatch} is. */
export interface ValuedPortfolio {
  readonly id: string;
  readonly version: number;
  readonly currency: string;
  readonly accountKind: AccountKind;
}

/** New values of portfolios, all of the same prices: one message, in columns. Iterating makes an event each. */
export class PortfolioValuedBatch implements DomainEvent, Iterable<PortfolioValuedEvent> {
  readonly type = PORTFOLIOS_VALUED;
  readonly id: string;
  /** When they were valued, ms since 1970. */
  readonly occurredAt: number;
  readonly portfolios: readonly ValuedPortfolio[];
  /** Totals of `portfolios[i]` stand at index `i`. */
  readonly totals: TotalsColumns;
  readonly valuations: readonly PortfolioValuation[] | undefined;

  constructor(
    id: string,
    occurredAt: number,
    portfolios: readonly ValuedPortfolio[],
    totals: TotalsColumns,
    valuations?: readonly PortfolioValuation[],
  ) {
    this.id = id;
    this.occurredAt = occurredAt;
    this.portfolios = portfolios;
    this.totals = totals;
    this.valuations = valuations;
  }

  /** Number of portfolios. */
  get length(): number {
    return this.portfolios.length;
  }

  /** The value of a row, as an event. */
  at(index: number): PortfolioValuedEvent {
    const { id: portfolioId, version, currency, accountKind } = this.portfolios[index]!;
    const valuation = this.valuations?.[index];
    return {
      type: 'tickmark.portfolio.valued',
      id: `${this.id}:${index}`,
      occurredAt: this.occurredAt,
      portfolioId,
      version,
      currency,
      ...this.totals.totals(index, currency, accountKind),
      ...(valuation && { valuation }),
    };
  }

  *[Symbol.iterator](): IterableIterator<PortfolioValuedEvent> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  /** Both batches as one: the newest value of each portfolio. */
  conflate(later: PortfolioValuedBatch): PortfolioValuedBatch {
    const replaced = new Set(later.portfolios.map(({ id }) => id));
    const kept = this.portfolios.flatMap(({ id }, index) => (replaced.has(id) ? [] : [index]));
    const totals = new TotalsColumns(kept.length + later.length);
    kept.forEach((from, to) => totals.copy(to, this.totals, from));
    for (let from = 0; from < later.length; from++) totals.copy(kept.length + from, later.totals, from);
    const portfolios = [...kept.map((index) => this.portfolios[index]!), ...later.portfolios];
    const valuations = this.valuations &&
      later.valuations && [...kept.map((index) => this.valuations![index]!), ...later.valuations];
    return new PortfolioValuedBatch(later.id, later.occurredAt, portfolios, totals, valuations);
  }

  /** The events as plain data. */
  toJSON(): PortfolioValuedEvent[] {
    return [...this];
  }
}
