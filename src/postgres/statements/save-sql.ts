import type { TableNames } from '../table-names.js';
import { POSITION_COLUMNS } from './holdings-parameters.js';
import { REMEMBERED_SAVES } from './stored-states.js';

const POSITION_NAMES = POSITION_COLUMNS.map(([name]) => name).join(', ');
const PLACED_NAMES = ['ordinal', ...POSITION_COLUMNS.map(([name]) => name)];

// Positions that stay as they are keep their row and its version.
const REPLACE_CHANGED_POSITIONS = `ON CONFLICT (portfolio_id, symbol) DO UPDATE SET version = excluded.version,
    ${PLACED_NAMES.map((name) => `${name} = excluded.${name}`).join(', ')}
  WHERE (${PLACED_NAMES.map((name) => `stored.${name}`).join(', ')}) IS DISTINCT FROM
    (${PLACED_NAMES.map((name) => `excluded.${name}`).join(', ')})`;

const REPLACE_ENTRIES = `ON CONFLICT (portfolio_id, id) DO UPDATE
  SET ordinal = excluded.ordinal, at = excluded.at, entry = excluded.entry`;

// An id that is stored is not entered: the number of rows tells, and the transaction is then rolled back.
const KEEP_ENTRIES = 'ON CONFLICT (portfolio_id, id) DO NOTHING';

// Without a new snapshot the stored one stays, and is right for the new version if it was for the one before. Its text is not written again.
const snapshotColumns = (text: string, entries: string, at: string): string => `
    snapshot = CASE WHEN ${entries} IS NULL THEN stored.snapshot ELSE ${text} END,
    snapshot_entries = coalesce(${entries}, stored.snapshot_entries),
    snapshot_at = CASE WHEN ${entries} IS NULL THEN stored.snapshot_at ELSE ${at} END,
    snapshot_version = CASE WHEN ${entries} IS NOT NULL OR stored.snapshot_version = stored.version THEN stored.version + 1 END`;

/** SQL of saves: `whole` replaces whatever is stored; `changes` writes what was changed since a stored version. */
export interface SaveSql {
  /** Creates a portfolio; the parameters are those of `whole`. */
  readonly create: string;
  readonly whole: string;
  readonly changes: string;
}

/** Saves of one portfolio: they have statements of their own, since those of sets take longer to plan. */
export function saveOneSql(t: TableNames): SaveSql {
  const set = `currency = $3::text, terms = $4::text, cash_currencies = $5::text[], cash_amounts = $6::numeric[],
    recent_saves = ($7::text || stored.recent_saves)[1:${REMEMBERED_SAVES}], changed = txid_current(),
    ${snapshotColumns('$8::text', '$9::integer', '$10::double precision')}`;
  const update = `
WITH written AS (
  UPDATE ${t.portfolios} AS stored SET version = stored.version + 1, ${set}
  WHERE stored.id = $1::text AND stored.version = $2::bigint AND stored.deletion IS NULL
  RETURNING version
)`;
  const create = `
WITH written AS (
  INSERT INTO ${t.portfolios} AS stored (id, version, currency, terms, cash_currencies, cash_amounts, recent_saves, changed,
    snapshot, snapshot_entries, snapshot_at, snapshot_version)
  VALUES ($1::text, $2::bigint + 1, $3::text, $4::text, $5::text[], $6::numeric[], ARRAY[$7::text], txid_current(),
    $8::text, $9::integer, $10::double precision, $2::bigint + 1)
  ON CONFLICT (id) DO UPDATE SET version = stored.version + 1, deletion = NULL, ${set}
  WHERE stored.deletion IS NOT NULL
  RETURNING version
)`;
  const held = `, held AS (
  SELECT written.version, given.* FROM written,
    unnest($11::text[], ${POSITION_COLUMNS.map(([, type], index) => `$${12 + index}::${type}[]`).join(', ')}, $20::integer[])
    AS given (symbol, ${POSITION_NAMES}, ordinal)
), opened AS (
  INSERT INTO ${t.positions} AS stored (portfolio_id, symbol, ordinal, version, ${POSITION_NAMES})
  SELECT $1::text, symbol, ordinal, version, ${POSITION_NAMES} FROM held
  ${REPLACE_CHANGED_POSITIONS}
)`;
  const entered = (orKnown: string): string => `, entered AS (
  INSERT INTO ${t.entries} (portfolio_id, id, ordinal, at, entry)
  SELECT $1::text, given.* FROM written, unnest($21::text[], $22::integer[], $23::double precision[], $24::text[])
    AS given (id, ordinal, at, entry)
  ${orKnown}
  RETURNING 1
), revised AS (
  INSERT INTO ${t.valuations} (portfolio_id, holdings_version) SELECT $1::text, version FROM written
  ON CONFLICT (portfolio_id) DO UPDATE SET holdings_version = excluded.holdings_version
)
SELECT $1::text, version::text, (SELECT count(*) FROM entered)::text FROM written`;
  const whole = `${held}, closed AS (
  DELETE FROM ${t.positions} s USING written WHERE s.portfolio_id = $1::text AND s.symbol <> ALL ($11::text[])
), forgotten AS (
  DELETE FROM ${t.entries} e USING written WHERE e.portfolio_id = $1::text AND e.id <> ALL ($21::text[])
)${entered(REPLACE_ENTRIES)}`;
  const changes = `${held}, closed AS (
  DELETE FROM ${t.positions} s USING written WHERE s.portfolio_id = $1::text AND s.symbol = ANY ($25::text[])
)${entered(KEEP_ENTRIES)}`;
  return { create: create + whole, whole: update + whole, changes: update + changes };
}

/**
 * Saves of sets, in one pass over the portfolios in the order of their ids, then one over their valuations in the same order: sets that overlap,
 * of holdings or of valuations, wait for each other and never in a circle. A row is locked, compared as it is once it is locked, and written.
 * @param order `ORDER BY` of the rows that a set locks.
 */
export function saveSetSql(t: TableNames, order: string): Omit<SaveSql, 'create'> {
  // EXISTS keeps an unknown id from being created by a save that expects a version.
  const written = `
WITH given AS (
  SELECT unnest($1::text[]) AS id, unnest($2::bigint[]) AS version, unnest($3::text[]) AS currency,
    unnest($4::text[]) AS terms, unnest($5::text[]) AS cash_currencies, unnest($6::text[]) AS cash_amounts,
    unnest($8::text[]) AS snapshot, unnest($9::integer[]) AS snapshot_entries, unnest($10::double precision[]) AS snapshot_at
), written AS (
  INSERT INTO ${t.portfolios} AS stored (id, version, currency, terms, cash_currencies, cash_amounts, recent_saves, changed,
    snapshot, snapshot_entries, snapshot_at, snapshot_version)
  SELECT id, version + 1, currency, terms, cash_currencies::text[], cash_amounts::numeric[], ARRAY[$7::text],
    txid_current(), snapshot, snapshot_entries, snapshot_at, version + 1 FROM given
  WHERE version = 0 OR EXISTS (SELECT FROM ${t.portfolios} AS known WHERE known.id = given.id OFFSET 0)
  ${order}
  ON CONFLICT (id) DO UPDATE SET version = stored.version + 1, deletion = NULL, currency = excluded.currency,
    terms = excluded.terms, cash_currencies = excluded.cash_currencies,
    cash_amounts = excluded.cash_amounts, changed = excluded.changed,
    recent_saves = (excluded.recent_saves || stored.recent_saves)[1:${REMEMBERED_SAVES}],
    ${snapshotColumns('excluded.snapshot', 'excluded.snapshot_entries', 'excluded.snapshot_at')}
  WHERE CASE WHEN excluded.version = 1 THEN stored.deletion IS NOT NULL
    ELSE stored.deletion IS NULL AND stored.version = excluded.version - 1 END
  RETURNING id, version
), held AS (
  SELECT written.version, holding.* FROM written JOIN (
    SELECT unnest($11::text[]) AS portfolio_id, unnest($12::integer[]) AS ordinal, unnest($13::text[]) AS symbol,
      ${POSITION_COLUMNS.map(([name, type], index) => `unnest($${14 + index}::${type}[]) AS ${name}`).join(', ')}
  ) AS holding ON holding.portfolio_id = written.id
), opened AS (
  INSERT INTO ${t.positions} AS stored (portfolio_id, symbol, ordinal, version, ${POSITION_NAMES})
  SELECT portfolio_id, symbol, ordinal, version, ${POSITION_NAMES} FROM held
  ${REPLACE_CHANGED_POSITIONS}
), ledger AS (
  SELECT entry.* FROM written JOIN (
    SELECT unnest($22::text[]) AS portfolio_id, unnest($23::text[]) AS id, unnest($24::integer[]) AS ordinal,
      unnest($25::double precision[]) AS at, unnest($26::text[]) AS entry
  ) AS entry ON entry.portfolio_id = written.id
)`;
  const entered = (orKnown: string): string => `, entered AS (
  INSERT INTO ${t.entries} (portfolio_id, id, ordinal, at, entry)
  SELECT portfolio_id, id, ordinal, at, entry FROM ledger
  ${orKnown}
  RETURNING 1
), revised AS (
  INSERT INTO ${t.valuations} (portfolio_id, holdings_version)
  SELECT id, version FROM written ORDER BY id COLLATE "C"
  ON CONFLICT (portfolio_id) DO UPDATE SET holdings_version = excluded.holdings_version
)
SELECT id, version::text, (SELECT count(*) FROM entered)::text FROM written`;
  return {
    whole: `${written}, closed AS (
  DELETE FROM ${t.positions} s USING (
    SELECT stored.portfolio_id, stored.symbol FROM written, LATERAL (
      SELECT portfolio_id, symbol FROM ${t.positions} WHERE portfolio_id = written.id OFFSET 0
    ) AS stored
    EXCEPT SELECT portfolio_id, symbol FROM held
  ) AS gone WHERE s.portfolio_id = gone.portfolio_id AND s.symbol = gone.symbol
), forgotten AS (
  DELETE FROM ${t.entries} e USING (
    SELECT stored.portfolio_id, stored.id FROM written, LATERAL (
      SELECT portfolio_id, id FROM ${t.entries} WHERE portfolio_id = written.id OFFSET 0
    ) AS stored
    EXCEPT SELECT portfolio_id, id FROM ledger
  ) AS gone WHERE e.portfolio_id = gone.portfolio_id AND e.id = gone.id
)${entered(REPLACE_ENTRIES)}`,
    changes: `${written}, closed AS (
  DELETE FROM ${t.positions} s USING (
    SELECT symbol.* FROM written JOIN (
      SELECT unnest($27::text[]) AS portfolio_id, unnest($28::text[]) AS symbol
    ) AS symbol ON symbol.portfolio_id = written.id OFFSET 0
  ) AS gone WHERE s.portfolio_id = gone.portfolio_id AND s.symbol = gone.symbol
)${entered(KEEP_ENTRIES)}`,
  };
}
