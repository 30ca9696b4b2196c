import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  readRecording,
  ReplayPriceStreamAdapter,
  type ReadingOptions,
} from '../../../src/streams/replay/index.js';
import { replayed } from './replayed.js';

const folder = mkdtempSync(join(tmpdir(), 'tickmark-options-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function file(content: string, name = `${++count}.csv`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('options that cannot be used', () => {
  test.each<[ReadingOptions, RegExp]>([
    [{ symbol: '' }, /symbol: expected a string of 1 to 256 characters, got ""/],
    [{ columns: [] }, /columns: expected the names of all columns in order, or an object/],
    [{ columns: { prise: 'Close' } as never }, /columns: .*time, date, symbol, price/],
    [{ columns: { price: 0 } }, /columns: .*numbers \(from 1\)/],
    [{ columns: 'time,price' as never }, /columns: .*got "time,price"/],
    [
      { timeUnit: 'minutes' as never },
      /timeUnit: expected "auto" or "s" or "ms" or "us" or "ns", got "minutes"/,
    ],
    [{ timeZone: 'New York' }, /timeZone: expected an IANA time zone such as "America\/New_York"/],
    [{ dateOrder: 'ydm' as never }, /dateOrder: expected "ymd" or "dmy" or "mdy"/],
  ])('%j', (options, message) => {
    const expected = expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message) as string,
    }) as Error;
    expect(() => readRecording('x', options)).toThrow(expected);
    expect(() => new ReplayPriceStreamAdapter({ files: 'x', ...options })).toThrow(expected);
  });

  test.each([
    ['lena', 'lean'],
    ['LEAN', 'lean'],
    ['tardis-trades', 'tardis'],
    ['vision', 'binance-vision'],
    ['cvs', 'csv'],
    ['json', 'jsonl'],
  ])('the format %s, for which the nearest is named: %s', (given, nearest) => {
    expect(() => readRecording('x', { format: given as 'csv' })).toThrow(`nearest is ${nearest},`);
  });

  test('a format with no near name', () => {
    expect(() => readRecording('x', { format: 'parquet' as 'csv' })).toThrow(/jsonl, got "parquet"/);
  });
});

describe('options that do not fit a file', () => {
  const failure = (content: string, options: ReadingOptions, name?: string): Promise<Error> =>
    replayed(file(content, name), options).then(
      () => expect.unreachable(),
      (error: Error) => error,
    );
  const TABLE = 'timestamp,symbol,price\n1704412800000,A,1\n';

  test.each<[string, ReadingOptions, string, RegExp]>([
    ['a symbol, where a column has them', { symbol: 'B' }, TABLE, /column 2 has them/],
    [
      'the name of a column that is not there',
      { columns: { price: 'Close' } },
      TABLE,
      /says where price is, and there is no such column/,
    ],
    [
      'the number of a column that is not there',
      { columns: { price: 9 } },
      TABLE,
      /has 3 columns, fewer than/,
    ],
    [
      'a list without prices',
      { columns: ['time', 'symbol'] },
      '1704412800000,A\n',
      /columns \(time, symbol\) names no column of prices/,
    ],
    [
      'a list that is longer than the rows',
      { columns: ['time', 'symbol', '-', 'price'] },
      TABLE,
      /has 3 columns, fewer than/,
    ],
  ])('%s', async (_, options, content, message) => {
    const error = await failure(content, options);
    expect(error).toMatchObject({ code: 'MALFORMED_INPUT' });
    expect(error.message).toMatch(message);
    expect(error.message).toContain(folder);
  });

  test('an option that the format does not heed', async () => {
    const header = '{"tickmark":"recording","version":1,"startedAt":1704412800000}\n';
    const error = await failure(header, { timeZone: 'UTC' });
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(error.message).toMatch(/timeZone: expected no such option, as the format tickmark says it itself/);
    const json = await failure('{"symbol":"A","price":1,"timestamp":1}\n', { symbol: 'B' });
    expect(json.message).toMatch(/jsonl says it itself \(it heeds timeUnit and timeZone and dateOrder\)/);
  });
});

describe('what the rows do not say', () => {
  const assumed = async (
    content: string,
    name: string,
    options: ReadingOptions = {},
  ): Promise<readonly string[]> =>
    (await replayed(file(content, name), options)).stream.stats().files[0]!.assumed;

  test('is said once for each file', async () => {
    expect(await assumed('Date,Close\n2024-01-05,1\n2024-01-08,2\n', 'ACME.csv')).toEqual([
      'the price is that of the column "Close"',
      'the symbol is "ACME", from the name of the file',
      'a date without a time is midnight in UTC',
    ]);
    expect(await assumed('time,symbol,bid,ask\n1704412800,A,1,2\n1704412801,A,1,3\n', 'quotes.csv')).toEqual([
      'times are in seconds since 1970, by their size',
      'the price of a quote is the middle of bid and ask',
    ]);
    expect(await assumed('Time (UTC),symbol,price\n2024-01-05 10:00,A,1\n', 'utc.csv')).toEqual([
      'times are in UTC, as the column "Time (UTC)" says',
    ]);
  });

  test('is nothing where options say all', async () => {
    const options = { symbol: 'A', timeUnit: 'ms', columns: ['time', 'price'] } as const;
    expect(await assumed('1704412800000,1\n', 'all.csv', options)).toEqual([]);
  });
});
