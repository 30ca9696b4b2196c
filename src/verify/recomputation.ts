import type { Clock } from '../core/clock.js';
import { PositionBook } from '../core/book/position-book.js';
import { KnownActions } from '../core/portfolio/corporate-actions/known-actions.js';
import type { PortfolioRepository, ValuationRecord } from '../core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../core/portfolio/portfolio.js';
import type { VerifyOptions } from './verify-options.js';

/** Computes valuations from holdings and prices, as the engines do. */
export class Recomputation {
  readonly #repository: PortfolioRepository;
  readonly #options: VerifyOptions;
  readonly #clock: Clock;

  constructor(repository: PortfolioRepository, options: VerifyOptions, clock: Clock) {
    this.#repository = repository;
    this.#options = options;
    this.#clock = clock;
  }

  /** The expected valuations by portfolio id: at the given prices, or at the prices that are stored now. */
  async value(portfolios: readonly Portfolio[]): Promise<Map<string, ValuationRecord>> {
    const { fx, fxMaxAgeMs, fxPolicy, policy, dayStart, prices } = this.#options;
    const book = new PositionBook({ fx, fxMaxAgeMs, fxPolicy, policy, dayStart, clock: this.#clock });
    book.restorePrices(prices ?? (await this.#repository.loadPrices()));
    const actions = new KnownActions({ repository: this.#repository, onError: () => undefined });
    await actions.refresh();
    book.takeActions(actions.all);
    for (const portfolio of await actions.complete(portfolios)) book.setPortfolio(portfolio);
    book.computeTotals();
    return new Map(portfolios.map(({ id }) => [id, book.record(book.numberOf(id)!)!]));
  }
}
