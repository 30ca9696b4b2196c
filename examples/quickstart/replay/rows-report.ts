import type { LineCounts, RejectedLine } from 'tickmark/replay';
import { count } from '../figures.js';

/** What became of the rows of the files: `read` = `used` + `refused`. */
export interface RowsReport {
  readonly read: number;
  readonly used: number;
  readonly refused: number;
  /** Why rows were refused, the most frequent reason first. */
  readonly reasons: ReadonlyArray<RefusedRows>;
  /** Lines that are no rows, such as headers, by name. */
  readonly others: Readonly<Record<string, number>>;
  readonly files: LineCounts['files'];
}

/** The rows that were refused for one reason. */
export interface RefusedRows {
  readonly reason: string;
  readonly rows: number;
  readonly first: RejectedLine | null;
}

export function rowsReport({ priceLines, rejected, firstRejected, control, files }: LineCounts): RowsReport {
  const reasons = Object.entries(rejected)
    .map(([reason, rows]) => ({ reason, rows, first: firstRejected[reason] ?? null }))
    .sort((a, b) => b.rows - a.rows);
  const refused = reasons.reduce((sum, { rows }) => sum + rows, 0);
  return { read: priceLines + refused, used: priceLines, refused, reasons, others: control, files };
}

/** What each reason means, and which option helps. */
const MEANINGS: Readonly<Record<string, string>> = {
  'time-without-zone':
    'the time has no zone: give one with --time-zone, such as --time-zone America/New_York or --time-zone UTC',
  'ambiguous-time-unit': 'the time could be in several units: give one with --time-unit s|ms|us|ns',
  'other-time-unit':
    'the time is in another unit than those before it; --time-unit s|ms|us|ns reads all in one',
  'ambiguous-date': 'day and month could be either: give the order with --date-order dmy or --date-order mdy',
  'bad-timestamp': 'the time is no number since 1970 and no date that is known',
  'comma-in-price': 'prices have a point and no comma: a decimal comma and groups of digits look alike',
  'not-a-number': 'the price is no number',
  'wrong-number-of-fields': 'the row has another number of fields than the first line',
  'no-header': 'no line before it names columns of times and prices: name them with --columns',
  'one-sided-quote': 'bid or ask is missing',
  'empty-symbol': 'the symbol is missing',
  'unknown-currency': 'the currency is unknown',
  'quote-does-not-end': 'a field begins with a quotation mark that does not end in this line',
  'several-symbols': 'the row has prices of several symbols',
  suspicious: 'the exchange marked the trade as suspicious',
};

const MOST_FILES = 12;
const MOST_TEXT = 80;

export function rowsLines({ read, used, refused, reasons, others, files }: RowsReport): string[] {
  const other = Object.entries(others).map(([name, lines]) => `${count(lines)} ${name}`);
  const more = files.length - MOST_FILES;
  return [
    ...files
      .slice(0, MOST_FILES)
      .map(({ file, format, assumed }) => `${file}: ${[format, ...assumed].join('; ')}`),
    ...(more > 0 ? [`and ${count(more)} more files`] : []),
    `rows read ${count(read)}, used ${count(used)}, refused ${count(refused)}`,
    ...reasons.flatMap(({ reason, rows, first }) => [
      `  ${count(rows)} ${reason}${MEANINGS[reason] === undefined ? '' : `: ${MEANINGS[reason]}`}`,
      ...(first === null
        ? []
        : [`    first in line ${count(first.line)} of ${first.file}: ${printable(first.text)}`]),
    ]),
    ...(other.length > 0 ? [`  other lines: ${other.join(', ')}`] : []),
  ];
}

// A row of a file must not steer the terminal.
function printable(text: string): string {
  const shown = text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text;
  return shown.replace(/\t/g, ' ').replace(/\p{Cc}/gu, '?');
}
