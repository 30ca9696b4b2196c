import type { Logger } from '../core/logger.js';
import {
  checkNumber,
  withDefaults,
  ERROR_RECEIVERS,
  checkOptions,
  type OptionShapes,
} from '../core/options.js';
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
import { checkedSelection, type ShardOptions, type ShardSelection } from '../core/shards/shard-selection.js';
import type { SaveOutcome } from '../core/portfolio/save-outcome.js';
import { isWholeWanted } from '../core/portfolio/saving/load-options.js';
import { SNAPSHOT_FROM, checkSnapshotFrom } from '../core/portfolio/saving/snapshot-to-save.js';
import { chunksOf } from './chunks.js';
import { pagesOf } from './portfolio-pages.js';
import type { PostgresClient } from './drivers/postgres-client.js';
import { postgresClient } from './drivers/postgres-driver.js';
import type { PostgresPool } from './drivers/postgres-pool.js';
import { HoldingsWriter } from './holdings-writer.js';
import { CorporateActionStatements } from './statements/corporate-action-statements.js';
import { LedgerStatements } from './statements/ledger-statements.js';
import { PortfolioStatements, type PortfolioPage } from './statements/portfolio-statements.js';
import { PriceStatements, newestPrices } from './statements/price-statements.js';
import { RetriedTransactions, type TransactionOptions, TRANSACTION_OPTIONS } from './retried-transactions.js';
import { tableNames, type TableOptions, TABLE_OPTIONS } from './table-names.js';
import { ValuationStatements } from './statements/valuation-statements.js';
import { partitionUnique } from './partition-unique.js';
import { keepRaw } from '../core/keep-raw.js';

/** Options of {@link PostgresPortfolioRepository}. */
export interface PostgresPortfolioRepositoryOptions extends TableOptions, TransactionOptions {
  /** Valuations, prices, ids, or portfolios and positions, in one statement; more are sent in several, each a transaction of its own. Default 2,000. */
  readonly chunkSize?: number;
  /** Portfolios that `stream()` reads at a time; it keeps two such pages in memory. Default 200. */
  readonly pageSize?: number;
  /** Entries that `ledger()` keeps in memory at a time. Default 1,000. */
  readonly ledgerPageSize?: number;
  /**
   * Number of entries from which a ledger is stored with a snapshot of its holdings, so that loading need not replay it. `Infinity`: never.
   * Default 1,000.
   */
  readonly snapshotFrom?: number;
  /** Logs idle connections that broke, and once each refusal such as a wrong password. Default: no log. */
  readonly logger?: Logger;
}

const SHAPES: OptionShapes<PostgresPortfolioRepositoryOptions> = {
  ...TABLE_OPTIONS,
  ...TRANSACTION_OPTIONS,
  chunkSize: true,
  pageSize: true,
  ledgerPageSize: true,
  snapshotFrom: true,
  logger: ERROR_RECEIVERS.logger,
};
const SIZE_RANGE = { from: 1, to: 100_000, isWhole: true };

/** Counters of {@link PostgresPortfolioRepository} since creation. */
export interface PostgresPortfolioRepositoryStats {
  /** Saves and deletes of holdings that succeeded. */
  readonly writes: number;
  /** Saves and deletes that met a version conflict. */
  readonly conflicts: number;
  /** Valuations offered, by outcome. */
  readonly outcomes: Readonly<Record<ValuationOutcome, number>>;
  /** Statements sent, not counting those that begin and end a transaction. */
  readonly statements: number;
  /** Transactions that were retried after the server rolled them back or the connection broke. */
  readonly retries: number;
  /** Calls that failed with `REPOSITORY_FAILED`. */
  readonly failures: number;
  /** Idle connections that broke (node-postgres; other drivers do not report them). */
  readonly connectionErrors: number;
}

/**
 * Stores portfolios, valuations and prices in PostgreSQL 12 or later, or in PGlite. Create the tables with `migrate()` first.
 *
 * Each call is one transaction (sets larger than `chunkSize`: one for each chunk), which sets its own time limits and leaves no
 * session state, so a pooler such as PgBouncer may share connections by transaction. A transaction that the server rolled
 * back, or that a broken connection interrupted, is retried from its first read. If the connection broke during the commit of
 * a save, the next attempt finds out from the stored version and the name of the save whether it took effect; valuations are
 * offered again, and those that had been stored by then are `outdated`.
 *
 * Ids, symbols and currency codes are stored unchanged, except that a backslash is stored as `\\`, the character 0 as `\0`
 * and half a surrogate pair as `\u` and four hex digits. The database's encoding must be UTF8.
 *
 * Give postgres.js the option `fetch_types: false`: if a connection breaks while it looks up types, the rejection cannot be
 * caught and ends the Node process. The types are not needed here. Up to 3.4.9 at least, a connection of postgres.js
 * that was reset within a transaction may hang; calls on it fail after `attemptTimeoutMs`. Behind PgBouncer it also
 * needs `prepare: false`, without which a save that succeeded may be lost. Where servers are often restarted, use node-postgres.
 *
 * @example
 * ```ts
 * import pg from 'pg';
 * import { PostgresPortfolioRepository, migrate } from 'tickmark/postgres';
 *
 * const pool = new pg.Pool({ connectionString: 'postgres://localhost/app' });
 * await migrate(pool);
 * const repository = new PostgresPortfolioRepository(pool);
 * console.log(await repository.load('ada'));
 * ```
 */
export class PostgresPortfolioRepository implements PortfolioRepository {
  static {
    keepRaw(this);
  }

  readonly #client: PostgresClient;
  readonly #transactions: RetriedTransactions;
  readonly #portfolios: PortfolioStatements;
  readonly #ledgers: LedgerStatements;
  readonly #holdings: HoldingsWriter;
  readonly #valuations: ValuationStatements;
  readonly #prices: PriceStatements;
  readonly #actions: CorporateActionStatements;
  readonly #chunkSize: number;
  readonly #pageSize: number;
  readonly #ledgerPageSize: number;
  readonly #outcomes: Record<ValuationOutcome, number> = { saved: 0, conflict: 0, outdated: 0, missing: 0 };

  /**
   * @param pool A `pg.Pool`, the `sql` of postgres.js, or a PGlite. `close()` does not end it.
   * @throws TickmarkError `INVALID_ARGUMENT` for another kind of pool, or an option out of range.
   */
  constructor(pool: PostgresPool, options: PostgresPortfolioRepositoryOptions = {}) {
    const where = 'PostgresPortfolioRepository';
    checkOptions(where, options, SHAPES);
    const tables = tableNames(options, where);
    const { chunkSize, pageSize, ledgerPageSize, snapshotFrom } = withDefaults(options, {
      chunkSize: 2_000,
      pageSize: 200,
      ledgerPageSize: 1_000,
      snapshotFrom: SNAPSHOT_FROM,
    });
    checkNumber(`${where}: chunkSize`, chunkSize, SIZE_RANGE);
    checkNumber(`${where}: pageSize`, pageSize, SIZE_RANGE);
    checkNumber(`${where}: ledgerPageSize`, ledgerPageSize, SIZE_RANGE);
    checkSnapshotFrom(snapshotFrom, where);
    this.#chunkSize = chunkSize;
    this.#pageSize = pageSize;
    this.#ledgerPageSize = ledgerPageSize;
    this.#portfolios = new PortfolioStatements(tables);
    this.#ledgers = new LedgerStatements(tables);
    this.#valuations = new ValuationStatements(tables);
    this.#prices = new PriceStatements(tables);
    this.#actions = new CorporateActionStatements(tables);
    this.#client = postgresClient(pool, `${where}: pool`, options.logger);
    this.#transactions = new RetriedTransactions(this.#client, tables, options, where);
    this.#holdings = new HoldingsWriter(this.#transactions, tables, chunkSize, snapshotFrom);
  }

  /** @throws TickmarkError `INVALID_ARGUMENT` for another value of `ledger`. */
  async load(id: string, options?: LoadOptions): Promise<Portfolio | null> {
    const isWhole = isWholeWanted(options, 'PostgresPortfolioRepository.load()');
    const found = await this.#transactions.run('load()', (query) =>
      this.#portfolios.load(query, [id], isWhole),
    );
    return found[0] ?? null;
  }

  async loadMany(ids: readonly string[]): Promise<Portfolio[]> {
    return this.#inChunks([...new Set(ids)], (chunk) =>
      this.#transactions.run('loadMany()', (query) => this.#portfolios.load(query, chunk)),
    );
  }

  async findHolders(symbol: string, since?: number, options: ShardOptions = {}): Promise<string[]> {
    const shards = checkedSelection(options, 'PostgresPortfolioRepository.findHolders()');
    return this.#transactions.run('findHolders()', (query) =>
      this.#portfolios.holders(query, symbol, since, shards),
    );
  }

  async *ledger(portfolioId: string, range: LedgerRange = {}): AsyncIterable<LedgerEntry> {
    const times = timeRangeOf(range, 'PostgresPortfolioRepository.ledger()');
    const size = this.#ledgerPageSize;
    yield* storedLedger(portfolioId, size, (after) =>
      this.#transactions.run('ledger()', (query) =>
        this.#ledgers.page(query, portfolioId, times, after, size),
      ),
    );
  }

  async *stream(options: ShardOptions = {}): AsyncIterable<Portfolio> {
    const selection = checkedSelection(options, 'PostgresPortfolioRepository.stream()');
    const read = (after: string | null, shards: ShardSelection | undefined): Promise<PortfolioPage> =>
      this.#transactions.run('stream()', (query) =>
        this.#portfolios.page(query, after, this.#pageSize, shards),
      );
    for await (const { portfolios } of pagesOf(read, selection, this.#pageSize)) yield* portfolios;
  }

  async save(portfolio: Portfolio): Promise<Portfolio> {
    return this.#holdings.save(portfolio);
  }

  /** A set of up to `chunkSize` portfolios and positions is one statement in one transaction; larger sets take several. */
  async saveMany(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]> {
    return this.#holdings.saveMany(portfolios);
  }

  async delete(id: string, expectedVersion: number): Promise<void> {
    return this.#holdings.delete(id, expectedVersion);
  }

  async changesSince(since: string | null, options: ShardOptions = {}): Promise<HoldingsChanges> {
    const shards = checkedSelection(options, 'PostgresPortfolioRepository.changesSince()');
    return this.#transactions.run('changesSince()', (query) =>
      this.#portfolios.changes(query, since, shards),
    );
  }

  async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const outcomes = new Array<ValuationOutcome>(valuations.length);
    const sets = partitionUnique(valuations, ({ portfolioId }) => portfolioId).map((indexes) => ({
      indexes,
      records: indexes.map((index) => ({ ...valuations[index]! })),
    }));
    for (const { indexes, records } of sets) {
      const results = await this.#inChunks(records, (chunk) =>
        this.#transactions.run('saveValuations()', (query) => this.#valuations.save(query, chunk)),
      );
      results.forEach((outcome, at) => {
        outcomes[indexes[at]!] = outcome;
        this.#outcomes[outcome]++;
      });
    }
    return outcomes;
  }

  async loadValuations(ids: readonly string[]): Promise<ValuationRecord[]> {
    return this.#inChunks([...new Set(ids)], (chunk) =>
      this.#transactions.run('loadValuations()', (query) => this.#valuations.load(query, chunk)),
    );
  }

  async savePrices(prices: readonly PriceRecord[]): Promise<void> {
    const newest = newestPrices(prices.map((price) => ({ ...price })));
    await this.#inChunks(newest, async (chunk) => {
      await this.#transactions.run('savePrices()', (query) => this.#prices.save(query, chunk));
      return [];
    });
  }

  async loadPrices(): Promise<PriceRecord[]> {
    return this.#transactions.run('loadPrices()', (query) => this.#prices.load(query));
  }

  async saveCorporateAction(action: CorporateAction, isBooked: boolean): Promise<CorporateActionRecord> {
    return this.#transactions.run('saveCorporateAction()', (query) =>
      this.#actions.save(query, action, isBooked),
    );
  }

  async corporateActions(after = 0): Promise<CorporateActionRecord[]> {
    return this.#transactions.run('corporateActions()', (query) => this.#actions.after(query, after));
  }

  /** Counters. */
  stats(): PostgresPortfolioRepositoryStats {
    return {
      writes: this.#holdings.writes,
      conflicts: this.#holdings.conflicts,
      outcomes: { ...this.#outcomes },
      ...this.#transactions.stats(),
      connectionErrors: this.#client.connectionErrors,
    };
  }

  /** Rejects calls that are running with `CLOSED` and removes its listeners from the pool, which stays open. Idempotent. */
  async close(): Promise<void> {
    this.#transactions.close();
    this.#client.close();
  }

  /** Same as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #inChunks<Item, Result>(
    items: readonly Item[],
    work: (chunk: readonly Item[]) => Promise<Result[]>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    for (const chunk of chunksOf(items, this.#chunkSize)) {
      for (const result of await work(chunk)) results.push(result);
    }
    return results;
  }
}
