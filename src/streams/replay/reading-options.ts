import { invalidArgument } from '../../core/errors.js';
import type { OptionShapes } from '../../core/options.js';
import { isTimeZone } from '../../core/iso-time.js';
import { COLUMN_ROLES, type ColumnRole } from './formats/table/column-names.js';

/** Unit of times that are numbers since 1970. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

/** Order of day, month and year in dates such as `05/01/2024`. */
export type DateOrder = 'ymd' | 'dmy' | 'mdy';

/**
 * Which columns of a table hold what: the names of all columns in their order, for a file without a header; or the name or number (from 1) of some, where the
 * header does not say it.
 */
export type Columns = readonly string[] | { readonly [Role in ColumnRole]?: string | number };

/** How files are read that do not say everything themselves. What is not given is taken from the file, and `stats().files` says what was assumed. */
export interface ReadingOptions {
  /** Symbol of all rows of files that have no column of symbols. Default: from the name of the file. */
  readonly symbol?: string;
  /** Which column is what: `['time', 'symbol', 'price']`, or `{ time: 'Date', price: 'Adj Close' }`, or `{ time: 1, price: 5 }`. Default: by the header. */
  readonly columns?: Columns;
  /** Unit of times that are numbers since 1970: `s`, `ms`, `us` or `ns`. Default `auto`: each file's by the size of its numbers. */
  readonly timeUnit?: TimeUnit | 'auto';
  /** IANA time zone of times without one, such as `America/New_York`. Default: rows with such times are refused, as `time-without-zone`. */
  readonly timeZone?: string;
  /** Order of day, month and year in dates such as `05/01/2024`. Default `ymd`: those are refused, as `ambiguous-date`; dates with the year first never are. */
  readonly dateOrder?: DateOrder;
}

/** What each of them may be; they are checked where they are read. */
export const READING_OPTIONS = {
  symbol: true,
  columns: true,
  timeUnit: true,
  timeZone: true,
  dateOrder: true,
} as const satisfies OptionShapes<ReadingOptions>;

const UNITS = ['auto', 's', 'ms', 'us', 'ns'] as const;
const ORDERS = ['ymd', 'dmy', 'mdy'] as const;

/** Checks the options and leaves out all others. @throws TickmarkError `INVALID_ARGUMENT`. */
export function readReadingOptions(where: string, given: ReadingOptions): ReadingOptions {
  const { symbol, columns, timeUnit, timeZone, dateOrder } = given;
  if (symbol !== undefined && (typeof symbol !== 'string' || symbol === '' || symbol.length > 256))
    throw invalidArgument(`${where}: symbol`, symbol, 'a string of 1 to 256 characters');
  if (columns !== undefined && !isColumns(columns)) {
    throw invalidArgument(
      `${where}: columns`,
      columns,
      `the names of all columns in order, or an object with names or numbers (from 1) of ${COLUMN_ROLES.join(', ')}`,
    );
  }
  checkOneOf(`${where}: timeUnit`, timeUnit, UNITS);
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw invalidArgument(
      `${where}: timeZone`,
      timeZone,
      'an IANA time zone such as "America/New_York" or "UTC"',
    );
  checkOneOf(`${where}: dateOrder`, dateOrder, ORDERS);
  const options = { symbol, columns, timeUnit, timeZone, dateOrder };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function checkOneOf(where: string, given: unknown, accepted: readonly string[]): void {
  if (given !== undefined && !accepted.includes(given as string))
    throw invalidArgument(where, given, accepted.map((each) => `"${each}"`).join(' or '));
}

function isColumns(given: unknown): given is Columns {
  if (typeof given !== 'object' || given === null) return false;
  if (Array.isArray(given)) return given.length > 0 && given.every((name) => typeof name === 'string');
  const entries = Object.entries(given);
  const isColumn = (column: unknown): boolean =>
    typeof column === 'string' ? column !== '' : Number.isSafeInteger(column) && (column as number) > 0;
  return (
    entries.length > 0 &&
    entries.every(([role, column]) => (COLUMN_ROLES as readonly string[]).includes(role) && isColumn(column))
  );
}
