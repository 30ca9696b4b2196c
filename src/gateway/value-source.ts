import type { ValuationRecord } from '../core/portfolio/portfolio-repository.js';
import type { PortfolioValuation } from '../core/portfolio/figures/portfolio-valuation.js';

/**
 * Port: current values of portfolios. `MarkToMarket`, `MarkToMarketEngine` and `PositionBook` implement it. `repositoryValues()` reads
 * from a store, for a gateway that runs in another process than the engine.
 *
 * If the source returns a value at once (no promise), the gateway calls it for every change, so that all figures are from the same
 * moment. If it returns promises, the gateway calls it for first values, after a gap, and for rows; totals then come from the bus.
 *
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository } from 'tickmark';
 * import type { ValueSource } from 'tickmark/gateway';
 *
 * const repository = new InMemoryPortfolioRepository();
 * const values: ValueSource = {
 *   value: async (portfolioId) => (await repository.loadValuations([portfolioId]))[0] ?? null,
 * };
 * console.log(await values.value('desk')); // null
 * ```
 */
export interface ValueSource {
  /** The newest value of a portfolio, with or without rows; `null` if there is no such portfolio. */
  value(
    portfolioId: string,
  ): PortfolioValuation | ValuationRecord | null | Promise<PortfolioValuation | ValuationRecord | null>;
}
