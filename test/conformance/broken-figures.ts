import { Decimal } from '../../src/core/money/decimal.js';
import type { ValuationOutcome, ValuationRecord } from '../../src/core/portfolio/portfolio-repository.js';
import type { StreamedFigure } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';

/** A repository that changes valuations before it saves them. */
function changing(
  change: (offered: ValuationRecord, stored: ValuationRecord | undefined) => ValuationRecord,
) {
  return class extends InMemoryPortfolioRepository {
    override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
      const outcomes: ValuationOutcome[] = [];
      for (const each of valuations) {
        const [stored] = await this.loadValuations([each.portfolioId]);
        outcomes.push(...(await super.saveValuations([change(each, stored)])));
      }
      return outcomes;
    }
  };
}

/** A repository that forgets one figure. */
export const dropping = (figure: StreamedFigure) => changing((each) => ({ ...each, [figure]: null }));

/** A repository that takes an unknown figure for 0. */
export const zeroing = (figure: StreamedFigure) =>
  changing((each) => ({ ...each, [figure]: each[figure] ?? Decimal.ZERO }));

/** A repository that does not notice a change of one figure. */
export const notComparing = (figure: StreamedFigure) =>
  changing((each, stored) => ({ ...each, [figure]: (stored ?? each)[figure] }));
