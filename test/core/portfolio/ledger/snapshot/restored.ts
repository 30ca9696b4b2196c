import { snapshotToSave } from '../../../../../src/core/portfolio/saving/snapshot-to-save.js';
import { restoredPortfolio } from '../../../../../src/core/portfolio/saving/restored-portfolio.js';
import { expect } from 'vitest';
import type { LedgerEntryInput } from '../../../../../src/core/portfolio/ledger/ledger-entry.js';
import type { PortfolioSnapshot, PortfolioTerms } from '../../../../../src/core/portfolio/portfolio-input.js';
import { Portfolio } from '../../../../../src/core/portfolio/portfolio.js';

/**
 * A portfolio as a store loads it: from a snapshot of its first entries, and the entries after it.
 * @param start The portfolio of the first entries. Default: that of a replay.
 */
export function restoredAt(
  terms: PortfolioTerms,
  entries: readonly LedgerEntryInput[],
  cut: number,
  start = Portfolio.replay(terms, entries.slice(0, cut)),
): Portfolio {
  // Of what is not known to be stored, a snapshot is due.
  const text = snapshotToSave(start.withVersion(start.version + 1), 0)!.text!;
  // Another catalog, as after a restart.
  const again = JSON.parse(JSON.stringify({ ...terms, entries: entries.slice(cut) })) as PortfolioSnapshot;
  const restored = restoredPortfolio({ ...again, version: 1 }, { text, entries: cut });
  expect(restored).not.toBeNull();
  return restored!;
}
