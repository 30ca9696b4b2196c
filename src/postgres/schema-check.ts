import { RepositoryError } from '../core/errors.js';
import { STREAMED_FIGURES } from '../core/portfolio/figures/portfolio-totals.js';
import { nameArray } from './array-literal.js';
import { PostgresFailure } from './failure.js';
import type { PostgresTransaction } from './drivers/postgres-client.js';
import { DEFAULT_SHARD_COUNT } from '../core/shards/shard-of.js';
import { shardIndex, shardIndexName } from './shard-index.js';
import { cashBalancesView, portfolioValuesView, positionValuesView } from './schema-views.js';
import type { TableNames } from './table-names.js';
import { columnOf } from './statements/figure-columns.js';
import { VALUATION_COLUMNS } from './statements/valuation-statements.js';

/** A table, view or index that must exist. */
interface Relation {
  readonly name: string;
  readonly columns: readonly string[];
  /** Statement that creates it again; none for tables, whose rows would be lost. */
  readonly repair?: string;
}

const columns = (names: string): string[] => names.split(' ');

function tables(t: TableNames): Relation[] {
  return [
    {
      name: t.portfolios,
      columns: columns(
        'id version currency terms cash_currencies cash_amounts recent_saves deletion snapshot snapshot_entries snapshot_at snapshot_version shard_hash',
      ),
    },
    {
      name: t.positions,
      columns: columns(
        'portfolio_id symbol ordinal version currency quantity cost_basis base_cost realized_pnl price_currency factor settled_worth',
      ),
    },
    { name: t.instruments, columns: columns('symbol instrument') },
    { name: t.entries, columns: columns('portfolio_id id ordinal at entry') },
    { name: t.valuations, columns: ['portfolio_id', 'holdings_version', ...VALUATION_COLUMNS] },
    {
      name: t.prices,
      columns: columns(
        'symbol price price_time received_at venue_time arrival gap live_until bid ask previous_close previous_close_at accrued previous_accrued currency state adjustment',
      ),
    },
    { name: t.actions, columns: columns('id number action is_booked') },
    {
      name: t.dayCloses,
      columns: columns('calendar date symbol price currency accrued closed_at source'),
    },
    {
      name: t.dayResults,
      columns: columns('portfolio_id date calendar currency pnl ended_at official_closes'),
    },
    { name: t.leases, columns: columns('key token owner expires_at') },
  ];
}

function repairable(t: TableNames): Relation[] {
  return [
    {
      name: t.positionValues,
      columns: columns(
        'portfolio_id symbol version currency quantity cost_basis realized_pnl price price_currency price_time market_value unrealized_pnl received_at live_until grade base_cost',
      ),
      repair: positionValuesView(t),
    },
    {
      name: t.portfolioValues,
      columns: [
        ...columns(
          'portfolio_id version is_current price_time valued_at currency priced_market_value complete received_at live_until grade missing',
        ),
        ...STREAMED_FIGURES.map(columnOf),
      ],
      repair: portfolioValuesView(t),
    },
    {
      name: t.cashBalances,
      columns: columns('portfolio_id currency amount'),
      repair: cashBalancesView(t),
    },
    {
      name: `${t.schema}.${t.holdersIndex}`,
      columns: [],
      repair: `CREATE INDEX ${t.holdersIndex} ON ${t.positions} (symbol, portfolio_id);`,
    },
    {
      name: `${t.schema}.${t.entriesIndex}`,
      columns: [],
      repair: `CREATE INDEX ${t.entriesIndex} ON ${t.entries} (portfolio_id, at, ordinal);`,
    },
    {
      name: `${t.schema}.${shardIndexName(t, DEFAULT_SHARD_COUNT)}`,
      columns: [],
      repair: `${shardIndex(t, DEFAULT_SHARD_COUNT)};`,
    },
  ];
}

const FOUND = `
SELECT given.name, relation.relkind::text,
  (SELECT coalesce(json_agg(attname), '[]')::text FROM pg_attribute
   WHERE attrelid = relation.oid AND attnum > 0 AND NOT attisdropped),
  EXISTS (SELECT FROM pg_index WHERE indrelid = relation.oid AND indisprimary AND indisvalid)::text
FROM unnest($1::text[]) AS given (name) JOIN pg_class AS relation ON relation.oid = to_regclass(given.name)`;

/**
 * Checks that everything exists that the migrations created, and creates missing views and indexes again.
 * @throws RepositoryError `REPOSITORY_FAILED`, not retryable, that names the tables, columns and primary keys that are missing.
 */
export async function checkSchema(
  names: TableNames,
  { query, script }: Pick<PostgresTransaction, 'query' | 'script'>,
): Promise<void> {
  const needed = [...tables(names), ...repairable(names)];
  const rows = await query(FOUND, [nameArray(needed.map(({ name }) => name))]);
  const found = new Map(rows.map((row) => [row[0]!, row]));
  const lost: string[] = [];
  const repairs: Relation[] = [];
  for (const relation of needed) {
    const missing = missingParts(relation, found.get(relation.name));
    if (missing.length === 0) continue;
    if (relation.repair === undefined) lost.push(...missing);
    else repairs.push(relation);
  }
  if (lost.length > 0) throw incomplete(lost);
  for (const { name, repair } of repairs) {
    await script(repair!).catch((error: unknown) => {
      throw incomplete([name], PostgresFailure.of(error));
    });
  }
}

function missingParts(
  { name, columns: needed, repair }: Relation,
  found: readonly (string | null)[] | undefined,
): string[] {
  if (!found) return [name];
  const [, , json, hasPrimaryKey] = found;
  const there = new Set(JSON.parse(json!) as string[]);
  const missing = needed.filter((column) => !there.has(column)).map((column) => `${name}.${column}`);
  return repair === undefined && hasPrimaryKey !== 'true'
    ? [...missing, `the primary key of ${name}`]
    : missing;
}

function incomplete(lost: readonly string[], cause?: PostgresFailure): RepositoryError {
  const why = cause ? ` (${cause.message})` : '';
  const message =
    `migrate(): the migrations were applied, but this is missing or changed: ${lost.join(', ')}${why}. ` +
    'Restore it from a backup, or create it with its statement in migrationSql().';
  return new RepositoryError(message, { retryable: false, cause });
}
