import { unsavedChanges } from '../../src/core/portfolio/saving/unsaved-changes.js';
import { snapshotToSave } from '../../src/core/portfolio/saving/snapshot-to-save.js';
import { restoredPortfolio } from '../../src/core/portfolio/saving/restored-portfolio.js';
import type { LedgerEntry } from '../../src/core/portfolio/ledger/ledger-entry.js';
import type { LoadOptions } from '../../src/core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { saveOutcome, type SaveOutcome } from '../../src/core/portfolio/save-outcome.js';
import { storedEntry } from '../../src/core/portfolio/saving/stored-entry.js';
import type { NewSnapshot } from '../../src/core/portfolio/saving/stored-state.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';

/** Loads long ledgers from snapshots, as stores of SQL do, and keeps them in memory. */
export class SnapshotRepository extends InMemoryPortfolioRepository {
  protected readonly snapshots = new Map<string, NewSnapshot>();
  readonly #from: number;
  /** Loads of whole ledgers that were asked for. */
  wholeLoads = 0;

  /** @param from Entries of the shortest ledger with a snapshot. */
  constructor(from = 1_000) {
    super();
    this.#from = from;
  }

  override async load(id: string, options?: LoadOptions): Promise<Portfolio | null> {
    if (options?.ledger === 'whole') this.wholeLoads++;
    const stored = await super.load(id);
    return stored && this.loaded(stored, options);
  }

  override async loadMany(ids: readonly string[]): Promise<Portfolio[]> {
    return (await super.loadMany(ids)).map((stored) => this.loaded(stored));
  }

  override async *stream(): AsyncIterable<Portfolio> {
    for await (const stored of super.stream()) yield this.loaded(stored);
  }

  override async save(portfolio: Portfolio): Promise<Portfolio> {
    const { id, version } = portfolio;
    const stored = await super.load(id);
    const { isWhole, entries } = unsavedChanges(portfolio);
    let whole = portfolio;
    if (!isWhole && stored?.version === version) {
      for (const entry of entries) this.checkNew(stored, entry.id);
      whole = stored.apply(entries.filter((entry) => !stored.hasEntry(entry.id)));
    } else if (!isWhole) {
      // Refused for its version, whatever it has.
      whole = Portfolio.create({ id, currency: portfolio.currency }).withVersion(version);
    }
    const saved = await super.save(whole);
    const snapshot = this.snapshotOf(portfolio);
    if (snapshot?.text) this.snapshots.set(id, snapshot);
    else if (snapshot) this.snapshots.delete(id);
    return portfolio.asSaved(saved.version, snapshot);
  }

  override async saveMany(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]> {
    const outcomes: SaveOutcome[] = [];
    for (const portfolio of portfolios)
      try {
        outcomes.push({ outcome: 'saved', portfolio: await this.save(portfolio) });
      } catch (error) {
        outcomes.push(saveOutcome(error));
      }
    return outcomes;
  }

  override async delete(id: string, version: number): Promise<void> {
    await super.delete(id, version);
    this.snapshots.delete(id);
  }

  protected loaded(stored: Portfolio, options?: LoadOptions): Portfolio {
    const snapshot = this.snapshots.get(stored.id);
    if (!snapshot) return stored.asStored(stored.version);
    if (options?.ledger === 'whole') return stored.asStored(stored.version, snapshot.entries);
    const { terms, version } = stored;
    const entries = JSON.parse(JSON.stringify(this.laterEntries(stored, snapshot))) as [];
    const start = { text: snapshot.text!, entries: snapshot.entries };
    return restoredPortfolio({ ...terms, version, entries }, start) ?? stored.asStored(version);
  }

  protected laterEntries(stored: Portfolio, { entries }: NewSnapshot): readonly LedgerEntry[] {
    return stored.entries.slice(entries);
  }

  protected snapshotOf(portfolio: Portfolio): NewSnapshot | null {
    return snapshotToSave(portfolio, this.#from);
  }

  protected checkNew(stored: Portfolio, entryId: string): void {
    if (stored.hasEntry(entryId)) throw storedEntry(stored.id, entryId);
  }
}
