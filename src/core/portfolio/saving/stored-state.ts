import type { AppliedLedger } from '../ledger/applied-ledger.js';

/** What is known to be stored of a portfolio. */
export interface StoredState {
  readonly applied: AppliedLedger;
  /** Entries that the stored snapshot covers; 0 without one. */
  readonly snapshotEntries: number;
}

/** A snapshot to store: what all entries add up to. */
export interface NewSnapshot {
  /** `null`: the stored one is to be removed. */
  readonly text: string | null;
  /** Entries that it covers; 0 without one. */
  readonly entries: number;
  /** Time of the last of them, ms since 1970; -Infinity without one. */
  readonly lastAt: number;
}
