import type { LedgerEntry } from '../../src/core/portfolio/ledger/ledger-entry.js';
import type { Portfolio } from '../../src/core/portfolio/portfolio.js';
import type { NewSnapshot } from '../../src/core/portfolio/saving/stored-state.js';
import { SnapshotRepository } from './snapshot-repository.js';

/** The first snapshot of a portfolio stays. */
class KeepsSnapshots extends SnapshotRepository {
  protected override snapshotOf(portfolio: Portfolio): NewSnapshot | null {
    const snapshot = super.snapshotOf(portfolio);
    return this.snapshots.has(portfolio.id) ? null : snapshot;
  }
}

/** Of an id that is stored already, what it changes in the holdings is stored, and not its entry. */
class TakesIdsTwice extends SnapshotRepository {
  protected override checkNew(): void {
    // Whatever it is.
  }
}

class LosesLaterEntries extends SnapshotRepository {
  protected override laterEntries(): readonly LedgerEntry[] {
    return [];
  }
}

class NeverLoadsTheWhole extends SnapshotRepository {
  protected override loaded(stored: Portfolio): Portfolio {
    return super.loaded(stored);
  }
}

class KeepsSnapshotsOfDeletedPortfolios extends SnapshotRepository {
  override async delete(id: string, version: number): Promise<void> {
    const snapshot = this.snapshots.get(id);
    await super.delete(id, version);
    if (snapshot) this.snapshots.set(id, snapshot);
  }

  protected override snapshotOf(portfolio: Portfolio): NewSnapshot | null {
    const snapshot = super.snapshotOf(portfolio);
    return snapshot?.text || portfolio.version > 0 ? snapshot : null;
  }
}

/** Each repository has one fault in its snapshots, and breaks the rule beside it. */
export const BROKEN_SNAPSHOTS: readonly [new () => SnapshotRepository, string][] = [
  [KeepsSnapshots, 'a late entry in a long ledger changes what is loaded'],
  [KeepsSnapshots, 'a long ledger that is replaced or deleted leaves nothing behind'],
  [TakesIdsTwice, 'an id that is in a long ledger applies once, also if it was not loaded'],
  [LosesLaterEntries, 'what is appended to a long ledger after it was loaded is stored with the rest'],
  [NeverLoadsTheWhole, 'a long ledger loads as its replay does'],
  [KeepsSnapshotsOfDeletedPortfolios, 'a long ledger that is replaced or deleted leaves nothing behind'],
];
