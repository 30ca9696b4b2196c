import type { DayResult } from '../../core/calendars/day-store.js';
import { Decimal } from '../../core/money/decimal.js';
import { originalName } from '../../core/portfolio/stored-name.js';
import { decimalArray, nameArray, numberArray, versionArray } from '../array-literal.js';
import type { Row } from '../drivers/postgres-client.js';
import type { TableNames } from '../table-names.js';

const KEY = ['portfolio_id', 'date', 'calendar'];
const VALUES = ['currency', 'pnl', 'ended_at', 'official_closes'];
const COLUMNS = [...KEY, ...VALUES].join(', ');

/** Statements of the results of trading days. */
export class DayResultStatements {
  /** Stores results of different keys, where none with more official closes is stored. */
  readonly save: string;
  /** The results of portfolios between two dates; NULL is open. */
  readonly load: string;

  constructor({ dayResults }: TableNames) {
    // Rows are locked in the order of their keys, so that overlapping lists do not deadlock.
    this.save = `
INSERT INTO ${dayResults} AS stored (${COLUMNS})
SELECT ${COLUMNS} FROM unnest(
  $1::text[], $2::date[], $3::text[], $4::text[], $5::numeric[], $6::double precision[], $7::bigint[]
) AS given (${COLUMNS}) ORDER BY portfolio_id COLLATE "C", date, calendar COLLATE "C"
ON CONFLICT (${KEY.join(', ')}) DO UPDATE SET ${VALUES.map((name) => `${name} = excluded.${name}`).join(', ')}
WHERE excluded.official_closes >= stored.official_closes`;
    this.load = `
SELECT portfolio_id, to_char(date, 'YYYY-MM-DD'), calendar, currency, pnl::text, ended_at::text, official_closes::text
FROM ${dayResults}
WHERE portfolio_id = ANY($1::text[]) AND date >= coalesce($2::date, '-infinity') AND date <= coalesce($3::date, 'infinity')
ORDER BY date, calendar`;
  }
}

/** Parameters of the statement that stores results. */
export function resultParameters(results: readonly DayResult[]): string[] {
  return [
    nameArray(results.map(({ portfolioId }) => portfolioId)),
    nameArray(results.map(({ date }) => date)),
    nameArray(results.map(({ calendar }) => calendar)),
    nameArray(results.map(({ currency }) => currency)),
    decimalArray(results.map(({ pnl }) => pnl)),
    numberArray(
      results.map(({ endedAt }) => endedAt),
      'saveResults: endedAt',
    ),
    versionArray(
      results.map(({ officialCloses }) => officialCloses),
      'saveResults: officialCloses',
    ),
  ];
}

/** The result of a row. */
export function resultOf(row: Row): DayResult {
  const [portfolioId, date, calendar, currency, pnl, endedAt, officialCloses] = row;
  return {
    portfolioId: originalName(portfolioId!),
    calendar: originalName(calendar!),
    date: date!,
    currency: originalName(currency!),
    pnl: pnl == null ? null : Decimal.fromTotal(pnl, 'a stored result'),
    endedAt: Number(endedAt),
    officialCloses: Number(officialCloses),
  };
}
