import { computed, type Ref } from 'vue';
import type { ClientSnapshot, PortfolioValue, PortfolioView, PositionsView } from 'tickmark/client';
import { usePortfolio, usePositions } from 'tickmark/vue';
import { usePaced } from './pace';

/** Totals of a portfolio: those of its rows, so that no two places show two moments of it; without rows its own. */
export function totalsIn(all: ClientSnapshot, id: string): PortfolioValue | null {
  return all.positions.get(id)?.totals ?? all.portfolios.get(id)?.value ?? null;
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
    const totals = positions.value.totals ?? portfolio.value.value;
    return {
      positions: positions.value,
      portfolio: portfolio.value,
      totals,
      reason: totals ? null : portfolio.value.reason,
    };
  });
}
