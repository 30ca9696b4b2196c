import { quote, TickmarkError } from '../../../../core/errors.js';
import type { RecordedFile } from '../../recording-format.js';
import type { Columns, TimeUnit } from '../../reading-options.js';
import { timeReader } from '../times/time-reader.js';
import {
  areEnough,
  columnNamed,
  knownColumns,
  saysUtc,
  type ColumnNumbers,
  type ColumnRole,
} from './column-names.js';
import { fieldsOf, separatorOf } from './separated-line.js';

/** What a format says about its tables. */
export interface KnownTable {
  /** Names of the columns of files without a header. */
  readonly header?: readonly string[];
  /** Symbol of all rows, from the name of the file. */
  readonly symbol?: string;
  /** Whether the symbol is in the file, so that nothing is assumed. */
  readonly isSaid?: boolean;
  readonly timeUnit?: TimeUnit;
}

/** How the rows of a table are read. */
export interface TableLayout {
  readonly separator: string;
  readonly columns: ColumnNumbers;
  /** Fields of a row. */
  readonly width: number;
  /** The line that is a header; absent if there is none. */
  readonly headerLine?: string;
  /** Zone of times without one, if the name of their column says it. */
  readonly timeZone?: string;
  /** Symbol of all rows, if no column has it. */
  readonly symbol?: string;
}

const EXTENSION = /\.(?:csv|tsv|psv|txt|tab|dat|data)$/i;

/**
 * The layout of a table, from its first line, the options and what the format says.
 * @param isFinal Whether it is an error if the line does not say it, or options do not fit; otherwise the result is `undefined`.
 * @throws TickmarkError `MALFORMED_INPUT`.
 */
export function layoutOf(
  file: RecordedFile,
  known: KnownTable,
  line: string,
  isFinal: boolean,
): TableLayout | undefined {
  const separator = separatorOf(line);
  const fields = fieldsOf(line, separator) ?? [];
  const given = file.options.columns;
  const list = isList(given) ? given : known.header;
  const names = list ?? fields;
  const chosen = given === undefined || isList(given) ? {} : chosenColumns(given, names);
  const columns: ColumnNumbers = { ...knownColumns(names), ...chosen };
  const isHeader = areEnough(columns) && isHeaderLine(fields, columns, file);
  const fault = faultOf(
    columns,
    fields,
    list,
    list !== undefined || isHeader || Object.keys(chosen).length > 0,
  );
  if (fault !== undefined) {
    if (!isFinal) return undefined;
    throw malformed(file, fault);
  }
  sayPrice(file, columns, isHeader ? fields : names);
  const symbol = columns.symbol === undefined ? symbolOf(file, known) : undefined;
  if (columns.symbol !== undefined && file.options.symbol !== undefined) {
    throw malformed(
      file,
      `the option symbol is for files without a column of symbols, and column ${columns.symbol + 1} has them. Leave the option out, or list all columns without a symbol in the option columns.`,
    );
  }
  return {
    separator,
    columns,
    width: fields.length,
    ...(isHeader ? { headerLine: line } : {}),
    ...(symbol === undefined ? {} : { symbol }),
    ...zoneIn(
      file,
      [columns.time, columns.date].map((column) => names[column ?? -1] ?? ''),
    ),
  };
}

/** What a table needs and does not have, for a message; `undefined` if it has all. */
function faultOf(
  columns: ColumnNumbers,
  fields: readonly string[],
  list: readonly string[] | undefined,
  areNamed: boolean,
): string | undefined {
  const unknown = Object.entries(columns).find(([, column]) => column < 0);
  if (unknown)
    return `the option columns says where ${unknown[0]} is, and there is no such column. ${HOW_TO_NAME}`;
  if (!areNamed || !areEnough(columns))
    return missingColumns(areNamed || list ? columns : knownColumns(fields), list);
  if (Object.values(columns).every((column) => column < fields.length)) return undefined;
  return `it has ${fields.length} columns, fewer than the option columns says.`;
}

const HOW_TO_NAME =
  'Name the columns in the option columns: all in their order, such as time,symbol,price, or some by their name or number, such as time=1,price=5.';

/** Which columns a table lacks, and how they are named. */
export function missingColumns({ time, price, bid, ask }: ColumnNumbers, list?: readonly string[]): string {
  const missing = [
    ...(time === undefined ? ['times (such as timestamp, time or date)'] : []),
    ...(price === undefined && (bid === undefined || ask === undefined)
      ? ['prices (such as price, last or close, or both bid and ask)']
      : []),
  ];
  const where = list ? `the option columns (${list.join(', ')})` : 'the first line';
  return `${where} names no column of ${missing.join(' and none of ')}. ${HOW_TO_NAME}`;
}

function isList(given: Columns | undefined): given is readonly string[] {
  return Array.isArray(given);
}

function chosenColumns(
  given: { readonly [Role in ColumnRole]?: string | number },
  names: readonly string[],
): ColumnNumbers {
  return Object.fromEntries(
    Object.entries(given).map(([role, column]) => [
      role,
      typeof column === 'number' ? column - 1 : columnNamed(names, column),
    ]),
  ) as ColumnNumbers;
}

/** Whether a line has names where rows have times and prices. */
function isHeaderLine(
  fields: readonly string[],
  { time, price, bid }: ColumnNumbers,
  file: RecordedFile,
): boolean {
  const text = fields[time!]!;
  const found = timeReader(file.options)(text);
  const isTime = typeof found === 'number' || found !== 'bad-timestamp' || /^[\d:]+$/.test(text);
  return !isTime && !/^[-+]?[\d.,]+$/.test(fields[(price ?? bid)!]!);
}

function sayPrice(file: RecordedFile, { price }: ColumnNumbers, names: readonly string[]): void {
  if (price === undefined || names[price]?.toLowerCase() === 'price') return;
  file.assume(`the price is that of the column ${quote(names[price] ?? price + 1)}`);
}

function zoneIn(file: RecordedFile, names: readonly string[]): { timeZone?: string } {
  const name = names.find(saysUtc);
  if (name === undefined || file.options.timeZone !== undefined) return {};
  file.assume(`times are in UTC, as the column ${quote(name)} says`);
  return { timeZone: 'UTC' };
}

function symbolOf({ name, options, assume }: RecordedFile, known: KnownTable): string {
  if (options.symbol !== undefined) return options.symbol;
  const symbol = known.symbol ?? name.replace(EXTENSION, '');
  if (known.isSaid !== true) assume(`the symbol is ${quote(symbol)}, from the name of the file`);
  return symbol;
}

function malformed({ path, firstLine }: RecordedFile, why: string): TickmarkError {
  return new TickmarkError(
    'MALFORMED_INPUT',
    `Recorded file ${JSON.stringify(path)} begins with ${quote(firstLine)}: ${why}`,
  );
}
