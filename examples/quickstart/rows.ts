import type { Decimal, PortfolioValuation } from 'tickmark';

/** A portfolio as displayed. */
export interface Row {
  readonly id: string;
  readonly currency: string;
  /** Of all positions, or of the known part if something is unknown. */
  readonly marketValue: Decimal;
  readonly unrealizedPnl: Decimal;
  /** `null` while a part is unknown. */
  readonly percent: Decimal | null;
  /** Share of cost that has a price, 0 to 1; `null` while a rate is missing. */
  readonly pricedShare: Decimal | null;
  /** Time since the oldest of its prices arrived, in ms; `null` without any price. */
  readonly ageMs: number | null;
  /** What is unknown, in words; empty if nothing is. */
  readonly partial: string;
}

/** The value of a portfolio as displayed. */
export function rowOf(valuation: PortfolioValuation): Row {
  const { currency, priced, unrealizedPnlPct, pricedShare, unpriced, unconverted } = valuation;
  const ages = valuation.positions.flatMap(({ price }) => (price ? [price.ageMs] : []));
  const missing = [
    ...(unpriced.length > 0 ? [`no price of ${some(unpriced)}`] : []),
    ...(unconverted.length > 0 ? [`no rate from ${some(unconverted)} to ${currency}`] : []),
  ];
  return {
    id: valuation.portfolioId,
    currency,
    marketValue: priced.marketValue,
    unrealizedPnl: priced.unrealizedPnl,
    percent: unrealizedPnlPct,
    pricedShare,
    ageMs: ages.length > 0 ? Math.max(...ages) : null,
    partial: missing.join(', '),
  };
}

function some(names: readonly string[]): string {
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
