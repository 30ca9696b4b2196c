import type { DayClose } from '../../core/calendars/day-store.js';
import { Decimal } from '../../core/money/decimal.js';
import { originalName } from '../../core/portfolio/stored-name.js';
import {
  decimalArray,
  nameArray,
  numberArray,
  sparseDecimalArray,
  sparseNameArray,
} from '../array-literal.js';
import type { Row } from '../drivers/postgres-client.js';
import type { TableNames } from '../table-names.js';

const KEY = ['calendar', 'date', 'symbol'];
const VALUES = ['price', 'currency', 'accrued', 'closed_at', 'source'];
const COLUMNS = [...KEY, ...VALUES].join(', ');

/** Statements of the closes of trading days. */
export class DayCloseStatements {
  /** Stores closes of different keys, and returns what is stored then. */
  readonly save: string;
  /** The closes of the newest dates of some calendars. */
  readonly load: string;

  constructor({ dayCloses }: TableNames) {
    const shown = (from = ''): string =>
      `${from}calendar, to_char(${from}date, 'YYYY-MM-DD'), ${from}symbol, ${from}price::text, ${from}currency, ${from}accrued::text, ${from}closed_at::text, ${from}source`;
    const kept = (name: string): string =>
      `${name} = CASE WHEN excluded.source = 'official' THEN excluded.${name} ELSE stored.${name} END`;
    // A row that stays is written as it is, since only rows that are written are returned: another statement might find the row of a later writer, or none.
    // Rows are locked in the order of their keys, so that overlapping lists do not deadlock.
    this.save = `
INSERT INTO ${dayCloses} AS stored (${COLUMNS})
SELECT ${COLUMNS} FROM unnest(
  $1::text[], $2::date[], $3::text[], $4::numeric[], $5::text[], $6::numeric[], $7::double precision[], $8::text[]
) AS given (${COLUMNS}) ORDER BY calendar COLLATE "C", date, symbol COLLATE "C"
ON CONFLICT (${KEY.join(', ')}) DO UPDATE SET ${VALUES.map(kept).join(', ')}
RETURNING ${shown()}`;
    // Each date is one look into the index, however many closes there are. Without OFFSET, PostgreSQL may read the whole table once for all dates.
    this.load = `
WITH RECURSIVE newest (calendar, nth, date) AS (
  SELECT given.calendar, 1::bigint, (SELECT max(c.date) FROM ${dayCloses} c WHERE c.calendar = given.calendar)
  FROM unnest($1::text[]) AS given (calendar)
  UNION ALL
  SELECT n.calendar, n.nth + 1, (SELECT max(c.date) FROM ${dayCloses} c WHERE c.calendar = n.calendar AND c.date < n.date)
  FROM newest n WHERE n.date IS NOT NULL AND n.nth < $2::bigint
)
SELECT ${shown('c.')} FROM newest n, LATERAL (
  SELECT * FROM ${dayCloses} c WHERE c.calendar = n.calendar COLLATE "C" AND c.date = n.date OFFSET 0
) c`;
  }
}

/** Parameters of the statement that stores closes. */
export function closeParameters(closes: readonly DayClose[]): string[] {
  return [
    nameArray(closes.map(({ calendar }) => calendar)),
    nameArray(closes.map(({ date }) => date)),
    nameArray(closes.map(({ symbol }) => symbol)),
    decimalArray(closes.map(({ price }) => price)),
    sparseNameArray(closes.map(({ currency }) => currency)),
    sparseDecimalArray(closes.map(({ accrued }) => accrued)),
    numberArray(
      closes.map(({ closedAt }) => closedAt),
      'saveCloses: closedAt',
    ),
    nameArray(closes.map(({ source }) => source)),
  ];
}

/** The close of a row. */
export function closeOf(row: Row): DayClose {
  const [calendar, date, symbol, price, currency, accrued, closedAt, source] = row;
  return {
    calendar: originalName(calendar!),
    date: date!,
    symbol: originalName(symbol!),
    price: Decimal.fromTotal(price!, 'a stored close'),
    ...(currency != null && { currency: originalName(currency) }),
    ...(accrued != null && { accrued: Decimal.fromTotal(accrued, 'stored accrued interest') }),
    closedAt: Number(closedAt),
    source: source as DayClose['source'],
  };
}
