import type { InstrumentStore } from '../../core/instruments/instrument-store.js';
import { Instrument, type InstrumentInput } from '../../core/instruments/instrument.js';
import { storedName } from '../../core/portfolio/stored-name.js';
import type { SqliteDatabase } from '../sqlite-database.js';
import { SqliteTransactions, type SqliteOptions, SQLITE_OPTIONS } from '../sqlite-transactions.js';
import { checkOptions } from '../../core/options.js';
import { keepRaw } from '../../core/keep-raw.js';

/** Options of {@link SqliteInstrumentStore}. */
export interface SqliteInstrumentStoreOptions extends SqliteOptions {}

/**
 * Keeps instruments in SQLite, in the table `tickmark_instruments` that `migrateSqlite()` creates: one row for each symbol.
 *
 * @example
 * ```ts
 * import Database from 'better-sqlite3';
 * import { option } from 'tickmark/instruments';
 * import { SqliteInstrumentStore, migrateSqlite } from 'tickmark/sqlite';
 *
 * const database = new Database('portfolios.db');
 * await migrateSqlite(database);
 * const store = new SqliteInstrumentStore(database);
 * await store.saveInstruments([option({ symbol: 'AAPL 260918C200', currency: 'USD' })]);
 * const instruments = await store.loadInstruments();
 * ```
 */
export class SqliteInstrumentStore implements InstrumentStore {
  static {
    keepRaw(this);
  }

  readonly #transactions: SqliteTransactions;
  readonly #save: string;
  readonly #load: string;
  readonly #loadAll: string;

  /**
   * @param database A `Database` of better-sqlite3, or a `DatabaseSync` of `node:sqlite`; not closed here.
   * @throws TickmarkError `INVALID_ARGUMENT` for another kind of database, or an option out of range.
   */
  constructor(database: SqliteDatabase, options: SqliteInstrumentStoreOptions = {}) {
    checkOptions('SqliteInstrumentStore', options, SQLITE_OPTIONS);
    this.#transactions = new SqliteTransactions(database, options, 'SqliteInstrumentStore');
    const { instruments } = this.#transactions.names;
    this.#save = `INSERT OR REPLACE INTO ${instruments} (symbol, instrument) VALUES (?, ?)`;
    this.#loadAll = `SELECT instrument FROM ${instruments} ORDER BY symbol`;
    this.#load = `SELECT instrument FROM ${instruments} WHERE symbol IN (SELECT value FROM json_each(?)) ORDER BY symbol`;
  }

  async saveInstruments(instruments: ReadonlyArray<InstrumentInput | Instrument>): Promise<void> {
    // All are checked before the first is stored.
    const checked = instruments.map((each) => Instrument.of(each));
    if (checked.length === 0) return;
    this.#transactions.write('saveInstruments()', (queries) => {
      for (const each of checked) queries.run(this.#save, storedName(each.symbol), JSON.stringify(each));
    });
  }

  async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    const rows = this.#transactions.read('loadInstruments()', (queries) =>
      symbols
        ? queries.all<{ instrument: string }>(this.#load, JSON.stringify(symbols.map(storedName)))
        : queries.all<{ instrument: string }>(this.#loadAll),
    );
    return rows.map(({ instrument }) => Instrument.of(JSON.parse(instrument) as InstrumentInput));
  }
}
