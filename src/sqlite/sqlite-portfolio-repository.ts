import { sleep, systemClock } from '../core/clock.js';
import { checkNumber } from '../core/options.js';
import type { LedgerEntry } from '../core/portfolio/ledger/ledger-entry.js';
import { timeRangeOf, type LedgerRange } from '../core/portfolio/ledger/ledger-range.js';
import { storedLedger } from '../core/portfolio/ledger/stored-ledger.js';
import type {
  HoldingsChanges,
  PortfolioRepository,
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from '../core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../core/portfolio/portfolio.js';
import type { SaveOutcome } from '../core/portfolio/save-outcome.js';
import { HoldingsWriter } from './holdings-writer.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { SqliteTransactions, type SqliteOptions } from './sqlite-transactions.js';
import { LedgerStatements } from './statements/ledger-statements.js';
import { PortfolioStatements } from './statements/portfolio-statements.js';
import { PriceStatements, checkPrice } from './statements/price-statements.js';
import { ValuationStatements, checkValuation } from './statements/valuation-statements.js';

/** Options of {@link SqlitePortfolioRepository}. */
export interface SqlitePortfolioRepositoryOptions extends SqliteOptions {
  /** Portfolios that `stream()` reads at a time. Default 100. */
  readonly pageSize?: number;
  /** Entries that `ledger()` reads at a time. Default 1,000. */
  readonly ledgerPageSize?: number;
}

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
  readonly #transactions: SqliteTransactions;
  readonly #portfolios: PortfolioStatements;
  readonly #ledgers: LedgerStatements;
  readonly #holdings: HoldingsWriter;
  readonly #valuations: ValuationStatements;
  readonly #prices: PriceStatements;
  readonly #pageSize: number;
  readonly #ledgerPageSize: number;
  readonly #outcomes: Record<ValuationOutcome, number> = { saved: 0, conflict: 0, outdated: 0, missing: 0 };

  /**
   * @param database A `Database` of better-sqlite3, or a `DatabaseSync` of `node:sqlite`.
   * @throws TickmarkError `INVALID_ARGUMENT` for another kind of database, or an option out of range.
   */
  constructor(database: SqliteDatabase, options: SqlitePortfolioRepositoryOptions = {}) {
    const where = 'SqlitePortfolioRepository';
    const { pageSize = 100, ledgerPageSize = 1_000 } = options;
    checkNumber(`${where}: pageSize`, pageSize, SIZE_RANGE);
    checkNumber(`${where}: ledgerPageSize`, ledgerPageSize, SIZE_RANGE);
    this.#pageSize = pageSize;
    this.#ledgerPageSize = ledgerPageSize;
    this.#transactions = new SqliteTransactions(database, options, where);
    const { names } = this.#transactions;
    this.#portfolios = new PortfolioStatements(names);
    this.#ledgers = new LedgerStatements(names);
    this.#holdings = new HoldingsWriter(this.#transactions);
    this.#valuations = new ValuationStatements(names);
    this.#prices = new PriceStatements(names);
  }

  async load(id: string): Promise<Portfolio | null> {
    return this.#transactions.read('load()', (queries) => this.#portfolios.load(queries, id));
  }

  async loadMany(ids: readonly string[]): Promise<Portfolio[]> {
    return this.#transactions.read('loadMany()', (queries) =>
      [...new Set(ids)].flatMap((id) => this.#portfolios.load(queries, id) ?? []),
    );
  }

  async findHolders(symbol: string): Promise<string[]> {
    return this.#transactions.read('findHolders()', (queries) => this.#portfolios.holders(queries, symbol));
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

  async *stream(): AsyncIterable<Portfolio> {
    let last: Portfolio | null = null;
    while (true) {
      const after: Portfolio | null = last;
      const page: Portfolio[] = this.#transactions.read('stream()', (queries) =>
        this.#portfolios.page(queries, after, this.#pageSize),
      );
      yield* page;
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

  async changesSince(since: string | null): Promise<HoldingsChanges> {
    return this.#transactions.read('changesSince()', (queries) => this.#portfolios.changes(queries, since));
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
