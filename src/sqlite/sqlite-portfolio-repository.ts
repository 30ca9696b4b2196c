import { sleep, systemClock } from '../core/clock.js';
import { checkNumber, checkOptions, type OptionShapes } from '../core/options.js';
import type {
  CorporateAction,
  CorporateActionRecord,
} from '../core/portfolio/corporate-actions/corporate-action.js';
import type { LedgerEntry } from '../core/portfolio/ledger/ledger-entry.js';
import { timeRangeOf, type LedgerRange } from '../core/portfolio/ledger/ledger-range.js';
import { storedLedger } from '../core/portfolio/ledger/stored-ledger.js';
import type {
  HoldingsChanges,
  LoadOptions,
  PortfolioRepository,
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from '../core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../core/portfolio/portfolio.js';
import { filterOf, type ShardOptions } from '../core/shards/shard-selection.js';
import type { SaveOutcome } from '../core/portfolio/save-outcome.js';
import { isWholeWanted } from '../core/portfolio/saving/load-options.js';
import { SNAPSHOT_FROM, checkSnapshotFrom } from '../core/portfolio/saving/snapshot-to-save.js';
import { HoldingsWriter } from './holdings-writer.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { SqliteTransactions, type SqliteOptions, SQLITE_OPTIONS } from './sqlite-transactions.js';
import { CorporateActionStatements } from './statements/corporate-action-statements.js';
import { LedgerStatements } from './statements/ledger-statements.js';
import { PortfolioStatements } from './statements/portfolio-statements.js';
import { PriceStatements, checkPrice } from './statements/price-statements.js';
import { ValuationStatements, checkValuation } from './statements/valuation-statements.js';
import { keepRaw } from '../core/keep-raw.js';

/** Options of {@link SqlitePortfolioRepository}. */
export interface SqlitePortfolioRepositoryOptions extends SqliteOptions {
  /** Portfolios that `stream()` reads at a time. Default 100. */
  readonly pageSize?: number;
  /** Entries that `ledger()` reads at a time. Default 1,000. */
  readonly ledgerPageSize?: number;
  /**
   * Number of entries from which a ledger is stored with a snapshot of its holdings, so that loading need not replay it. `Infinity`: never.
   * Default 1,000.
   */
  readonly snapshotFrom?: number;
}

const SHAPES: OptionShapes<SqlitePortfolioRepositoryOptions> = {
  ...SQLITE_OPTIONS,
  pageSize: true,
  ledgerPageSize: true,
  snapshotFrom: true,
};
const SIZE_RANGE = { from: 1, to: 100_000, isWhole: true };

/** Counters of {@link SqlitePortfolioRepository} since creation. */
export interface SqlitePortfolioRepositoryStats {
  /** Saves and deletes of holdings that succeeded. */
  readonly writes: number;
  /** Saves and deletes that met a version conflict. */
  readonly conflicts: number;
  /** Valuations offered, by outcome. */
  readonly outcomes: Readonly<Record<ValuationOutcome, number>>;
  /** Calls that failed with `REPOSITORY_FAILED`. */
  readonly failures: number;
}

/**
 * Stores portfolios, valuations and prices in one file of SQLite: for one machine, without a server. Create the tables with `migrateSqlite()`
 * first.
 *
 * Each call is one transaction, which runs at once and to its end; `stream()` and `ledger()` are one for each page. One process writes at a time; others
 * wait up to `busyTimeoutMs`, and may read meanwhile. A call that has resolved is on the disk (`PRAGMA synchronous = FULL`), and of one
 * that has rejected nothing is stored.
 *
 * The handle is yours: open it, close it, and leave no transaction open on it while calls of the repository run.
 *
 * @example
 * ```ts
 * import Database from 'better-sqlite3';
 * import { SqlitePortfolioRepository, migrateSqlite } from 'tickmark/sqlite';
 *
 * const database = new Database('portfolios.db');
 * await migrateSqlite(database);
 * const repository = new SqlitePortfolioRepository(database);
 * console.log(await repository.load('ada'));
 * ```
 */
export class SqlitePortfolioRepository implements PortfolioRepository {
  static {
    keepRaw(this);
  }

  readonly #transactions: SqliteTransactions;
  readonly #portfolios: PortfolioStatements;
  readonly #ledgers: LedgerStatements;
  readonly #holdings: HoldingsWriter;
  readonly #valuations: ValuationStatements;
  readonly #prices: PriceStatements;
  readonly #actions: CorporateActionStatements;
  readonly #pageSize: number;
  readonly #ledgerPageSize: number;
  readonly #outcomes: Record<ValuationOutcome, number> = { saved: 0, conflict: 0, outdated: 0, missing: 0 };

  /**
   * @param database A `Database` of better-sqlite3, or a `DatabaseSync` of `node:sqlite`.
   * @throws TickmarkError `INVALID_ARGUMENT` for another kind of database, or an option out of range.
   */
  constructor(database: SqliteDatabase, options: SqlitePortfolioRepositoryOptions = {}) {
    const where = 'SqlitePortfolioRepository';
    checkOptions(where, options, SHAPES);
    const { pageSize = 100, ledgerPageSize = 1_000, snapshotFrom = SNAPSHOT_FROM } = options;
    checkNumber(`${where}: pageSize`, pageSize, SIZE_RANGE);
    checkNumber(`${where}: ledgerPageSize`, ledgerPageSize, SIZE_RANGE);
    checkSnapshotFrom(snapshotFrom, where);
    this.#pageSize = pageSize;
    this.#ledgerPageSize = ledgerPageSize;
    this.#transactions = new SqliteTransactions(database, options, where);
    const { names } = this.#transactions;
    this.#portfolios = new PortfolioStatements(names);
    this.#ledgers = new LedgerStatements(names);
    this.#holdings = new HoldingsWriter(this.#transactions, snapshotFrom);
    this.#valuations = new ValuationStatements(names);
    this.#prices = new PriceStatements(names);
    this.#actions = new CorporateActionStatements(names);
  }

  /** @throws TickmarkError `INVALID_ARGUMENT` for another value of `ledger`. */
  async load(id: string, options?: LoadOptions): Promise<Portfolio | null> {
    const isWhole = isWholeWanted(options, 'SqlitePortfolioRepository.load()');
    return this.#transactions.read('load()', (queries) => this.#portfolios.load(queries, id, isWhole));
  }

  async loadMany(ids: readonly string[]): Promise<Portfolio[]> {
    return this.#transactions.read('loadMany()', (queries) =>
      [...new Set(ids)].flatMap((id) => this.#portfolios.load(queries, id) ?? []),
    );
  }

  async findHolders(symbol: string, since?: number, options: ShardOptions = {}): Promise<string[]> {
    const isSelected = filterOf(options, 'SqlitePortfolioRepository.findHolders()');
    const holders = this.#transactions.read('findHolders()', (queries) =>
      this.#portfolios.holders(queries, symbol, since),
    );
    return holders.filter(isSelected);
  }

  async *ledger(portfolioId: string, range: LedgerRange = {}): AsyncIterable<LedgerEntry> {
    const times = timeRangeOf(range, 'SqlitePortfolioRepository.ledger()');
    const size = this.#ledgerPageSize;
    yield* storedLedger(portfolioId, size, async (after) => {
      if (after) await otherWork();
      return this.#transactions.read('ledger()', (queries) =>
        this.#ledgers.page(queries, portfolioId, times, after, size),
      );
    });
  }

  async *stream(options: ShardOptions = {}): AsyncIterable<Portfolio> {
    const isSelected = filterOf(options, 'SqlitePortfolioRepository.stream()');
    let last: Portfolio | null = null;
    while (true) {
      const after: Portfolio | null = last;
      const page: Portfolio[] = this.#transactions.read('stream()', (queries) =>
        this.#portfolios.page(queries, after, this.#pageSize),
      );
      for (const portfolio of page) if (isSelected(portfolio.id)) yield portfolio;
      if (page.length < this.#pageSize) return;
      last = page.at(-1)!;
      await otherWork();
    }
  }

  async save(portfolio: Portfolio): Promise<Portfolio> {
    return this.#holdings.save(portfolio);
  }

  /** One transaction, so that many portfolios are stored about as fast as one. */
  async saveMany(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]> {
    return portfolios.length === 0 ? [] : this.#holdings.saveMany(portfolios);
  }

  async delete(id: string, expectedVersion: number): Promise<void> {
    this.#holdings.delete(id, expectedVersion);
  }

  async changesSince(since: string | null, options: ShardOptions = {}): Promise<HoldingsChanges> {
    const isSelected = filterOf(options, 'SqlitePortfolioRepository.changesSince()');
    const changes = this.#transactions.read('changesSince()', (queries) =>
      this.#portfolios.changes(queries, since),
    );
    return { ...changes, portfolios: changes.portfolios.filter(([id]) => isSelected(id)) };
  }

  async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    for (const valuation of valuations) checkValuation(valuation);
    if (valuations.length === 0) return [];
    const outcomes = this.#transactions.write('saveValuations()', (queries) =>
      valuations.map((valuation) => this.#valuations.save(queries, valuation)),
    );
    for (const outcome of outcomes) this.#outcomes[outcome]++;
    return outcomes;
  }

  async loadValuations(ids: readonly string[]): Promise<ValuationRecord[]> {
    return this.#transactions.read('loadValuations()', (queries) =>
      [...new Set(ids)].flatMap((id) => this.#valuations.load(queries, id) ?? []),
    );
  }

  async savePrices(prices: readonly PriceRecord[]): Promise<void> {
    for (const price of prices) checkPrice(price);
    if (prices.length === 0) return;
    this.#transactions.write('savePrices()', (queries) => {
      for (const price of prices) this.#prices.save(queries, price);
    });
  }

  async loadPrices(): Promise<PriceRecord[]> {
    return this.#transactions.read('loadPrices()', (queries) => this.#prices.load(queries));
  }

  async saveCorporateAction(action: CorporateAction, isBooked: boolean): Promise<CorporateActionRecord> {
    return this.#transactions.write('saveCorporateAction()', (queries) =>
      this.#actions.save(queries, action, isBooked),
    );
  }

  async corporateActions(after = 0): Promise<CorporateActionRecord[]> {
    return this.#transactions.read('corporateActions()', (queries) => this.#actions.after(queries, after));
  }

  /** Counters. */
  stats(): SqlitePortfolioRepositoryStats {
    return {
      writes: this.#holdings.writes,
      conflicts: this.#holdings.conflicts,
      outcomes: { ...this.#outcomes },
      failures: this.#transactions.failures,
    };
  }
}

// Timers and sockets of this process come to their turn between two pages.
function otherWork(): Promise<void> {
  return sleep(systemClock, 0);
}
