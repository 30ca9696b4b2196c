import { readEntry } from '../../core/portfolio/ledger/entry-reader.js';
import type { LedgerEntry, LedgerEntryInput } from '../../core/portfolio/ledger/ledger-entry.js';
import type { TimeRange } from '../../core/portfolio/ledger/ledger-range.js';
import type { LedgerPage } from '../../core/portfolio/ledger/stored-ledger.js';
import { storedName } from '../../core/portfolio/stored-name.js';
import type { SqliteQueries } from '../sqlite-queries.js';
import type { TableNames } from '../table-names.js';
import type { StoredNumber } from './stored-values.js';

/** Reads the ledger of a portfolio page by page, each within a transaction. */
export class LedgerStatements {
  readonly #state: string;
  readonly #ordinal: string;
  readonly #page: string;

  constructor(t: TableNames) {
    this.#state = `SELECT deleted FROM ${t.portfolios} WHERE id = ?`;
    this.#ordinal = `SELECT ordinal FROM ${t.entries} WHERE portfolio_id = ? AND id = ? AND at = ?`;
    this.#page = `
SELECT entry FROM ${t.entries} WHERE portfolio_id = ? AND (at, ordinal) > (?, ?) AND at < ? ORDER BY at, ordinal LIMIT ?`;
  }

  /** The entries of a range after one of them, or the first ones. */
  page(
    queries: SqliteQueries,
    portfolioId: string,
    { from, to }: TimeRange,
    after: LedgerEntry | null,
    size: number,
  ): LedgerPage {
    const id = storedName(portfolioId);
    const state = queries.one<{ deleted: StoredNumber }>(this.#state, id);
    if (!state) return { state: 'unknown', isContinued: true, entries: [] };
    if (Number(state.deleted) === 1) return { state: 'deleted', isContinued: true, entries: [] };
    // It is looked up again: a save of a whole ledger gives new ones.
    const last =
      after && queries.one<{ ordinal: StoredNumber }>(this.#ordinal, id, storedName(after.id), after.at);
    if (last === undefined) return { state: 'stored', isContinued: false, entries: [] };
    const ordinal = last ? Number(last.ordinal) : -1;
    const rows = queries.all<{ entry: string }>(this.#page, id, after?.at ?? from, ordinal, to, size);
    const entries = JSON.parse(`[${rows.map(({ entry }) => entry).join(',')}]`) as LedgerEntryInput[];
    return { state: 'stored', isContinued: true, entries: entries.map(readEntry) };
  }
}
