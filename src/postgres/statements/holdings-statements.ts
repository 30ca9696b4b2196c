import type { Portfolio } from '../../core/portfolio/portfolio.js';
import { saveOutcome, type SaveOutcome } from '../../core/portfolio/save-outcome.js';
import { versionArray } from '../array-literal.js';
import type { RunStatement } from '../drivers/postgres-client.js';
import { POSITION_COLUMNS, saveParameters, saveSetParameters } from './holdings-parameters.js';
import {
  REMEMBERED_SAVES,
  StoredStates,
  refusedSave,
  refusedVersion,
  type HoldingsWrite,
  type StoredState,
} from './stored-states.js';
import { originalName, storedName } from '../../core/portfolio/stored-name.js';
import type { TableNames } from '../table-names.js';
import { VALUATION_COLUMNS } from './valuation-statements.js';

const POSITION_NAMES = POSITION_COLUMNS.map(([name]) => name).join(', ');

// Positions that stay as they are keep their row and its version.
const REPLACE_CHANGED_POSITIONS = `ON CONFLICT (portfolio_id, symbol) DO UPDATE SET version = excluded.version,
    ${['ordinal', ...POSITION_COLUMNS.map(([name]) => name)].map((name) => `${name} = excluded.${name}`).join(', ')}
  WHERE (${['ordinal', ...POSITION_COLUMNS.map(([name]) => name)].map((name) => `stored.${name}`).join(', ')}) IS DISTINCT FROM
    (${['ordinal', ...POSITION_COLUMNS.map(([name]) => name)].map((name) => `excluded.${name}`).join(', ')})`;

const REPLACE_ENTRIES = `ON CONFLICT (portfolio_id, id) DO UPDATE
  SET ordinal = excluded.ordinal, at = excluded.at, entry = excluded.entry`;

// `$n::type AS name` of each column of a position, from parameter `first` on.
const unnested = (first: number): string =>
  POSITION_COLUMNS.map(([name, type], index) => `unnest($${first + index}::${type}[]) AS ${name}`).join(', ');

/** Saves and deletes holdings. */
export class HoldingsStatements {
  readonly #create: string;
  readonly #change: string;
  readonly #saveSet: string;
  readonly #delete: string;
  readonly #states: StoredStates;

  /** @param order `ORDER BY` of the rows that a set locks. */
  constructor(t: TableNames, order = 'ORDER BY given.id COLLATE "C"') {
    this.#states = new StoredStates(t);
    // One portfolio has statements of its own: the statement of sets takes longer to plan.
    const set = `currency = $3::text, terms = $4::text, cash_currencies = $5::text[], cash_amounts = $6::numeric[],
    recent_saves = ($7::text || stored.recent_saves)[1:${REMEMBERED_SAVES}], changed = txid_current()`;
    const positions = `, held AS (
  SELECT written.version, given.* FROM written, unnest($8::text[], ${POSITION_COLUMNS.map(([, type], index) => `$${9 + index}::${type}[]`).join(', ')})
    WITH ORDINALITY AS given (symbol, ${POSITION_NAMES}, ordinal)
), closed AS (
  DELETE FROM ${t.positions} s USING written WHERE s.portfolio_id = $1::text AND s.symbol <> ALL ($8::text[])
), opened AS (
  INSERT INTO ${t.positions} AS stored (portfolio_id, symbol, ordinal, version, ${POSITION_NAMES})
  SELECT $1::text, symbol, ordinal, version, ${POSITION_NAMES} FROM held
  ${REPLACE_CHANGED_POSITIONS}
), forgotten AS (
  DELETE FROM ${t.entries} e USING written
  -- As text: postgres.js turns a string for a boolean into false.
  WHERE $17::text = 'true' AND e.portfolio_id = $1::text AND e.id <> ALL ($18::text[])
), entered AS (
  INSERT INTO ${t.entries} (portfolio_id, id, ordinal, at, entry)
  SELECT $1::text, given.* FROM written, unnest($18::text[], $19::integer[], $20::double precision[], $21::text[])
    AS given (id, ordinal, at, entry)
  ${REPLACE_ENTRIES}
), revised AS (
  INSERT INTO ${t.valuations} (portfolio_id, holdings_version) SELECT $1::text, version FROM written
  ON CONFLICT (portfolio_id) DO UPDATE SET holdings_version = excluded.holdings_version
)
SELECT $1::text, version::text FROM written`;
    this.#create = `
WITH written AS (
  INSERT INTO ${t.portfolios} AS stored (id, version, currency, terms, cash_currencies, cash_amounts, recent_saves, changed)
  VALUES ($1::text, $2::bigint + 1, $3::text, $4::text, $5::text[], $6::numeric[], ARRAY[$7::text], txid_current())
  ON CONFLICT (id) DO UPDATE SET version = stored.version + 1, deletion = NULL, ${set}
  WHERE stored.deletion IS NOT NULL
  RETURNING version
)${positions}`;
    this.#change = `
WITH written AS (
  UPDATE ${t.portfolios} AS stored SET version = stored.version + 1, ${set}
  WHERE stored.id = $1::text AND stored.version = $2::bigint AND stored.deletion IS NULL
  RETURNING version
)${positions}`;
    // One pass over the portfolios in the order of their ids, then one over their valuations in the same order: sets that overlap,
    // of holdings or of valuations, wait for each other and never in a circle. A row is locked, compared as it is once it is locked,
    // and written. EXISTS keeps an unknown id from being created by a save that expects a version.
    this.#saveSet = `
WITH given AS (
  SELECT unnest($1::text[]) AS id, unnest($2::bigint[]) AS version, unnest($3::text[]) AS currency,
    unnest($4::text[]) AS terms, unnest($5::text[]) AS cash_currencies, unnest($6::text[]) AS cash_amounts,
    unnest($8::boolean[]) AS replaces
), written AS (
  INSERT INTO ${t.portfolios} AS stored (id, version, currency, terms, cash_currencies, cash_amounts, recent_saves, changed)
  SELECT id, version + 1, currency, terms, cash_currencies::text[], cash_amounts::numeric[], ARRAY[$7::text],
    txid_current() FROM given
  WHERE version = 0 OR EXISTS (SELECT FROM ${t.portfolios} AS known WHERE known.id = given.id OFFSET 0)
  ${order}
  ON CONFLICT (id) DO UPDATE SET version = stored.version + 1, deletion = NULL, currency = excluded.currency,
    terms = excluded.terms, cash_currencies = excluded.cash_currencies,
    cash_amounts = excluded.cash_amounts, changed = excluded.changed,
    recent_saves = (excluded.recent_saves || stored.recent_saves)[1:${REMEMBERED_SAVES}]
  WHERE CASE WHEN excluded.version = 1 THEN stored.deletion IS NOT NULL
    ELSE stored.deletion IS NULL AND stored.version = excluded.version - 1 END
  RETURNING id, version
), held AS (
  SELECT written.version, holding.* FROM written JOIN (
    SELECT unnest($9::text[]) AS portfolio_id, unnest($10::integer[]) AS ordinal, unnest($11::text[]) AS symbol,
      ${unnested(12)}
  ) AS holding ON holding.portfolio_id = written.id
), closed AS (
  DELETE FROM ${t.positions} s USING (
    SELECT stored.portfolio_id, stored.symbol FROM written, LATERAL (
      SELECT portfolio_id, symbol FROM ${t.positions} WHERE portfolio_id = written.id OFFSET 0
    ) AS stored
    EXCEPT SELECT portfolio_id, symbol FROM held
  ) AS gone WHERE s.portfolio_id = gone.portfolio_id AND s.symbol = gone.symbol
), opened AS (
  INSERT INTO ${t.positions} AS stored (portfolio_id, symbol, ordinal, version, ${POSITION_NAMES})
  SELECT portfolio_id, symbol, ordinal, version, ${POSITION_NAMES} FROM held
  ${REPLACE_CHANGED_POSITIONS}
), ledger AS (
  SELECT entry.* FROM written JOIN (
    SELECT unnest($20::text[]) AS portfolio_id, unnest($21::text[]) AS id, unnest($22::integer[]) AS ordinal,
      unnest($23::double precision[]) AS at, unnest($24::text[]) AS entry
  ) AS entry ON entry.portfolio_id = written.id
), forgotten AS (
  DELETE FROM ${t.entries} e USING (
    SELECT stored.portfolio_id, stored.id FROM written JOIN given ON given.id = written.id AND given.replaces, LATERAL (
      SELECT portfolio_id, id FROM ${t.entries} WHERE portfolio_id = written.id OFFSET 0
    ) AS stored
    EXCEPT SELECT portfolio_id, id FROM ledger
  ) AS gone WHERE e.portfolio_id = gone.portfolio_id AND e.id = gone.id
), entered AS (
  INSERT INTO ${t.entries} (portfolio_id, id, ordinal, at, entry)
  SELECT portfolio_id, id, ordinal, at, entry FROM ledger
  ${REPLACE_ENTRIES}
), revised AS (
  INSERT INTO ${t.valuations} (portfolio_id, holdings_version)
  SELECT id, version FROM written ORDER BY id COLLATE "C"
  ON CONFLICT (portfolio_id) DO UPDATE SET holdings_version = excluded.holdings_version
)
SELECT id, version::text FROM written`;
    // The row of the valuation stays, emptied: see ValuationStatements.
    this.#delete = `
WITH written AS (
  UPDATE ${t.portfolios} SET deletion = $3::text, cash_currencies = '{}', cash_amounts = '{}', changed = txid_current()
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

  /** Stores holdings of different portfolios, and returns what became of each, in their order. */
  async save(
    query: RunStatement,
    portfolios: readonly Portfolio[],
    write: HoldingsWrite,
  ): Promise<SaveOutcome[]> {
    const [first] = portfolios;
    const written =
      portfolios.length === 1
        ? await query(first!.version === 0 ? this.#create : this.#change, saveParameters(first!, write.name))
        : await query(this.#saveSet, saveSetParameters(portfolios, write.name));
    const versions = new Map(written.map(([id, version]) => [originalName(id!), Number(version)]));
    const refused = portfolios.filter(({ id }) => !versions.has(id)).map(({ id }) => id);
    const states =
      refused.length > 0 ? await this.#states.of(query, refused, write.name) : new Map<string, StoredState>();
    return portfolios.map((portfolio) => {
      const { id } = portfolio;
      const version = versions.get(id) ?? states.get(id)?.savedVersion;
      return version == null
        ? saveOutcome(refusedSave(portfolio, states.get(id), write))
        : { outcome: 'saved', portfolio: portfolio.asStored(version) };
    });
  }

  /** Deletes a portfolio. @throws as `PortfolioRepository.delete`. */
  async delete(query: RunStatement, id: string, version: number, write: HoldingsWrite): Promise<void> {
    const parameters = [storedName(id), versionArray([version], 'delete: expectedVersion').slice(1, -1)];
    if ((await query(this.#delete, [...parameters, write.name])).length > 0) return;
    const state = (await this.#states.of(query, [id], write.name)).get(id);
    if (state?.deletion !== write.name) throw refusedVersion(id, version, state);
  }
}
