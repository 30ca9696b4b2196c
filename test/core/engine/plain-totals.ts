import type { ValuedRow } from '../../../src/core/book/valued-rows.js';
import { Decimal } from '../../../src/core/money/decimal.js';
import {
  STREAMED_FIGURES,
  type PortfolioTotals,
} from '../../../src/core/portfolio/figures/portfolio-totals.js';
import type { PortfolioValuation } from '../../../src/core/portfolio/figures/portfolio-valuation.js';

/** Totals with every figure 0, complete, and what is given. */
export function plainTotals(given: Partial<PortfolioTotals> = {}, scale = 2): PortfolioTotals {
  const zero = Decimal.ofUnits(0, scale);
  const zeros = Object.fromEntries(STREAMED_FIGURES.map((name) => [name, zero])) as Record<
    (typeof STREAMED_FIGURES)[number],
    Decimal
  >;
  const percent = Decimal.ofUnits(0, 4);
  return {
    ...zeros,
    unrealizedPnlPct: percent,
    dayPnlPct: percent,
    leverage: given.equity ? percent : null,
    priced: { marketValue: given.marketValue ?? zero },
    complete: true,
    ...given,
  };
}

/** The totals of a valuation. */
export function totalsOfValuation(value: PortfolioValuation): PortfolioTotals {
  const figures = Object.fromEntries(STREAMED_FIGURES.map((name) => [name, value[name]]));
  return {
    ...(figures as Pick<PortfolioTotals, (typeof STREAMED_FIGURES)[number]>),
    priced: { marketValue: value.priced.marketValue },
    complete: value.complete,
  };
}

/** A row of a batch. */
export function valuedRow(id: string, totals: PortfolioTotals, currency = 'USD', version = 1): ValuedRow {
  return { portfolio: { id, version, currency }, totals: () => totals };
}
