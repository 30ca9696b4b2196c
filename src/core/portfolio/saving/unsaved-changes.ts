import type { LedgerEntry } from '../ledger/ledger-entry.js';
import type { Portfolio } from '../portfolio.js';
import { Position } from '../position.js';

/** A position with its place in the order of positions, from 1. Places of positions that were closed stay free. */
export interface PlacedPosition {
  readonly place: number;
  readonly position: Position;
}

/** What a store has to write. */
export interface UnsavedChanges {
  /** Whether it is not known what is stored: all that is, is to be replaced. */
  readonly isWhole: boolean;
  /** Entries that are not stored. */
  readonly entries: readonly LedgerEntry[];
  /** Number of the first of them: all entries are numbered from 0, in the order in which they were stored. */
  readonly firstOrdinal: number;
  /** Open positions that are not stored as they are. */
  readonly positions: readonly PlacedPosition[];
  /** Symbols of positions that are stored and no longer open; empty where all is replaced. */
  readonly closed: readonly string[];
}

/**
 * What of a portfolio is not stored.
 * @throws TickmarkError `LEDGER_NOT_LOADED` where that is all entries, and some are not in memory.
 */
export function unsavedChanges(portfolio: Portfolio): UnsavedChanges {
  const { stored } = portfolio;
  if (!stored) portfolio.wholeLedger('A save that is not of the stored version');
  const { ledger, account } = portfolio.applied;
  const before = stored?.applied.account.holdings;
  const positions: PlacedPosition[] = [];
  const closed: string[] = [];
  let place = 0;
  for (const [symbol, holding] of account.holdings) {
    place++;
    // A holding is copied before it is changed.
    const known = before?.get(symbol);
    if (holding === known) continue;
    if (holding.lots.length > 0) positions.push({ place, position: new Position(holding) });
    else if (known && known.lots.length > 0) closed.push(symbol);
  }
  // After a cancellation a symbol may never have been held.
  if (before)
    for (const [symbol, { lots }] of before)
      if (lots.length > 0 && !account.holdings.has(symbol)) closed.push(symbol);
  return {
    isWhole: stored === null,
    entries: stored ? ledger.since(stored.applied.ledger) : ledger.toArray(),
    firstOrdinal: stored?.applied.ledger.length ?? 0,
    positions,
    closed,
  };
}
