import type { HoldingsChanges } from '../../core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../core/portfolio/portfolio.js';
import type { LedgerEntryInput } from '../../core/portfolio/ledger/ledger-entry.js';
import type { PortfolioSnapshot } from '../../core/portfolio/portfolio-input.js';
import { nameArray } from '../array-literal.js';
import type { Row, RunStatement } from '../drivers/postgres-client.js';
import { originalName, storedName } from '../../core/portfolio/stored-name.js';
import type { TableNames } from '../table-names.js';

/** Loads holdings. */
export class PortfolioStatements {
  readonly #select: string;
  readonly #load: string;
  readonly #page: string;
  readonly #holders: string;
  readonly #changes: string;

  constructor(t: TableNames) {
    this.#select = `
SELECT p.id, p.version::text, p.currency, p.terms,
  (SELECT '[' || string_agg(e.entry, ',' ORDER BY e.at, e.ordinal) || ']' FROM ${t.entries} e WHERE e.portfolio_id = p.id)
FROM ${t.portfolios} p WHERE p.deletion IS NULL`;
    this.#load = `${this.#select} AND p.id = ANY ($1::text[])`;
    this.#page = `${this.#select} AND p.id > $1::text COLLATE "C" ORDER BY p.id LIMIT $2::bigint`;
    this.#holders = `SELECT portfolio_id FROM ${t.positions} WHERE symbol = $1::text`;
    // A transaction that is not visible yet is at least as new as the oldest running one, so the next call finds it, in whatever
    // order transactions commit.
    this.#changes = `
SELECT txid_snapshot_xmin(txid_current_snapshot())::text, (txid_snapshot_xmax(txid_current_snapshot()) < $1::bigint)::text,
  (SELECT json_agg(json_build_array(id, CASE WHEN deletion IS NULL THEN version END))::text
    FROM ${t.portfolios} WHERE changed >= $1::bigint)`;
  }

  /** The portfolios of those ids that exist. */
  async load(query: RunStatement, ids: readonly string[]): Promise<Portfolio[]> {
    return (await query(this.#load, [nameArray(ids)])).map(portfolioOf);
  }

  /** The next portfolios in the order of their stored ids, after that of the last one. */
  async page(query: RunStatement, after: Portfolio | null, size: number): Promise<Portfolio[]> {
    const last = after === null ? '' : storedName(after.id);
    return (await query(this.#page, [last, String(size)])).map(portfolioOf);
  }

  /** Ids of the portfolios that hold the symbol. */
  async holders(query: RunStatement, symbol: string): Promise<string[]> {
    return (await query(this.#holders, [storedName(symbol)])).map(([id]) => originalName(id!));
  }

  /** Portfolios changed since the cursor. */
  async changes(query: RunStatement, since: string | null): Promise<HoldingsChanges> {
    const isCursor = since === null || /^\d{1,18}$/.test(since);
    const [row] = await query(this.#changes, [isCursor ? since : null]);
    const listed = JSON.parse(row![2] ?? '[]') as [string, number | null][];
    return {
      cursor: row![0]!,
      portfolios: listed.map(([id, version]) => [originalName(id), version]),
      isReset: !isCursor || row![1] === 'true',
    };
  }
}

function portfolioOf(row: Row): Portfolio {
  const [id, version, currency, terms, entries] = row;
  const { costMethod, tags, instruments } = JSON.parse(terms!) as Pick<
    PortfolioSnapshot,
    'costMethod' | 'tags' | 'instruments'
  >;
  const snapshot = {
    id: originalName(id!),
    version: Number(version),
    currency: originalName(currency!),
    costMethod,
    tags,
    instruments,
    entries: JSON.parse(entries ?? '[]') as LedgerEntryInput[],
  };
  return Portfolio.fromSnapshot(snapshot).asStored(snapshot.version);
}
