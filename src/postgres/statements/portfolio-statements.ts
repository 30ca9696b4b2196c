import type { HoldingsChanges } from '../../core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../core/portfolio/portfolio.js';
import { restoredPortfolio } from '../../core/portfolio/saving/restored-portfolio.js';
import type { LedgerEntryInput } from '../../core/portfolio/ledger/ledger-entry.js';
import type { PortfolioSnapshot } from '../../core/portfolio/portfolio-input.js';
import { nameArray } from '../array-literal.js';
import type { Row, RunStatement } from '../drivers/postgres-client.js';
import { originalName, storedName } from '../../core/portfolio/stored-name.js';
import type { ShardSelection } from '../../core/shards/shard-selection.js';
import type { TableNames } from '../table-names.js';

/** Some portfolios. */
export interface PortfolioPage {
  readonly portfolios: readonly Portfolio[];
  /** Stored id that the next page comes after; `null` at the end. */
  readonly last: string | null;
}

/** Loads holdings. */
export class PortfolioStatements {
  readonly #load: string;
  readonly #loadWhole: string;
  readonly #page: (inShard: string) => string;
  readonly #holders: string;
  readonly #holdersSince: string;
  readonly #ofShards: (ids: string, inShard: string) => string;
  readonly #changes: (inShard: string) => string;

  constructor(t: TableNames) {
    // A snapshot that was last right for another version is none: a process of before migration 5 has saved holdings since.
    const from = (column: string, none: string): string =>
      `CASE WHEN p.snapshot_version = p.version THEN coalesce(p.${column}, ${none}) ELSE ${none} END`;
    const select = (snapshot: string, after: string): string => `
SELECT p.id, p.version::text, p.currency, p.terms, (
    SELECT '[' || string_agg(e.entry, ',' ORDER BY e.at, e.ordinal) || ']' FROM ${t.entries} e WHERE e.portfolio_id = p.id ${after}
  ), (${from('snapshot_entries', '0')})::text, ${snapshot}
FROM ${t.portfolios} p WHERE p.deletion IS NULL`;
    const whole = select('NULL', '');
    const latest = select(
      'CASE WHEN p.snapshot_version = p.version THEN p.snapshot END',
      `AND e.at >= ${from('snapshot_at', `'-Infinity'::double precision`)} AND e.ordinal >= ${from('snapshot_entries', '0')}`,
    );
    this.#load = `${latest} AND p.id = ANY ($1::text[])`;
    this.#loadWhole = `${whole} AND p.id = ANY ($1::text[])`;
    this.#page = (inShard) =>
      `${latest} ${inShard} AND p.id > $1::text COLLATE "C" ORDER BY p.id LIMIT $2::bigint`;
    this.#holders = `SELECT portfolio_id FROM ${t.positions} WHERE symbol = $1::text`;
    this.#holdersSince = `${this.#holders}
UNION SELECT portfolio_id FROM ${t.entries} WHERE at >= $2::double precision AND strpos(entry, $3::text) > 0`;
    this.#ofShards = (ids, inShard) => `SELECT p.id FROM ${t.portfolios} p WHERE p.id IN (${ids}) ${inShard}`;
    // A transaction that is not visible yet is at least as new as the oldest running one, so the next call finds it, in whatever
    // order transactions commit.
    this.#changes = (inShard) => `
SELECT txid_snapshot_xmin(txid_current_snapshot())::text, (txid_snapshot_xmax(txid_current_snapshot()) < $1::bigint)::text,
  (SELECT json_agg(json_build_array(id, CASE WHEN deletion IS NULL THEN version END))::text
    FROM ${t.portfolios} p WHERE changed >= $1::bigint ${inShard})`;
  }

  /** The portfolios of those ids that exist. @param isWhole Whether with all their entries. */
  async load(query: RunStatement, ids: readonly string[], isWhole = false): Promise<Portfolio[]> {
    if (isWhole) return (await query(this.#loadWhole, [nameArray(ids)])).map(portfolioOf);
    return this.#portfoliosOf(query, await query(this.#load, [nameArray(ids)]));
  }

  /** The next portfolios, of one shard or all, in the order of their stored ids, after a stored one; `null`: the first ones. */
  async page(
    query: RunStatement,
    after: string | null,
    size: number,
    shard?: ShardSelection,
  ): Promise<PortfolioPage> {
    const rows = await query(this.#page(inShards(shard)), [after ?? '', String(size)]);
    return {
      portfolios: await this.#portfoliosOf(query, rows),
      last: rows.length < size ? null : rows.at(-1)![0]!,
    };
  }

  // Those whose snapshot cannot be read are loaded as a whole; one that was deleted meanwhile is left out.
  async #portfoliosOf(query: RunStatement, rows: readonly Row[]): Promise<Portfolio[]> {
    const found = rows.map((row) => (row[6] == null ? portfolioOf(row) : restoredOf(row, row[6])));
    const unread = rows.flatMap(([id], at) => (found[at] ? [] : [originalName(id!)]));
    if (unread.length === 0) return found as Portfolio[];
    const again = new Map(
      (await this.load(query, unread, true)).map((portfolio) => [portfolio.id, portfolio]),
    );
    return rows.flatMap(([id], at) => found[at] ?? again.get(originalName(id!)) ?? []);
  }

  /** Ids of the portfolios that hold the symbol, and with `since` of those with an entry from then on that names it. */
  async holders(
    query: RunStatement,
    symbol: string,
    since?: number,
    shards?: ShardSelection,
  ): Promise<string[]> {
    const name = storedName(symbol);
    const [ids, values] =
      since === undefined
        ? [this.#holders, [name]]
        : [this.#holdersSince, [name, String(since), JSON.stringify(symbol)]];
    const rows = await query(shards ? this.#ofShards(ids, inShards(shards)) : ids, values);
    return rows.map(([id]) => originalName(id!));
  }

  /** Portfolios changed since the cursor. */
  async changes(
    query: RunStatement,
    since: string | null,
    shards?: ShardSelection,
  ): Promise<HoldingsChanges> {
    const isCursor = since === null || /^\d{1,18}$/.test(since);
    const [row] = await query(this.#changes(inShards(shards)), [isCursor ? since : null]);
    const listed = JSON.parse(row![2] ?? '[]') as [string, number | null][];
    return {
      cursor: row![0]!,
      portfolios: listed.map(([id, version]) => [originalName(id), version]),
      isReset: !isCursor || row![1] === 'true',
    };
  }
}

// Numbers that were checked. As literals, so that the index for this number of shards applies.
function inShards(selection: ShardSelection | undefined): string {
  if (!selection) return '';
  const { count, shards } = selection;
  if (shards.length === 0) return 'AND false';
  const remainder = `p.shard_hash % ${count}`;
  return `AND ${remainder} ${shards.length === 1 ? `= ${shards[0]}` : `IN (${shards.join(', ')})`}`;
}

function portfolioOf(row: Row): Portfolio {
  const snapshot = storedPortfolio(row);
  return Portfolio.fromSnapshot(snapshot).asStored(snapshot.version, Number(row[5]));
}

function restoredOf(row: Row, text: string): Portfolio | null {
  return restoredPortfolio(storedPortfolio(row), { text, entries: Number(row[5]) });
}

function storedPortfolio([id, version, currency, terms, entries]: Row): PortfolioSnapshot {
  const { costMethod, tags, instruments } = JSON.parse(terms!) as Pick<
    PortfolioSnapshot,
    'costMethod' | 'tags' | 'instruments'
  >;
  return {
    id: originalName(id!),
    version: Number(version),
    currency: originalName(currency!),
    costMethod,
    tags,
    instruments,
    entries: JSON.parse(entries ?? '[]') as LedgerEntryInput[],
  };
}
