import { readEntry } from '../../core/portfolio/ledger/entry-reader.js';
import type { LedgerEntry, LedgerEntryInput } from '../../core/portfolio/ledger/ledger-entry.js';
import type { TimeRange } from '../../core/portfolio/ledger/ledger-range.js';
import type { LedgerPage } from '../../core/portfolio/ledger/stored-ledger.js';
import { storedName } from '../../core/portfolio/stored-name.js';
import type { RunStatement } from '../drivers/postgres-client.js';
import type { TableNames } from '../table-names.js';

// A planner without statistics, or with those of other portfolios, would rather sort a whole ledger for each page than read the index in order.
const BY_INDEX = `SELECT set_config('enable_sort', 'off', true)`;

/** Reads the ledger of a portfolio page by page. */
export class LedgerStatements {
  readonly #page: string;

  constructor(t: TableNames) {
    // One statement, so that all of it sees the same moment. The ordinal of the last entry is looked up again: a save of a whole ledger
    // gives new ones.
    this.#page = `
WITH found AS MATERIALIZED (
  SELECT at, ordinal FROM ${t.entries} WHERE portfolio_id = $1::text AND id = $4::text
), last AS (
  SELECT ordinal FROM found WHERE at = $2::double precision
)
SELECT (p.deletion IS NULL)::text, (SELECT ordinal FROM last)::text, (
  SELECT '[' || string_agg(page.entry, ',' ORDER BY page.at, page.ordinal) || ']' FROM (
    SELECT at, ordinal, entry FROM ${t.entries}
    WHERE portfolio_id = $1::text AND at < $3::double precision
      AND (at, ordinal) > ($2::double precision, coalesce((SELECT ordinal FROM last), -1))
    ORDER BY at, ordinal LIMIT $5::bigint
  ) AS page
)
FROM ${t.portfolios} p WHERE p.id = $1::text`;
  }

  /** The entries of a range after one of them, or the first ones. */
  async page(
    query: RunStatement,
    portfolioId: string,
    { from, to }: TimeRange,
    after: LedgerEntry | null,
    size: number,
  ): Promise<LedgerPage> {
    await query(BY_INDEX);
    const [row] = await query(this.#page, [
      storedName(portfolioId),
      String(after?.at ?? from),
      String(to),
      after && storedName(after.id),
      String(size),
    ]);
    if (!row) return { state: 'unknown', isContinued: true, entries: [] };
    const [isStored, ordinal, entries] = row;
    return {
      state: isStored === 'true' ? 'stored' : 'deleted',
      isContinued: after === null || ordinal !== null,
      entries: (JSON.parse(entries ?? '[]') as LedgerEntryInput[]).map(readEntry),
    };
  }
}
