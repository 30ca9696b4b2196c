import type { LedgerEntryInput } from '../../core/portfolio/ledger/ledger-entry.js';
import type { PortfolioSnapshot } from '../../core/portfolio/portfolio-input.js';
import type { HoldingsChanges } from '../../core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../core/portfolio/portfolio.js';
import { restoredPortfolio } from '../../core/portfolio/saving/restored-portfolio.js';
import { originalName, storedName } from '../../core/portfolio/stored-name.js';
import type { SqliteQueries } from '../sqlite-queries.js';
import type { TableNames } from '../table-names.js';
import type { StoredNumber } from './stored-values.js';

interface PortfolioRow {
  readonly id: string;
  readonly version: StoredNumber;
  readonly currency: string;
  readonly terms: string;
  /** Entries that the snapshot covers. */
  readonly covered: StoredNumber | null;
  readonly snapshot: string | null;
}

const CURSOR = /^([0-9a-f]{16})-(\d{1,15})$/;

/** Loads holdings. */
export class PortfolioStatements {
  readonly #load: string;
  readonly #page: string;
  readonly #entries: string;
  readonly #holders: string;
  readonly #holdersSince: string;
  readonly #state: string;
  readonly #changed: string;

  constructor(t: TableNames) {
    const select = `
SELECT p.id, p.version, p.currency, p.terms, s.entries AS covered, s.snapshot
FROM ${t.portfolios} p LEFT JOIN ${t.snapshots} s ON s.portfolio_id = p.id WHERE p.deleted = 0`;
    this.#load = `${select} AND p.id = ?`;
    this.#page = `${select} AND p.id > ? ORDER BY p.id LIMIT ?`;
    // Replaying sorts them by time.
    this.#entries = `SELECT entry FROM ${t.entries} WHERE portfolio_id = ? AND ordinal >= ? ORDER BY ordinal`;
    this.#holders = `SELECT portfolio_id FROM ${t.positions} WHERE symbol = ?`;
    this.#holdersSince = `${this.#holders}
UNION SELECT portfolio_id FROM ${t.entries} WHERE at >= ? AND instr(entry, ?) > 0`;
    this.#state = `SELECT store, changes FROM ${t.state}`;
    this.#changed = `SELECT id, version, deleted FROM ${t.portfolios} WHERE changed > ?`;
  }

  /** The portfolio; `null` if it does not exist. @param isWhole Whether with all its entries. */
  load(queries: SqliteQueries, id: string, isWhole = false): Portfolio | null {
    const row = queries.one<PortfolioRow>(this.#load, storedName(id));
    return row ? this.#portfolioOf(queries, row, isWhole) : null;
  }

  /** The next portfolios in the order of their stored ids, after that of the last one. */
  page(queries: SqliteQueries, after: Portfolio | null, size: number): Portfolio[] {
    const last = after === null ? '' : storedName(after.id);
    return queries
      .all<PortfolioRow>(this.#page, last, size)
      .map((row) => this.#portfolioOf(queries, row, false));
  }

  /** Ids of the portfolios that hold the symbol, and with `since` of those with an entry from then on that names it. */
  holders(queries: SqliteQueries, symbol: string, since?: number): string[] {
    const name = storedName(symbol);
    const rows =
      since === undefined
        ? queries.all<{ portfolio_id: string }>(this.#holders, name)
        : queries.all<{ portfolio_id: string }>(this.#holdersSince, name, since, JSON.stringify(symbol));
    return rows.map(({ portfolio_id: id }) => originalName(id));
  }

  /** Portfolios changed since the cursor: a transaction that changes holdings takes the next number, and there is one at a time. */
  changes(queries: SqliteQueries, since: string | null): HoldingsChanges {
    const { store, changes } = queries.one<{ store: string; changes: StoredNumber }>(this.#state)!;
    const cursor = `${store}-${changes}`;
    if (since === null) return { cursor, portfolios: [], isReset: false };
    const [, sinceStore, number] = CURSOR.exec(since) ?? [];
    // A number that was not given out yet is from before the file was replaced by an older one.
    if (sinceStore !== store || Number(number) > Number(changes))
      return { cursor, portfolios: [], isReset: true };
    const rows = queries.all<{ id: string; version: StoredNumber; deleted: StoredNumber }>(
      this.#changed,
      Number(number),
    );
    const portfolios = rows.map(
      ({ id, version, deleted }) =>
        [originalName(id), Number(deleted) === 1 ? null : Number(version)] as const,
    );
    return { cursor, portfolios, isReset: false };
  }

  #portfolioOf(queries: SqliteQueries, row: PortfolioRow, isWhole: boolean): Portfolio {
    const { snapshot } = row;
    const stored = storedTerms(row);
    const covered = Number(row.covered ?? 0);
    const entriesFrom = (ordinal: number): LedgerEntryInput[] => {
      const rows = queries.all<{ entry: string }>(this.#entries, row.id, ordinal);
      return JSON.parse(`[${rows.map(({ entry }) => entry).join(',')}]`) as LedgerEntryInput[];
    };
    const restored =
      snapshot !== null && !isWhole
        ? restoredPortfolio(
            { ...stored, entries: entriesFrom(covered) },
            { text: snapshot, entries: covered },
          )
        : null;
    return (
      restored ??
      Portfolio.fromSnapshot({ ...stored, entries: entriesFrom(0) }).asStored(stored.version, covered)
    );
  }
}

function storedTerms({ id, version, currency, terms }: PortfolioRow): Omit<PortfolioSnapshot, 'entries'> {
  const { costMethod, tags, instruments } = JSON.parse(terms) as Pick<
    PortfolioSnapshot,
    'costMethod' | 'tags' | 'instruments'
  >;
  return {
    id: originalName(id),
    version: Number(version),
    currency: originalName(currency),
    costMethod,
    tags,
    instruments,
  };
}
