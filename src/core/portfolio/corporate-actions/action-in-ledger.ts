import { Portfolio } from '../portfolio.js';
import type { CorporateAction } from './corporate-action.js';

/**
 * Enters a corporate action into the ledger of a portfolio that held the instrument at its ex-time.
 * @returns The same portfolio where the action is in the ledger already, or where nothing was held then.
 * @throws TickmarkError as `Portfolio.apply`.
 */
export function withAction(portfolio: Portfolio, action: CorporateAction): Portfolio {
  return heldAt(portfolio, action.symbol, action.at) || portfolio.hasEntry(action.id)
    ? portfolio.apply(action)
    : portfolio;
}

// What was entered at the ex-time itself comes before the action.
function heldAt(portfolio: Portfolio, symbol: string, at: number): boolean {
  if (portfolio.lastEntryAt <= at) return portfolio.position(symbol) !== undefined;
  const { id, currency, costMethod, catalog } = portfolio;
  const before = portfolio.effectiveEntries.filter((entry) => entry.at <= at);
  const terms = { id, currency, costMethod, instruments: catalog };
  return Portfolio.replay(terms, before).position(symbol) !== undefined;
}
