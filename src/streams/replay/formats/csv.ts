import type { RecordedFile, RecordingFormat } from '../recording-format.js';
import { looksLikeLean } from './lean-path.js';
import { areEnough, isOfBars, knownColumns } from './table/column-names.js';
import { fieldsOf, separatorOf } from './table/separated-line.js';
import { isComment, tableDecoder } from './table/table.js';
import { timeReader } from './times/time-reader.js';

/**
 * A table with a header line, or with the option `columns`. It needs a column of times and one of prices, or bid and ask; optional are `symbol`, `currency`,
 * `sequence`, `previousClose` and `receivedAt`; other columns are ignored. Columns are separated by commas, semicolons, tabs or bars, and fields may be quoted.
 *
 * Times are numbers since 1970 or written out (`2024-08-09T00:00:00.250Z`, `20240809 09:30`); they are both the venue's time and, without a column `receivedAt`, the
 * time of receipt. A price has a point. The price of rows with bid and ask alone is the middle.
 */
export const csv = {
  name: 'csv',
  detect: ({ firstLine, options }) =>
    options.columns !== undefined
      ? !/^\s*[{[]/.test(firstLine)
      : isComment(firstLine) || areEnough(headerOf(firstLine)),
  decoder: (file) => tableDecoder(file),
} as const satisfies RecordingFormat;

const LAYOUTS = [
  ['time', 'open', 'high', 'low', 'close'],
  ['date', 'time', 'open', 'high', 'low', 'close'],
  ['symbol', 'time', 'open', 'high', 'low', 'close'],
  ['symbol', 'date', 'time', 'open', 'high', 'low', 'close'],
] as const;

/**
 * Bars: a table with open, high, low and close, as Yahoo, Stooq, MetaTrader and many others write it, with a header or without. The price is the close. Without a
 * column of symbols, the symbol is from the name of the file, or the option `symbol`. Without a header, columns are time, open, high, low and close, perhaps after a
 * symbol or a date, and others after them.
 */
export const ohlc = {
  name: 'ohlc',
  detect: (file) =>
    (areEnough(headerOf(file.firstLine)) && isOfBars(fieldsIn(file.firstLine))) ||
    layoutWithoutHeader(file) !== undefined,
  decoder: (file) => {
    const header = layoutWithoutHeader(file);
    if (!header) return tableDecoder(file);
    file.assume(`there is no header: columns are ${header.filter((name) => name !== '').join(', ')}`);
    return tableDecoder(file, { header });
  },
} as const satisfies RecordingFormat;

const fieldsIn = (line: string): string[] => fieldsOf(line, separatorOf(line)) ?? [];
const headerOf = (line: string): ReturnType<typeof knownColumns> => knownColumns(fieldsIn(line));

function layoutWithoutHeader({ name, firstLine, options }: RecordedFile): readonly string[] | undefined {
  // Prices of LEAN that are × 10,000 look like any others.
  if (options.columns !== undefined || looksLikeLean(name, firstLine)) return undefined;
  const fields = fieldsIn(firstLine);
  const timeOf = timeReader(options);
  const isTime = (text: string): boolean => {
    const time = timeOf(text);
    return typeof time === 'number' || time === 'time-without-zone' || time === 'ambiguous-date';
  };
  const layout = LAYOUTS.find((names) => {
    const open = names.indexOf('open' as never);
    const date = names.indexOf('date' as never);
    const time = names.indexOf('time' as never);
    const when = date < 0 ? fields[time] : `${fields[date]} ${fields[time]}`;
    const isSymbol = names[0] !== 'symbol' || /[a-z]/i.test(fields[0] ?? '');
    return isSymbol && isTime(when ?? '') && isBar(fields.slice(open, open + 4));
  });
  return layout && [...layout, ...Array.from(fields.slice(layout.length), () => '')];
}

function isBar(fields: readonly string[]): boolean {
  if (fields.length < 4 || !fields.every((field) => /^-?\d+(?:\.\d+)?$/.test(field))) return false;
  const [open, high, low, close] = fields.map(Number) as [number, number, number, number];
  return low <= Math.min(open, close) && high >= Math.max(open, close);
}
