import type { Portfolio } from '../../src/core/portfolio/portfolio.js';

/** The lots of a position as the worked examples show them. */
export function lotsOf(portfolio: Portfolio, symbol: string): unknown {
  return portfolio.position(symbol)!.lots.map(({ id, acquiredAt, quantity, cost, baseCost }) => ({
    id,
    acquiredAt: new Date(acquiredAt).toISOString().replace('.000Z', 'Z'),
    quantity: quantity.trimmed().toString(),
    costBasis: cost?.trimmed().toString() ?? null,
    baseCost: baseCost?.trimmed().toString() ?? null,
  }));
}
