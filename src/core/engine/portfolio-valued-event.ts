import type { DomainEvent, EventType } from '../messaging/event-bus.js';
import type { PortfolioValuation } from '../portfolio/figures/portfolio-valuation.js';
import type { PortfolioTotals } from '../portfolio/figures/portfolio-totals.js';
import { ListedRows, type ValuedPortfolio, type ValuedRows } from '../book/valued-rows.js';
import { keepRaw } from '../keep-raw.js';

/** Type of {@link PortfolioValuedBatch}: subscribe to it for values. */
export const PORTFOLIOS_VALUED: EventType<PortfolioValuedBatch> = 'tickmark.portfolios.valued';

/** A portfolio has a new value. A bus carries these events as a {@link PortfolioValuedBatch}. */
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
  /** All figures at the same prices, with the positions; only with `detail: 'positions'`. */
  readonly valuation?: PortfolioValuation;
}

/**
 * New values of portfolios, all computed from the same prices: one message, in columns. Iterating creates an event for each.
 *
 * @example
 * ```ts
 * import { InMemoryEventBus, PORTFOLIOS_VALUED } from 'tickmark';
 *
 * new InMemoryEventBus().subscribe(PORTFOLIOS_VALUED, (batch) => {
 *   for (const { portfolioId, marketValue } of batch) console.log(portfolioId, marketValue?.toString());
 * });
 * ```
 */
export class PortfolioValuedBatch implements DomainEvent, Iterable<PortfolioValuedEvent> {
  static {
    keepRaw(this);
  }

  readonly type = PORTFOLIOS_VALUED;
  readonly id: string;
  /** When they were valued, ms since 1970. */
  readonly occurredAt: number;
  /** The values in columns: portfolios and their totals by row. */
  readonly rows: ValuedRows;
  /** The valuations by row; only with `detail: 'positions'`. */
  readonly valuations: readonly PortfolioValuation[] | undefined;
  #indexes: ReadonlyMap<string, number> | undefined;

  constructor(id: string, occurredAt: number, rows: ValuedRows, valuations?: readonly PortfolioValuation[]) {
    this.id = id;
    this.occurredAt = occurredAt;
    this.rows = rows;
    this.valuations = valuations;
  }

  /** Number of portfolios. */
  get length(): number {
    return this.rows.length;
  }

  /** The portfolios of the rows; each call creates the list. */
  get portfolios(): readonly ValuedPortfolio[] {
    return Array.from({ length: this.length }, (_, row) => this.rows.portfolio(row));
  }

  /** The value of a row, as an event. */
  at(index: number): PortfolioValuedEvent {
    const { id: portfolioId, version, currency } = this.rows.portfolio(index);
    const valuation = this.valuations?.[index];
    return {
      type: 'tickmark.portfolio.valued',
      id: `${this.id}:${index}`,
      occurredAt: this.occurredAt,
      portfolioId,
      version,
      currency,
      ...this.rows.totals(index),
      ...(valuation && { valuation }),
    };
  }

  /** The value of a portfolio, as an event; `undefined` if it is not in the batch. Creates no amounts of other portfolios. */
  find(portfolioId: string): PortfolioValuedEvent | undefined {
    this.#indexes ??= new Map(this.portfolios.map(({ id }, index) => [id, index]));
    const index = this.#indexes.get(portfolioId);
    return index === undefined ? undefined : this.at(index);
  }

  *[Symbol.iterator](): IterableIterator<PortfolioValuedEvent> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  /** Merges a later batch into this one: each portfolio has its newest value. */
  conflate(later: PortfolioValuedBatch): PortfolioValuedBatch {
    const replacing = later.portfolios;
    const replaced = new Set(replacing.map(({ id }) => id));
    const known = this.portfolios;
    const kept = known.flatMap(({ id }, index) => (replaced.has(id) ? [] : [index]));
    const rows = new ListedRows([
      ...kept.map((index) => this.rows.row(index)),
      ...replacing.map((_, index) => later.rows.row(index)),
    ]);
    const valuations = this.valuations &&
      later.valuations && [...kept.map((index) => this.valuations![index]!), ...later.valuations];
    return new PortfolioValuedBatch(later.id, later.occurredAt, rows, valuations);
  }

  /** The events as plain data. */
  toJSON(): PortfolioValuedEvent[] {
    return [...this];
  }
}
