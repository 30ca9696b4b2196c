import {
  byPortfolio,
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
import { nameArray } from '../array-literal.js';
import { postgresClient } from '../drivers/postgres-driver.js';
import type { PostgresPool } from '../drivers/postgres-pool.js';
import {
  RetriedTransactions,
  type TransactionOptions,
  TRANSACTION_OPTIONS,
} from '../retried-transactions.js';
import { tableNames, type TableOptions, TABLE_OPTIONS } from '../table-names.js';
import { DayCloseStatements, closeOf, closeParameters } from './day-close-statements.js';
import { DayResultStatements, resultOf, resultParameters } from './day-result-statements.js';

/** Options of {@link PostgresDayStore}. */
export interface PostgresDayStoreOptions extends TransactionOptions, TableOptions {}

/**
 * Keeps what trading days ended with in PostgreSQL, in the tables `tickmark_day_closes` and `tickmark_day_results` that `migrate()` creates.
 * Nothing is ever deleted there. Each call is one statement; for 100,000 results at once, save them in sets, such as of 1,000.
 *
 * @example
 * ```ts
 * import pg from 'pg';
 * import { Decimal } from 'tickmark';
 * import { PostgresDayStore, migrate } from 'tickmark/postgres';
 *
 * const pool = new pg.Pool();
 * await migrate(pool);
 * const store = new PostgresDayStore(pool);
 * const close = { calendar: 'us-equities', date: '2026-11-27', symbol: 'AAPL', price: Decimal.from('271.49') };
 * await store.saveCloses([{ ...close, closedAt: Date.parse('2026-11-27T18:00:00Z'), source: 'recorded' }]);
 * const results = await store.loadResults('pension', { from: '2026-11-01' });
 * ```
 */
export class PostgresDayStore implements DayStore {
  static {
    keepRaw(this);
  }

  readonly #transactions: RetriedTransactions;
  readonly #closes: DayCloseStatements;
  readonly #results: DayResultStatements;

  /**
   * @param pool A `pg.Pool`, the `sql` of postgres.js, or a PGlite; not closed here.
   * @throws TickmarkError `INVALID_ARGUMENT` for another kind of pool, or an option out of range.
   */
  constructor(pool: PostgresPool, options: PostgresDayStoreOptions = {}) {
    const where = 'PostgresDayStore';
    checkOptions(where, options, { ...TABLE_OPTIONS, ...TRANSACTION_OPTIONS });
    const tables = tableNames(options, where);
    const client = postgresClient(pool, `${where}: pool`);
    this.#transactions = new RetriedTransactions(client, tables, options, where);
    this.#closes = new DayCloseStatements(tables);
    this.#results = new DayResultStatements(tables);
  }

  async saveCloses(closes: readonly DayClose[]): Promise<DayClose[]> {
    // Read at once: the caller may change the list while a connection is being opened.
    const byKey = closesByKey(closes);
    const keys = closes.map(closeKey);
    if (byKey.size === 0) return [];
    const parameters = closeParameters([...byKey.values()]);
    const rows = await this.#transactions.run('saveCloses()', (query) =>
      query(this.#closes.save, parameters),
    );
    const stored = new Map(rows.map(closeOf).map((close) => [closeKey(close), close] as const));
    return keys.map((key) => ({ ...stored.get(key)! }));
  }

  async loadCloses(calendars: readonly string[], dates: number): Promise<DayClose[]> {
    const parameters = [nameArray(calendarsToLoad(calendars, dates)), String(dates)];
    const rows = await this.#transactions.run('loadCloses()', (query) =>
      query(this.#closes.load, parameters),
    );
    return rows.map(closeOf);
  }

  async saveResults(results: readonly DayResult[]): Promise<void> {
    const given = resultsToStore(results);
    if (given.length === 0) return;
    const parameters = resultParameters(given);
    await this.#transactions.run('saveResults()', (query) => query(this.#results.save, parameters));
  }

  async loadResults(portfolioIds: string | readonly string[], range?: DayRange): Promise<DayResult[]> {
    const { from, to } = rangeToLoad(range);
    const ids = portfoliosToLoad(portfolioIds);
    const parameters = [nameArray(ids), from, to];
    const rows = await this.#transactions.run('loadResults()', (query) =>
      query(this.#results.load, parameters),
    );
    return byPortfolio(ids, rows.map(resultOf));
  }
}
