import { RepositoryError, TickmarkError } from '../../core/errors.js';
import { saveOutcome, type SaveOutcome } from '../../core/portfolio/save-outcome.js';
import { versionArray } from '../array-literal.js';
import type { RunStatement } from '../drivers/postgres-client.js';
import {
  entryNameParameters,
  saveParameters,
  saveSetParameters,
  type PreparedSave,
} from './holdings-parameters.js';
import { saveOneSql, saveSetSql, type SaveSql } from './save-sql.js';
import { storedEntry } from '../../core/portfolio/saving/stored-entry.js';
import {
  StoredStates,
  refusedSave,
  refusedVersion,
  type HoldingsWrite,
  type StoredState,
} from './stored-states.js';
import { originalName, storedName } from '../../core/portfolio/stored-name.js';
import type { TableNames } from '../table-names.js';
import { VALUATION_COLUMNS } from './valuation-statements.js';

/** Portfolios with an entry that is stored already. The transaction that found them is rolled back. */
export class StoredEntries extends TickmarkError {
  readonly #ids: ReadonlyMap<string, string>;

  /** @param ids The entry of each portfolio. */
  constructor(ids: ReadonlyMap<string, string>) {
    super('ENTRY_CONFLICT', 'Entries are stored already.');
    this.#ids = ids;
  }

  /** Why a portfolio was not saved, if it is one of them. */
  refusalOf(portfolioId: string): TickmarkError | undefined {
    const entry = this.#ids.get(portfolioId);
    return entry === undefined ? undefined : storedEntry(portfolioId, entry);
  }
}

/** Saves and deletes holdings. */
export class HoldingsStatements {
  readonly #one: SaveSql;
  readonly #set: Omit<SaveSql, 'create'>;
  readonly #stored: string;
  readonly #delete: string;
  readonly #states: StoredStates;

  /** @param order `ORDER BY` of the rows that a set locks. */
  constructor(t: TableNames, order = 'ORDER BY given.id COLLATE "C"') {
    this.#states = new StoredStates(t);
    this.#one = saveOneSql(t);
    this.#set = saveSetSql(t, order);
    // Those that are stored were stored under another number.
    this.#stored = `
SELECT e.portfolio_id, e.id FROM unnest($1::text[], $2::text[], $3::integer[]) AS given (portfolio_id, id, ordinal)
JOIN ${t.entries} e ON e.portfolio_id = given.portfolio_id AND e.id = given.id WHERE e.ordinal <> given.ordinal`;
    // The row of the valuation stays, emptied: see ValuationStatements.
    this.#delete = `
WITH written AS (
  UPDATE ${t.portfolios} SET deletion = $3::text, cash_currencies = '{}', cash_amounts = '{}', changed = txid_current(),
    snapshot = NULL, snapshot_entries = NULL, snapshot_at = NULL, snapshot_version = NULL
  WHERE id = $1::text AND version = $2::bigint AND deletion IS NULL
  RETURNING id
), closed AS (
  DELETE FROM ${t.positions} s USING written WHERE s.portfolio_id = written.id
), forgotten AS (
  DELETE FROM ${t.entries} e USING written WHERE e.portfolio_id = written.id
), emptied AS (
  UPDATE ${t.valuations} v SET holdings_version = NULL,
    ${VALUATION_COLUMNS.map((name) => `${name} = NULL`).join(', ')}
  FROM written WHERE v.portfolio_id = written.id
)
SELECT id FROM written`;
  }

  /**
   * Stores holdings of different portfolios, all whole or all changes, and returns what became of each, in their order.
   * @throws StoredEntries: then the transaction has to be rolled back.
   */
  async save(
    query: RunStatement,
    saves: readonly PreparedSave[],
    write: HoldingsWrite,
  ): Promise<SaveOutcome[]> {
    const written = await this.#write(query, saves, write.name);
    const versions = new Map(written.map(([id, version]) => [originalName(id!), Number(version)]));
    await this.#checkEntered(query, saves, versions, Number(written[0]?.[2] ?? 0));
    const refused = saves.flatMap(({ portfolio: { id } }) => (versions.has(id) ? [] : [id]));
    const states =
      refused.length > 0 ? await this.#states.of(query, refused, write.name) : new Map<string, StoredState>();
    return saves.map(({ portfolio, snapshot }) => {
      const { id } = portfolio;
      const version = versions.get(id) ?? states.get(id)?.savedVersion;
      return version == null
        ? saveOutcome(refusedSave(portfolio, states.get(id), write))
        : { outcome: 'saved', portfolio: portfolio.asSaved(version, snapshot) };
    });
  }

  #write(query: RunStatement, saves: readonly PreparedSave[], name: string): ReturnType<RunStatement> {
    const [{ portfolio, changes }] = saves as [PreparedSave];
    if (saves.length > 1)
      return query(changes.isWhole ? this.#set.whole : this.#set.changes, saveSetParameters(saves, name));
    const sql = !changes.isWhole
      ? this.#one.changes
      : portfolio.version === 0
        ? this.#one.create
        : this.#one.whole;
    return query(sql, saveParameters(saves[0]!, name));
  }

  async #checkEntered(
    query: RunStatement,
    saves: readonly PreparedSave[],
    versions: ReadonlyMap<string, number>,
    entered: number,
  ): Promise<void> {
    const written = saves.filter(({ portfolio: { id } }) => versions.has(id));
    const sent = written.reduce((sum, { changes }) => sum + changes.entries.length, 0);
    if (sent === entered) return;
    const rows = await query(this.#stored, entryNameParameters(written));
    if (rows.length === 0)
      throw new RepositoryError(
        `save(): PostgreSQL stored ${entered} of ${sent} entries: has the table a trigger?`,
        {
          retryable: false,
        },
      );
    throw new StoredEntries(new Map(rows.map(([id, entry]) => [originalName(id!), originalName(entry!)])));
  }

  /** Deletes a portfolio. @throws as `PortfolioRepository.delete`. */
  async delete(query: RunStatement, id: string, version: number, write: HoldingsWrite): Promise<void> {
    const parameters = [storedName(id), versionArray([version], 'delete: expectedVersion').slice(1, -1)];
    if ((await query(this.#delete, [...parameters, write.name])).length > 0) return;
    const state = (await this.#states.of(query, [id], write.name)).get(id);
    if (state?.deletion !== write.name) throw refusedVersion(id, version, state);
  }
}
