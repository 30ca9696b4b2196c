import { ConcurrencyError } from '../core/errors.js';
import type { Portfolio } from '../core/portfolio/portfolio.js';
import { saveOutcome, type SaveOutcome } from '../core/portfolio/save-outcome.js';
import { repositoryFailure } from './failure.js';
import type { SqliteQueries } from './sqlite-queries.js';
import type { SqliteTransactions } from './sqlite-transactions.js';
import { HoldingsStatements } from './statements/holdings-statements.js';

/** Writes holdings: one portfolio, or a set of which each portfolio is accepted or refused on its own. */
export class HoldingsWriter {
  /** Saves and deletes that succeeded. */
  writes = 0;
  /** Saves and deletes that met a version conflict. */
  conflicts = 0;
  readonly #transactions: SqliteTransactions;
  readonly #statements: HoldingsStatements;
  readonly #snapshotFrom: number;

  /** @param snapshotFrom Number of entries from which a ledger has a snapshot. */
  constructor(transactions: SqliteTransactions, snapshotFrom: number) {
    this.#snapshotFrom = snapshotFrom;
    this.#transactions = transactions;
    this.#statements = new HoldingsStatements(transactions.names);
  }

  /** @throws as `PortfolioRepository.save`. */
  save(portfolio: Portfolio): Portfolio {
    return this.#counted('save()', (queries) =>
      this.#statements.save(queries, portfolio, this.#snapshotFrom),
    );
  }

  /** @throws as `PortfolioRepository.delete`. */
  delete(id: string, expectedVersion: number): void {
    this.#counted('delete()', (queries) => this.#statements.delete(queries, id, expectedVersion));
  }

  saveMany(portfolios: readonly Portfolio[]): SaveOutcome[] {
    const outcomes = this.#saveSet(portfolios);
    for (const { outcome } of outcomes) {
      if (outcome === 'saved') this.writes++;
      if (outcome === 'conflict') this.conflicts++;
    }
    return outcomes;
  }

  #saveSet(portfolios: readonly Portfolio[]): SaveOutcome[] {
    try {
      return this.#transactions.write('saveMany()', (queries) =>
        portfolios.map((portfolio) => this.#saveOne(queries, portfolio)),
      );
    } catch (error) {
      return portfolios.map(() => saveOutcome(error));
    }
  }

  // What a portfolio has written is taken back where it is refused, so that the rest of the set is saved.
  #saveOne(queries: SqliteQueries, portfolio: Portfolio): SaveOutcome {
    queries.exec('SAVEPOINT portfolio');
    try {
      const saved = this.#statements.save(queries, portfolio, this.#snapshotFrom);
      queries.exec('RELEASE portfolio');
      return { outcome: 'saved', portfolio: saved };
    } catch (error) {
      const failure = repositoryFailure('saveMany()', error);
      try {
        queries.exec('ROLLBACK TO portfolio; RELEASE portfolio');
      } catch {
        // SQLite has rolled back the whole transaction: nothing of the set is stored.
        throw failure;
      }
      return saveOutcome(failure);
    }
  }

  #counted<Result>(what: string, work: (queries: SqliteQueries) => Result): Result {
    try {
      const result = this.#transactions.write(what, work);
      this.writes++;
      return result;
    } catch (error) {
      if (error instanceof ConcurrencyError) this.conflicts++;
      throw error;
    }
  }
}
