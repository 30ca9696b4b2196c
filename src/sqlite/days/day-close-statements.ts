import type { DayClose } from '../../core/calendars/day-store.js';
import { originalName, storedName } from '../../core/portfolio/stored-name.js';
import type { SqliteQueries, SqliteValue } from '../sqlite-queries.js';
import { amountOf, storedAmount, type StoredNumber } from '../statements/stored-values.js';
import type { TableNames } from '../table-names.js';

const COLUMNS = ['calendar', 'date', 'symbol', 'price', 'currency', 'accrued', 'closed_at', 'source'];
const VALUES = COLUMNS.slice(3);

interface CloseRow {
  readonly calendar: string;
  readonly date: string;
  readonly symbol: string;
  readonly price: string;
  readonly currency: string | null;
  readonly accrued: string | null;
  readonly closed_at: StoredNumber;
  readonly source: DayClose['source'];
}

/** Stores and loads the closes of trading days. */
export class DayCloseStatements {
  readonly #save: string;
  readonly #stored: string;
  readonly #newest: string;

  constructor({ dayCloses }: TableNames) {
    this.#save = `
INSERT INTO ${dayCloses} (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
ON CONFLICT (calendar, date, symbol) DO UPDATE SET ${VALUES.map((name) => `${name} = excluded.${name}`).join(', ')}
WHERE excluded.source = 'official'`;
    this.#stored = `SELECT ${COLUMNS.join(', ')} FROM ${dayCloses} WHERE calendar = ? AND date = ? AND symbol = ?`;
    // Each date is one look into the table's tree, however many closes there are.
    this.#newest = `
WITH RECURSIVE newest (calendar, nth, date) AS (
  SELECT given.value, 1, (SELECT max(c.date) FROM ${dayCloses} c WHERE c.calendar = given.value) FROM json_each(?) AS given
  UNION ALL
  SELECT n.calendar, n.nth + 1, (SELECT max(c.date) FROM ${dayCloses} c WHERE c.calendar = n.calendar AND c.date < n.date)
  FROM newest n WHERE n.date IS NOT NULL AND n.nth < ?
)
SELECT ${COLUMNS.map((name) => `c.${name}`).join(', ')} FROM newest n JOIN ${dayCloses} c ON c.calendar = n.calendar AND c.date = n.date`;
  }

  /** Stores a close where none stays, within a transaction that keeps others from writing. @returns What is stored then. */
  save(queries: SqliteQueries, close: DayClose): DayClose {
    queries.run(this.#save, ...valuesOf(close));
    const key = [storedName(close.calendar), close.date, storedName(close.symbol)];
    return closeOf(queries.one<CloseRow>(this.#stored, ...key)!);
  }

  /** The closes of the newest dates of some calendars, whose names are in their stored form. */
  load(queries: SqliteQueries, calendars: readonly string[], dates: number): DayClose[] {
    return queries.all<CloseRow>(this.#newest, JSON.stringify(calendars), dates).map(closeOf);
  }
}

// One for each of COLUMNS.
function valuesOf(close: DayClose): SqliteValue[] {
  return [
    storedName(close.calendar),
    close.date,
    storedName(close.symbol),
    storedAmount(close.price),
    close.currency === undefined ? null : storedName(close.currency),
    storedAmount(close.accrued),
    close.closedAt,
    close.source,
  ];
}

function closeOf({
  calendar,
  date,
  symbol,
  price,
  currency,
  accrued,
  closed_at,
  source,
}: CloseRow): DayClose {
  return {
    calendar: originalName(calendar),
    date,
    symbol: originalName(symbol),
    price: amountOf(price, 'a stored close')!,
    ...(currency !== null && { currency: originalName(currency) }),
    ...(accrued !== null && { accrued: amountOf(accrued, 'stored accrued interest')! }),
    closedAt: Number(closed_at),
    source,
  };
}
