import { ConcurrencyError, type TickmarkError } from '../core/errors.js';
import type { Portfolio } from '../core/portfolio/portfolio.js';
import { saveOutcome, type SaveOutcome } from '../core/portfolio/save-outcome.js';
import { chunksOf } from './chunks.js';
import type { RunStatement } from './drivers/postgres-client.js';
import { PostgresFailure } from './failure.js';
import { preparedSave, type PreparedSave } from './statements/holdings-parameters.js';
import { HoldingsStatements, StoredEntries } from './statements/holdings-statements.js';
import type { HoldingsWrite } from './statements/stored-states.js';
import { partitionUnique } from './partition-unique.js';
import type { RetriedTransactions } from './retried-transactions.js';
import type { TableNames } from './table-names.js';

/**
 * Writes holdings. Each write has a name that stays the same in all attempts, so that it takes effect once, even if the answer to a
 * commit was lost.
 */
export class HoldingsWriter {
  /** Saves and deletes that succeeded. */
  writes = 0;
  /** Saves and deletes that met a version conflict. */
  conflicts = 0;
  readonly #transactions: RetriedTransactions;
  readonly #statements: HoldingsStatements;
  readonly #chunkSize: number;

  readonly #snapshotFrom: number;

  /**
   * @param chunkSize Most portfolios and positions in one statement.
   * @param snapshotFrom Number of entries from which a ledger has a snapshot.
   */
  constructor(
    transactions: RetriedTransactions,
    tables: TableNames,
    chunkSize: number,
    snapshotFrom: number,
  ) {
    this.#transactions = transactions;
    this.#statements = new HoldingsStatements(tables);
    this.#chunkSize = chunkSize;
    this.#snapshotFrom = snapshotFrom;
  }

  /** @throws as `PortfolioRepository.save`. */
  async save(portfolio: Portfolio): Promise<Portfolio> {
    const prepared = preparedSave(portfolio, this.#snapshotFrom);
    const [result] = await this.#write('save()', (query, write) =>
      this.#statements.save(query, [prepared], write),
    ).catch((error: unknown) => {
      throw refusalOf(portfolio.id, error) ?? error;
    });
    this.#count(result!);
    if (result!.outcome !== 'saved') throw result!.error;
    return result!.portfolio;
  }

  async saveMany(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]> {
    const outcomes = new Array<SaveOutcome>(portfolios.length);
    let failure: SaveOutcome | null = null;
    for (const indexes of partitionUnique(portfolios, ({ id }) => id)) {
      const prepared = indexes.flatMap((at) => {
        try {
          return { at, save: preparedSave(portfolios[at]!, this.#snapshotFrom) };
        } catch (error) {
          outcomes[at] = saveOutcome(error);
          return [];
        }
      });
      for (const chunk of this.#chunks(prepared)) {
        // After a failure of the store the rest is not tried: it would wait for the same server again and again.
        const results: readonly SaveOutcome[] = failure
          ? chunk.map(() => failure!)
          : await this.#saveSet(chunk.map(({ save }) => save));
        failure ??= results.find(isStoreFailure) ?? null;
        chunk.forEach(({ at }, n) => (outcomes[at] = results[n]!));
      }
    }
    for (const outcome of outcomes) this.#count(outcome);
    return outcomes;
  }

  // What replaces all that is stored has a statement of its own.
  *#chunks<Item extends { readonly save: PreparedSave }>(prepared: readonly Item[]): Iterable<Item[]> {
    for (const isWhole of [false, true]) {
      const alike = prepared.filter(({ save }) => save.changes.isWhole === isWhole);
      yield* chunksOf(alike, this.#chunkSize, ({ save }) => 1 + save.changes.positions.length);
    }
  }

  /** @throws as `PortfolioRepository.delete`. */
  async delete(id: string, expectedVersion: number): Promise<void> {
    try {
      await this.#write('delete()', (query, write) =>
        this.#statements.delete(query, id, expectedVersion, write),
      );
      this.writes++;
    } catch (error) {
      if (error instanceof ConcurrencyError) this.conflicts++;
      throw error;
    }
  }

  #write<Result>(
    what: string,
    work: (query: RunStatement, write: HoldingsWrite) => Promise<Result>,
    name = uniqueName(),
  ): Promise<Result> {
    return this.#transactions.run(what, (query, { isOutcomeUnknown }) =>
      work(query, { name, isOutcomeUnknown }),
    );
  }

  // A set that holds something the database refuses is divided, so that the rest is saved. The name stays: an earlier attempt may
  // have taken effect.
  async #saveSet(set: readonly PreparedSave[], name = uniqueName()): Promise<SaveOutcome[]> {
    try {
      return await this.#write(
        'saveMany()',
        (query, write) => this.#statements.save(query, set, write),
        name,
      );
    } catch (error) {
      if (error instanceof StoredEntries) return this.#saveRest(set, error, name);
      if (set.length === 1 || !isRefusedData(error)) return set.map(() => saveOutcome(error));
      const half = set.length >> 1;
      return [
        ...(await this.#saveSet(set.slice(0, half), name)),
        ...(await this.#saveSet(set.slice(half), name)),
      ];
    }
  }

  async #saveRest(set: readonly PreparedSave[], stored: StoredEntries, name: string): Promise<SaveOutcome[]> {
    const refusals = set.map(({ portfolio }) => stored.refusalOf(portfolio.id));
    const rest = set.filter((_, at) => !refusals[at]);
    const outcomes = rest.length > 0 ? await this.#saveSet(rest, name) : [];
    return refusals.map((error) => (error ? saveOutcome(error) : outcomes.shift()!));
  }

  #count({ outcome }: SaveOutcome): void {
    if (outcome === 'saved') this.writes++;
    if (outcome === 'conflict') this.conflicts++;
  }
}

function refusalOf(portfolioId: string, error: unknown): TickmarkError | undefined {
  return error instanceof StoredEntries ? error.refusalOf(portfolioId) : undefined;
}

// 72 random bits: practically unique among the names that one portfolio remembers.
function uniqueName(): string {
  return btoa(String.fromCharCode(...globalThis.crypto.getRandomValues(new Uint8Array(9))));
}

// Whether the store itself failed, and not a portfolio of the set.
function isStoreFailure(result: SaveOutcome): boolean {
  return result.outcome === 'failed' && result.error.cause !== undefined && !isRefusedData(result.error);
}

// Data exceptions, constraints, and RAISE of a trigger: the rest of a set may be saved.
function isRefusedData(error: unknown): boolean {
  const { cause } = (error ?? {}) as { cause?: unknown };
  return cause instanceof PostgresFailure && /^(22|23|P0001)/.test(cause.code ?? '');
}
