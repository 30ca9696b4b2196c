import type { LedgerEntryInput } from '../../core/portfolio/ledger/ledger-entry.js';
import type { PortfolioSnapshot } from '../../core/portfolio/portfolio-input.js';
import type { HoldingsChanges } from '../../core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../core/portfolio/portfolio.js';
import { originalName, storedName } from '../../core/portfolio/stored-name.js';
import type { SqliteQueries } from '../sqlite-queries.js';
import type { TableNames } from '../table-names.js';
import type { StoredNumber } from './stored-values.js';

interface PortfolioRow {
  readonly id: string;
  readonly version: StoredNumber;
  readonly currency: string;
  readonly terms: string;
}

const CURSOR = /^([0-9a-f]{16})-(\d{1,15})$/;

/** Loads holdings. */
export class PortfolioStatements {
  readonly #load: string;
  readonly #page: string;
  readonly #entries: string;
  readonly #holders: string;
  readonly #state: string;
  readonly #changed: string;

  constructor(t: TableNames) {
    const select = `SELECT id, version, currency, terms FROM ${t.portfolios} WHERE deleted = 0`;
    this.#load = `${select} AND id = ?`;
    this.#page = `${select} AND id > ? ORDER BY id LIMIT ?`;
    // Replaying sorts them by time.
    this.#entries = `SELECT entry FROM ${t.entries} WHERE portfolio_id = ? ORDER BY ordinal`;
    this.#holders = `SELECT portfolio_id FROM ${t.positions} WHERE symbol = ?`;
    this.#state = `SELECT store, changes FROM ${t.state}`;
    this.#changed = `SELECT id, version, deleted FROM ${t.portfolios} WHERE changed > ?`;
  }

  /** The portfolio; `null` if it does not exist. */
  load(queries: SqliteQueries, id: string): Portfolio | null {
    const row = queries.one<PortfolioRow>(this.#load, storedName(id));
    return row ? this.#portfolioOf(queries, row) : null;
  }

  /** The next portfolios in the order of their stored ids, after that of the last one. */
  page(queries: SqliteQueries, after: Portfolio | null, size: number): Portfolio[] {
    const last = after === null ? '' : storedName(after.id);
    return queries.all<PortfolioRow>(this.#page, last, size).map((row) => this.#portfolioOf(queries, row));
  }

  /** Ids of the portfolios that hold the symbol. */
  holders(queries: SqliteQueries, symbol: string): string[] {
    return queries
      .all<{ portfolio_id: string }>(this.#holders, storedName(symbol))
      .map(({ portfolio_id: id }) => originalName(id));
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

  #portfolioOf(queries: SqliteQueries, row: PortfolioRow): Portfolio {
    const { costMethod, tags, instruments } = JSON.parse(row.terms) as Pick<
      PortfolioSnapshot,
      'costMethod' | 'tags' | 'instruments'
    >;
    const entries = queries.all<{ entry: string }>(this.#entries, row.id).map(({ entry }) => entry);
    const version = Number(row.version);
    const snapshot = {
      id: originalName(row.id),
      version,
      currency: originalName(row.currency),
      costMethod,
      tags,
      instruments,
      entries: JSON.parse(`[${entries.join(',')}]`) as LedgerEntryInput[],
    };
    return Portfolio.fromSnapshot(snapshot).asStored(version);
  }
}
