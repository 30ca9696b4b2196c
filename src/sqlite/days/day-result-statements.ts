import type { DayResult } from '../../core/calendars/day-store.js';
import { originalName, storedName } from '../../core/portfolio/stored-name.js';
import type { SqliteQueries } from '../sqlite-queries.js';
import { amountOf, storedAmount, type StoredNumber } from '../statements/stored-values.js';
import type { TableNames } from '../table-names.js';

const COLUMNS = ['portfolio_id', 'date', 'calendar', 'currency', 'pnl', 'ended_at', 'official_closes'];
const VALUES = COLUMNS.slice(3);
// Every date is between them.
const [FIRST, LAST] = ['0000-00-00', '9999-99-99'];

interface ResultRow {
  readonly portfolio_id: string;
  readonly date: string;
  readonly calendar: string;
  readonly currency: string;
  readonly pnl: string | null;
  readonly ended_at: StoredNumber;
  readonly official_closes: StoredNumber;
}

/** Stores and loads the results of trading days. */
export class DayResultStatements {
  readonly #save: string;
  readonly #load: string;

  constructor({ dayResults }: TableNames) {
    this.#save = `
INSERT INTO ${dayResults} (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
ON CONFLICT (portfolio_id, date, calendar) DO UPDATE SET ${VALUES.map((name) => `${name} = excluded.${name}`).join(', ')}
WHERE excluded.official_closes >= ${dayResults}.official_closes`;
    this.#load = `
SELECT ${COLUMNS.join(', ')} FROM ${dayResults} WHERE portfolio_id = ? AND date BETWEEN ? AND ? ORDER BY date, calendar`;
  }

  /** Stores a result where none with more official closes is stored. */
  save(queries: SqliteQueries, { portfolioId, date, calendar, ...rest }: DayResult): void {
    const { currency, pnl, endedAt, officialCloses } = rest;
    const key = [storedName(portfolioId), date, storedName(calendar)];
    queries.run(this.#save, ...key, storedName(currency), storedAmount(pnl), endedAt, officialCloses);
  }

  /** The results of a portfolio between two dates; `null` is open. */
  load(queries: SqliteQueries, portfolioId: string, from: string | null, to: string | null): DayResult[] {
    return queries
      .all<ResultRow>(this.#load, storedName(portfolioId), from ?? FIRST, to ?? LAST)
      .map(resultOf);
  }
}

function resultOf(row: ResultRow): DayResult {
  return {
    portfolioId: originalName(row.portfolio_id),
    calendar: originalName(row.calendar),
    date: row.date,
    currency: originalName(row.currency),
    pnl: amountOf(row.pnl, 'a stored result'),
    endedAt: Number(row.ended_at),
    officialCloses: Number(row.official_closes),
  };
}
