import type { InstrumentStore } from '../../core/instruments/instrument-store.js';
import { Instrument, type InstrumentInput } from '../../core/instruments/instrument.js';
import { literalArray, nameArray } from '../array-literal.js';
import { postgresClient } from '../drivers/postgres-driver.js';
import type { PostgresPool } from '../drivers/postgres-pool.js';
import {
  RetriedTransactions,
  type TransactionOptions,
  TRANSACTION_OPTIONS,
} from '../retried-transactions.js';
import { tableNames, type TableOptions, TABLE_OPTIONS } from '../table-names.js';
import { checkOptions } from '../../core/options.js';
import { keepRaw } from '../../core/keep-raw.js';

/** Options of {@link PostgresInstrumentStore}. */
export interface PostgresInstrumentStoreOptions extends TransactionOptions, TableOptions {}

/**
 * Keeps instruments in PostgreSQL, in the table `tickmark_instruments` that `migrate()` creates: one row for each symbol.
 *
 * @example
 * ```ts
 * import pg from 'pg';
 * import { InMemoryPortfolioRepository, MockPriceStreamAdapter, markToMarket } from 'tickmark';
 * import { option } from 'tickmark/instruments';
 * import { PostgresInstrumentStore, migrate } from 'tickmark/postgres';
 *
 * const pool = new pg.Pool();
 * await migrate(pool);
 * const store = new PostgresInstrumentStore(pool);
 * await store.saveInstruments([option({ symbol: 'AAPL 260918C200', currency: 'USD' })]);
 *
 * const repository = new InMemoryPortfolioRepository();
 * const instruments = await store.loadInstruments();
 * const marking = await markToMarket({ stream: new MockPriceStreamAdapter(), repository, instruments });
 * ```
 */
export class PostgresInstrumentStore implements InstrumentStore {
  static {
    keepRaw(this);
  }

  readonly #transactions: RetriedTransactions;
  readonly #save: string;
  readonly #load: string;
  readonly #loadAll: string;

  /**
   * @param pool A `pg.Pool`, the `sql` of postgres.js, or a PGlite; not closed here.
   * @throws TickmarkError `INVALID_ARGUMENT` for another kind of pool, or an option out of range.
   */
  constructor(pool: PostgresPool, options: PostgresInstrumentStoreOptions = {}) {
    const where = 'PostgresInstrumentStore';
    checkOptions(where, options, { ...TABLE_OPTIONS, ...TRANSACTION_OPTIONS });
    const tables = tableNames(options, where);
    const { instruments } = tables;
    const client = postgresClient(pool, `${where}: pool`);
    this.#transactions = new RetriedTransactions(client, tables, options, where);
    this.#save = `
INSERT INTO ${instruments} (symbol, instrument)
SELECT * FROM unnest($1::text[], $2::text[]) AS given (symbol, instrument) ORDER BY symbol COLLATE "C"
ON CONFLICT (symbol) DO UPDATE SET instrument = excluded.instrument`;
    this.#loadAll = `SELECT instrument FROM ${instruments} ORDER BY symbol`;
    this.#load = `SELECT instrument FROM ${instruments} WHERE symbol = ANY ($1::text[]) ORDER BY symbol`;
  }

  async saveInstruments(instruments: ReadonlyArray<InstrumentInput | Instrument>): Promise<void> {
    // The last one of a symbol wins; one statement cannot write a row twice.
    const bySymbol = new Map(
      instruments.map((each) => Instrument.of(each)).map((each) => [each.symbol, each] as const),
    );
    if (bySymbol.size === 0) return;
    const parameters = [
      nameArray([...bySymbol.keys()]),
      literalArray([...bySymbol.values()].map((each) => JSON.stringify(each))),
    ];
    await this.#transactions.run('saveInstruments()', (query) => query(this.#save, parameters));
  }

  async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    // Read at once: the caller may change the list while a connection is being opened.
    const parameters = symbols && [nameArray(symbols)];
    const rows = await this.#transactions.run('loadInstruments()', (query) =>
      parameters ? query(this.#load, parameters) : query(this.#loadAll, []),
    );
    return rows.map(([text]) => Instrument.of(JSON.parse(text!) as InstrumentInput));
  }
}
