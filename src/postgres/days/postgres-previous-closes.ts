import type {
  PreviousClose,
  PreviousCloses,
  PreviousClosesRequest,
} from '../../core/calendars/previous-closes.js';
import type { TradingCalendar } from '../../core/calendars/trading-calendar.js';
import { keepRaw } from '../../core/keep-raw.js';
import { checkNumber, checkOptions, checkPart, partShape } from '../../core/options.js';
import { postgresClient } from '../drivers/postgres-driver.js';
import type { PostgresPool } from '../drivers/postgres-pool.js';
import {
  RetriedTransactions,
  type TransactionOptions,
  TRANSACTION_OPTIONS,
} from '../retried-transactions.js';
import { LONGEST_NAME, checkIdentifier } from '../table-names.js';
import {
  PreviousCloseStatement,
  type CalendarOf,
  type PreviousCloseColumns,
} from './previous-close-statement.js';

/** Options of {@link PostgresPreviousCloses}. Names are letters, digits and underscores, and their case is kept. */
export interface PostgresPreviousClosesOptions extends TransactionOptions {
  /** Your table, or a view. One that has other names is read through a view. */
  readonly table: string;
  /** Its schema. Default `'public'`. */
  readonly schema?: string;
  /** Its columns. Default: `symbol`, `price` and `closed_at`. */
  readonly columns?: PreviousCloseColumns;
  /** Trading calendar of the symbols, for all or by symbol: says when the session of a date closed. Needed with `columns.date`. */
  readonly calendar?: TradingCalendar | ((symbol: string) => TradingCalendar | null | undefined);
}

const CALENDAR = partShape<TradingCalendar>('a TradingCalendar', 'sessionAt', 'session', 'previousSession');
/** The last one that a date can be, and the first. */
const TIMES = { from: -8.64e15, to: 8.64e15 };
// A text of PostgreSQL has neither the character 0 nor half a surrogate pair.
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/**
 * Previous closes from a table or view of yours in PostgreSQL, which it only reads: it needs no `migrate()`.
 *
 * - Of each symbol it gives the newest close that is not after the time that is asked for, with all digits. A close without a price is passed over.
 * - With `columns.date`, a close is dated by its session. A date without one, such as a holiday, is passed over; a symbol without a calendar is left out.
 * - Each call is one statement. It looks once into an index for each symbol, if there is one: `CREATE INDEX ON closes (symbol, closed_at)`.
 * - The table must hold true closes only, one for each symbol and session.
 *
 * @example
 * ```ts
 * import pg from 'pg';
 * import { InMemoryPortfolioRepository, MockPriceStreamAdapter, markToMarket } from 'tickmark';
 * import { usEquities } from 'tickmark/calendars';
 * import { PostgresPreviousCloses } from 'tickmark/postgres';
 *
 * const pool = new pg.Pool();
 * const marking = await markToMarket({
 *   stream: new MockPriceStreamAdapter(),
 *   repository: new InMemoryPortfolioRepository(),
 *   calendars: usEquities,
 *   previousCloses: new PostgresPreviousCloses(pool, {
 *     table: 'official_closes',
 *     columns: { symbol: 'ticker', price: 'close', date: 'day', currency: 'currency' },
 *     calendar: usEquities,
 *   }),
 * });
 * ```
 */
export class PostgresPreviousCloses implements PreviousCloses {
  static {
    keepRaw(this);
  }

  readonly #transactions: RetriedTransactions;
  readonly #statement: PreviousCloseStatement;

  /**
   * @param pool A `pg.Pool`, the `sql` of postgres.js, or a PGlite; not closed here.
   * @throws TickmarkError `INVALID_ARGUMENT` for another kind of pool, a name that is no identifier, or an option out of range.
   */
  constructor(pool: PostgresPool, options: PostgresPreviousClosesOptions) {
    const where = 'PostgresPreviousCloses';
    checkOptions(where, options, {
      ...TRANSACTION_OPTIONS,
      table: 'string',
      schema: 'string',
      columns: true,
      calendar: true,
    });
    const { table, schema = 'public', columns = {} } = options;
    checkIdentifier(table, LONGEST_NAME, `${where}: table`);
    checkIdentifier(schema, LONGEST_NAME, `${where}: schema`);
    const calendarOf = calendarOption(options.calendar, `${where}: calendar`);
    this.#statement = new PreviousCloseStatement(`"${schema}"."${table}"`, columns, calendarOf, where);
    this.#transactions = new RetriedTransactions(
      postgresClient(pool, `${where}: pool`),
      null,
      options,
      where,
    );
  }

  /** @throws RepositoryError `REPOSITORY_FAILED`; TickmarkError `ABORTED` by the signal, `INVALID_ARGUMENT` for what is no time. */
  async load(symbols: readonly string[], { at, signal }: PreviousClosesRequest): Promise<PreviousClose[]> {
    const what = 'PostgresPreviousCloses.load()';
    checkNumber(`${what}: at`, at, TIMES);
    const storable = [...new Set(symbols)].filter((symbol) => !UNSTORABLE.test(symbol));
    const parameters = storable.length === 0 ? null : this.#statement.parameters(storable, at);
    if (!parameters) return [];
    const rows = await this.#transactions.run(
      what,
      (query) => query(this.#statement.text, parameters),
      signal,
    );
    return this.#statement.closesOf(rows);
  }
}

function calendarOption(
  given: PostgresPreviousClosesOptions['calendar'],
  where: string,
): CalendarOf | undefined {
  if (given === undefined || typeof given === 'function') return given;
  checkPart(where, given, CALENDAR);
  return () => given;
}
