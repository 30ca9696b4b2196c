import {
  calendarsToLoad,
  closeKey,
  closesByKey,
  portfoliosToLoad,
  rangeToLoad,
  resultsToStore,
} from '../../core/calendars/day-records.js';
import type { DayClose, DayRange, DayResult, DayStore } from '../../core/calendars/day-store.js';
import { keepRaw } from '../../core/keep-raw.js';
import { checkOptions } from '../../core/options.js';
import { storedName } from '../../core/portfolio/stored-name.js';
import type { SqliteDatabase } from '../sqlite-database.js';
import { SqliteTransactions, type SqliteOptions, SQLITE_OPTIONS } from '../sqlite-transactions.js';
import { DayCloseStatements } from './day-close-statements.js';
import { DayResultStatements } from './day-result-statements.js';

/** Options of {@link SqliteDayStore}. */
export interface SqliteDayStoreOptions extends SqliteOptions {}

/**
 * Keeps what trading days ended with in SQLite, in the tables `tickmark_day_closes` and `tickmark_day_results` that `migrateSqlite()` creates.
 * Nothing is ever deleted there.
 *
 * @example
 * ```ts
 * import Database from 'better-sqlite3';
 * import { Decimal } from 'tickmark';
 * import { SqliteDayStore, migrateSqlite } from 'tickmark/sqlite';
 *
 * const database = new Database('portfolios.db');
 * await migrateSqlite(database);
 * const store = new SqliteDayStore(database);
 * const close = { calendar: 'us-equities', date: '2026-11-27', symbol: 'AAPL', price: Decimal.from('271.49') };
 * await store.saveCloses([{ ...close, closedAt: Date.parse('2026-11-27T18:00:00Z'), source: 'recorded' }]);
 * const results = await store.loadResults('pension', { from: '2026-11-01' });
 * ```
 */
export class SqliteDayStore implements DayStore {
  static {
    keepRaw(this);
  }

  readonly #transactions: SqliteTransactions;
  readonly #closes: DayCloseStatements;
  readonly #results: DayResultStatements;

  /**
   * @param database A `Database` of better-sqlite3, or a `DatabaseSync` of `node:sqlite`; not closed here.
   * @throws TickmarkError `INVALID_ARGUMENT` for another kind of database, or an option out of range.
   */
  constructor(database: SqliteDatabase, options: SqliteDayStoreOptions = {}) {
    checkOptions('SqliteDayStore', options, SQLITE_OPTIONS);
    this.#transactions = new SqliteTransactions(database, options, 'SqliteDayStore');
    this.#closes = new DayCloseStatements(this.#transactions.names);
    this.#results = new DayResultStatements(this.#transactions.names);
  }

  async saveCloses(closes: readonly DayClose[]): Promise<DayClose[]> {
    const byKey = closesByKey(closes);
    if (byKey.size === 0) return [];
    const stored = this.#transactions.write('saveCloses()', (queries) => {
      for (const [key, close] of byKey) byKey.set(key, this.#closes.save(queries, close));
      return byKey;
    });
    return closes.map((close) => ({ ...stored.get(closeKey(close))! }));
  }

  async loadCloses(calendars: readonly string[], dates: number): Promise<DayClose[]> {
    const names = calendarsToLoad(calendars, dates).map(storedName);
    return this.#transactions.read('loadCloses()', (queries) => this.#closes.load(queries, names, dates));
  }

  async saveResults(results: readonly DayResult[]): Promise<void> {
    const given = resultsToStore(results);
    if (given.length === 0) return;
    this.#transactions.write('saveResults()', (queries) => {
      for (const result of given) this.#results.save(queries, result);
    });
  }

  async loadResults(portfolioIds: string | readonly string[], range?: DayRange): Promise<DayResult[]> {
    const { from, to } = rangeToLoad(range);
    const ids = portfoliosToLoad(portfolioIds);
    return this.#transactions.read('loadResults()', (queries) =>
      ids.flatMap((id) => this.#results.load(queries, id, from, to)),
    );
  }
}
