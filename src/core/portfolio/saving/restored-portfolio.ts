import { readSnapshot } from '../ledger/snapshot/ledger-snapshot.js';
import type { PortfolioSnapshot } from '../portfolio-input.js';
import { Portfolio } from '../portfolio.js';

/**
 * The portfolio of a stored snapshot of its ledger and the entries after it; `null` where the snapshot is of another form, or does not go with
 * the entries: then the whole ledger has to be replayed.
 */
export function restoredPortfolio(
  stored: PortfolioSnapshot,
  snapshot: { readonly text: string; readonly entries: number },
): Portfolio | null {
  const { text, entries } = snapshot;
  return Portfolio.restored(stored, entries, (currency, costMethod, find) =>
    readSnapshot(text, entries, currency, costMethod, find),
  );
}
