import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { readIsoTime } from '../iso-time.js';
import { checkOptions } from '../options.js';
import type { PreviousClose, PreviousCloses } from './previous-closes.js';
import type { TradingCalendar } from './trading-calendar.js';

/** Options of {@link csvPreviousCloses}. */
export interface CsvPreviousClosesOptions {
  /** Trading calendar of the symbols, for all or by symbol: says when the session of a date closed. Needed for rows that have a date alone. */
  readonly calendar?: TradingCalendar | ((symbol: string) => TradingCalendar | null | undefined);
}

/**
 * Previous closes from the text of a CSV file with a header: `symbol`, `close`, and `date` (`2026-11-27`) or `time` (ISO 8601 with zone, or ms since 1970); `currency` may be there.
 * Other columns are ignored. Fields are separated by commas, and may be quoted. Of each symbol it gives the newest close that is not after the time that is asked for. The
 * text is read once: make a new one for a new file.
 *
 * @example
 * ```ts
 * import { csvPreviousCloses, usEquities } from 'tickmark/calendars';
 *
 * const closes = csvPreviousCloses('symbol,date,close\nAAPL,2026-11-27,231.50\n', { calendar: usEquities });
 * const request = { at: Date.parse('2026-11-30T15:00:00Z'), signal: new AbortController().signal };
 * console.log(await closes.load(['AAPL'], request));
 * ```
 * @throws TickmarkError `INVALID_ARGUMENT` for a column that is missing, and a row that cannot be read: a date without a session among them.
 */
export function csvPreviousCloses(text: string, options: CsvPreviousClosesOptions = {}): PreviousCloses {
  checkOptions('csvPreviousCloses', options, { calendar: true });
  if (typeof text !== 'string')
    throw invalidArgument('csvPreviousCloses: text', text, 'the text of a CSV file');
  const bySymbol = new Map<string, PreviousClose[]>();
  for (const close of closesIn(text, options)) {
    const known = bySymbol.get(close.symbol);
    if (known) known.push(close);
    else bySymbol.set(close.symbol, [close]);
  }
  for (const closes of bySymbol.values()) closes.sort((one, other) => other.closedAt - one.closedAt);
  return {
    load: (symbols, { at }) =>
      Promise.resolve(
        symbols.flatMap((symbol) => {
          const newest = bySymbol.get(symbol)?.find(({ closedAt }) => closedAt <= at);
          return newest ? { ...newest } : [];
        }),
      ),
  };
}

function closesIn(text: string, { calendar }: CsvPreviousClosesOptions): PreviousClose[] {
  const [header = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const columns = fieldsOf(header).map((name) => name.toLowerCase());
  for (const name of ['symbol', 'close'])
    if (!columns.includes(name))
      throw invalidArgument('csvPreviousCloses: header', header, `a column ${name}`);
  if (!columns.includes('date') && !columns.includes('time'))
    throw invalidArgument('csvPreviousCloses: header', header, 'a column date or time');
  return lines.flatMap((line, at) => {
    if (line.trim() === '') return [];
    const fields = fieldsOf(line);
    const of = (name: string): string => fields[columns.indexOf(name)] ?? '';
    const where = `csvPreviousCloses: line ${at + 2}`;
    const [symbol, price, currency] = [of('symbol'), of('close'), of('currency')];
    if (symbol === '') throw new TickmarkError('INVALID_ARGUMENT', `${where}: no symbol.`);
    if (!/^-?\d+(\.\d+)?$/.test(price)) throw invalidArgument(where, price, 'a close such as 231.50');
    const time = of('time');
    const own = typeof calendar === 'function' ? calendar(symbol) : calendar;
    const closedAt = time === '' ? closeOfDate(where, symbol, of('date'), own) : timeIn(where, time);
    return [{ symbol, price, closedAt, ...(currency !== '' && { currency }) }];
  });
}

function closeOfDate(
  where: string,
  symbol: string,
  date: string,
  calendar: TradingCalendar | null | undefined,
): number {
  if (!calendar)
    throw new TickmarkError(
      'INVALID_ARGUMENT',
      `${where}: a date needs a calendar of ${quote(symbol)}, or a time.`,
    );
  const session = calendar.session(date);
  if (session) return session.closesAt;
  throw invalidArgument(where, date, `the date of a session of ${calendar.name}`);
}

function timeIn(where: string, time: string): number {
  // ms from 1973 on have these numbers of digits; seconds have fewer, and microseconds more.
  const at = /^\d{12,14}$/.test(time) ? Number(time) : readIsoTime(time);
  if (typeof at === 'number') return at;
  throw invalidArgument(where, time, 'a time such as 2026-11-27T18:00:00Z, or ms since 1970');
}

const FIELD = /("(?:[^"]|"")*"|[^,]*)(?:,|$)/y;

function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex <= line.length) {
    const found = FIELD.exec(line);
    if (!found) break;
    const field = found[1]!;
    fields.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field.trim());
    if (!found[0].endsWith(',') || found[0] === field) break;
  }
  return fields;
}
