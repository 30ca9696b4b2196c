import { computed, type Ref } from 'vue';
import type { PortfolioValue, PortfolioView, PositionsView } from 'tickmark/client';
import { usePortfolio, usePositions } from 'tickmark/vue';
import { usePaced } from './pace.js';

/** Totals of a portfolio: those of its rows, so that no two places show two moments of it; without rows its own. */
export function totalsOf(
  positions: Pick<PositionsView, 'totals'> | undefined,
  portfolio: Pick<PortfolioView, 'value'> | undefined,
): PortfolioValue | null {
  return positions?.totals ?? portfolio?.value ?? null;
}

/** What is shown of a portfolio, at the reader's pace. */
export interface ShownPortfolio {
  readonly positions: PositionsView;
  readonly portfolio: PortfolioView;
  /** Of the rows, or without rows of the portfolio itself; `null` while there are none. */
  readonly totals: PortfolioValue | null;
  /** Why there are no totals; `null` while they are on their way, and where there are some. */
  readonly reason: PortfolioView['reason'];
}

/** Totals and rows of a portfolio, at the reader's pace. */
export function useShownPortfolio(id: () => string): Readonly<Ref<ShownPortfolio>> {
  const positions = usePaced(usePositions(id), (all) => all.positions.get(id()));
  const portfolio = usePaced(usePortfolio(id), (all) => all.portfolios.get(id()));
  return computed(() => {
    const totals = totalsOf(positions.value, portfolio.value);
    return {
      positions: positions.value,
      portfolio: portfolio.value,
      totals,
      reason: totals ? null : portfolio.value.reason,
    };
  });
}
