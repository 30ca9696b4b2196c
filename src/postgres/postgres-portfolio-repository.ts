import { ConcurrencyError, invalidArgument } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type {
  HoldingsChanges,
  PortfolioRepository,
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from '../core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../core/portfolio/portfolio.js';
import { PortfolioStatements, type HoldingsWrite } from './portfolio-statements.js';
import type { PostgresClient } from './drivers/postgres-client.js';
import { postgresClient } from './drivers/postgres-driver.js';
import type { PostgresPool } from './drivers/postgres-pool.js';
import { PriceStatements, newestPrices } from './price-statements.js';
import { RetriedTransactions, type Attempt, type TransactionOptions } from './retried-transactions.js';
import { tableNames, type TableOptions } from './table-names.js';
import { ValuationStatements } from './valuation-statements.js';
import { partitionUnique } from './partition-unique.js';

/** Options of {@link PostgresPortfolioRepository}. */
export interface PostgresPortfolioRepositoryOptions extends TableOptions, TransactionOptions {
  /** Valuations, prices or ids in one statement; more are sent in several, each a transaction of its own. Default 2,000. */
  readonly chunkSize?: number;
  /** Portfolios that `stream()` holds at a time. Default 500. */
  readonly pageSize?: number;
  /** Told of connections that broke while nobody used them, and once of a refusal such as a wrong password. Default: silent. */
  readonly logger?: Logger;
}

/** Counters of {@link PostgresPortfolioRepository} since creation. */
export interface PostgresPortfolioRepositoryStats {
  /** Saves and deletes of holdings that succeeded. */
  readonly writes: number;
  /** Saves and deletes that found another version. */
  readonly conflicts: number;
  /** Valuations offered, by what became of them. */
  readonly outcomes: Readonly<Record<ValuationOutcome, number>>;
  /** Statements sent, not counting those that begin and end a transaction. */
  readonly statements: number;
  /** Transactions that were run again after the server rolled them back or the connection broke. */
  readonly retries: number;
  /** Calls that failed with `REPOSITORY_FAILED`. */
  readonly failures: number;
  /** Connections that broke while nobody was using them (node-postgres; other drivers do not tell). */
  readonly connectionErrors: number;
}

/**
 * Portfolios, valuations and prices in PostgreSQL 12 or later, or in PGlite. Make the tables with `migrate()` first.
 *
 * Each call is one transaction (sets beyond `chunkSize`: one a chunk), which sets its own time limits and leaves nothing on the connection, so a
 * pooler such as PgBouncer may share connections by transaction. What the server rolled back and what a broken connection
 * cut off is run again, from its first read. Where the connection broke while a save was being committed, the next attempt
 * finds out from the stored version and the name of the save whether it took effect; a set of valuations is offered again,
 * and what had been stored by then is answered `outdated`.
 *
 * Ids, symbols and currency codes are stored as they are, except that a backslash is stored as `\\`, the character 0 as `\0`
 * and half a surrogate pair as `\u` and four hex digits. The database's encoding must be UTF8.
 *
 * Give postgres.js the option `fetch_types: false`: where it looks types up on a connection that breaks meanwhile, nobody
 * can catch the rejection, which ends a process of Node. Nothing here needs them. Up to 3.4.9 at least, a connection of it
 * that was reset within a transaction may hang from then on; calls on it fail after `attemptTimeoutMs`. Behind PgBouncer it also
 * needs `prepare: false`, without which a save that was answered may be lost. Where servers come and go, take node-postgres.
 */
export class PostgresPortfolioRepository implements PortfolioRepository {
  readonly #client: PostgresClient;
  readonly #transactions: RetriedTransactions;
  readonly #portfolios: PortfolioStatements;
  readonly #valuations: ValuationStatements;
  readonly #prices: PriceStatements;
  readonly #chunkSize: number;
  readonly #pageSize: number;
  readonly #outcomes: Record<ValuationOutcome, number> = { saved: 0, conflict: 0, outdated: 0, missing: 0 };
  #writes = 0;
  #conflicts = 0;

  /**
   * The pool stays the caller's: `close()` does not end it.
   * @throws TickmarkError `INVALID_ARGUMENT` for a pool that is none, or an option out of range.
   */
  constructor(pool: PostgresPool, options: PostgresPortfolioRepositoryOptions = {}) {
    const where = 'PostgresPortfolioRepository';
    const tables = tableNames(options, where);
    this.#chunkSize = count(options.chunkSize, 2_000, `${where}: chunkSize`);
    this.#pageSize = count(options.pageSize, 500, `${where}: pageSize`);
    this.#portfolios = new PortfolioStatements(tables);
    this.#valuations = new ValuationStatements(tables);
    this.#prices = new PriceStatements(tables);
    this.#client = postgresClient(pool, `${where}: pool`, options.logger);
    this.#transactions = new RetriedTransactions(this.#client, options, where);
  }

  async load(id: string): Promise<Portfolio | null> {
    const found = await this.#transactions.run('load()', (query) => this.#portfolios.load(query, [id]));
    return found[0] ?? null;
  }

  async loadMany(ids: readonly string[]): Promise<Portfolio[]> {
    return this.#inChunks([...new Set(ids)], (chunk) =>
      this.#transactions.run('loadMany()', (query) => this.#portfolios.load(query, chunk)),
    );
  }

  async findHolders(symbol: string): Promise<string[]> {
    return this.#transactions.run('findHolders()', (query) => this.#portfolios.holders(query, symbol));
  }

  async *stream(): AsyncIterable<Portfolio> {
    let last: Portfolio | null = null;
    while (true) {
      const after: Portfolio | null = last;
      const page: Portfolio[] = await this.#transactions.run('stream()', (query) =>
        this.#portfolios.page(query, after, this.#pageSize),
      );
      yield* page;
      if (page.length < this.#pageSize) return;
      last = page.at(-1)!;
    }
  }

  async save(portfolio: Portfolio): Promise<Portfolio> {
    return this.#write('save()', async (query, write) =>
      portfolio.withVersion(await this.#portfolios.save(query, portfolio, write)),
    );
  }

  async delete(id: string, expectedVersion: number): Promise<void> {
    await this.#write('delete()', (query, write) =>
      this.#portfolios.delete(query, id, expectedVersion, write),
    );
  }

  async changesSince(since: string | null): Promise<HoldingsChanges> {
    return this.#transactions.run('changesSince()', (query) => this.#portfolios.changes(query, since));
  }

  async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const outcomes = new Array<ValuationOutcome>(valuations.length);
    const sets = partitionUnique(valuations, ({ portfolioId }) => portfolioId).map((indexes) => ({
      indexes,
      records: indexes.map((index) => ({ ...valuations[index]! })),
    }));
    for (const { indexes, records } of sets) {
      const told = await this.#inChunks(records, (chunk) =>
        this.#transactions.run('saveValuations()', (query) => this.#valuations.save(query, chunk)),
      );
      told.forEach((outcome, at) => {
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

  /** Counters. */
  stats(): PostgresPortfolioRepositoryStats {
    return {
      writes: this.#writes,
      conflicts: this.#conflicts,
      outcomes: { ...this.#outcomes },
      ...this.#transactions.stats(),
      connectionErrors: this.#client.connectionErrors,
    };
  }

  /** Fails what is under way with `CLOSED` and takes its listener off the pool, which stays open. Idempotent. */
  async close(): Promise<void> {
    this.#transactions.close();
    this.#client.close();
  }

  /** Same as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #write<Result>(
    what: string,
    work: (query: Parameters<PortfolioStatements['save']>[0], write: HoldingsWrite) => Promise<Result>,
  ): Promise<Result> {
    const name = uniqueName();
    try {
      const result = await this.#transactions.run(what, (query, { isOutcomeUnknown }: Attempt) =>
        work(query, { name, isOutcomeUnknown }),
      );
      this.#writes++;
      return result;
    } catch (error) {
      if (error instanceof ConcurrencyError) this.#conflicts++;
      throw error;
    }
  }

  async #inChunks<Item, Result>(
    items: readonly Item[],
    work: (chunk: readonly Item[]) => Promise<Result[]>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    for (let at = 0; at < items.length; at += this.#chunkSize) {
      for (const result of await work(items.slice(at, at + this.#chunkSize))) results.push(result);
    }
    return results;
  }
}

// 72 random bits: unlikely enough to be met again among the names that one portfolio remembers.
function uniqueName(): string {
  return btoa(String.fromCharCode(...globalThis.crypto.getRandomValues(new Uint8Array(9))));
}

function count(given: number | undefined, fallback: number, where: string): number {
  if (given === undefined) return fallback;
  if (Number.isSafeInteger(given) && given >= 1 && given <= 100_000) return given;
  throw invalidArgument(where, given, 'a whole number from 1 to 100000');
}
