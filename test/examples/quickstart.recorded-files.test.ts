import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { readArguments } from '../../examples/quickstart/arguments.js';
import type { Output } from '../../examples/quickstart/output.js';
import type { CheckedPortfolio } from '../../examples/quickstart/replay/check.js';
import { rowsLines, type RowsReport } from '../../examples/quickstart/replay/rows-report.js';
import { runReplay } from '../../examples/quickstart/replay/run-replay.js';
import { summaryLines, type Summary } from '../../examples/quickstart/summary.js';
import { zipOf } from '../streams/replay/zip-of.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { run, type Outcome } from './child.js';

// Field faults, section 11: a replay vouched for rows that it had dropped, and files of the field were refused without a word on what is wanted.

const folder = mkdtempSync(join(tmpdir(), 'recorded-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(path: string, content: string | Buffer): string {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

interface Ran {
  readonly code: number;
  readonly rows: RowsReport | undefined;
  readonly checked: readonly CheckedPortfolio[];
  readonly summary: Summary | undefined;
  readonly error: string;
}

/** The quickstart in this process, with the arguments of a command line. */
async function quickstart(args: readonly string[]): Promise<Ran> {
  let [rows, summary]: [RowsReport?, Summary?] = [];
  let checked: readonly CheckedPortfolio[] = [];
  const output: Output = {
    intervalMs: 10_000,
    show: () => undefined,
    tell: () => undefined,
    rows: (report) => void (rows = report),
    checked: (portfolios) => void (checked = portfolios),
    end: (each) => void (summary = each),
    close: () => undefined,
  };
  const stopping = {
    signal: new AbortController().signal,
    by: () => 'signal' as const,
    stopped: new Promise<never>(() => undefined),
    release: () => undefined,
  };
  try {
    const code = await runReplay(readArguments([...args, '--speed', 'max']), output, stopping);
    return { code, rows, checked, summary, error: '' };
  } catch (error) {
    return { code: 1, rows, checked, summary, error: (error as Error).message };
  }
}

interface Case {
  readonly what: string;
  readonly path: string;
  readonly content: string | Buffer;
  readonly args?: readonly string[];
  readonly used: number;
  /** Refused rows, by reason. */
  readonly refused?: Readonly<Record<string, number>>;
  /** Symbol and last price. */
  readonly last?: readonly [symbol: string, price: string];
}

const lines = (...each: readonly string[]): string => `${each.join('\n')}\n`;
const NEW_YORK = ['--time-zone', 'America/New_York'];

const CASES: readonly Case[] = [
  {
    what: 'ISO times, of which two have no zone',
    path: 'prices.csv',
    content: lines(
      'timestamp,symbol,price',
      '2024-01-05T14:30:00Z,AAPL,180.10',
      '2024-01-05T14:31:00,AAPL,181.10',
      '2024-01-05T14:32:00,AAPL,182.10',
    ),
    used: 1,
    refused: { 'time-without-zone': 2 },
    last: ['AAPL', '180.10'],
  },
  {
    what: 'bars of Yahoo, of which one is null',
    path: 'BRK-B.csv',
    content: lines(
      'Date,Open,High,Low,Close,Adj Close,Volume',
      '2024-01-04,362.5,365.1,361.9,364.88,364.88,3520100',
      '2024-01-05,null,null,null,null,null,null',
      '2024-01-08,365.0,368.2,364.4,367.02,367.02,3121000',
    ),
    used: 2,
    refused: { 'not-a-number': 1 },
    last: ['BRK-B', '367.02'],
  },
  {
    what: 'bars of Stooq, with the symbol in a column and times without a zone',
    path: 'stooq.txt',
    content: lines(
      '<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>',
      'CDR.PL,5,20240105,090500,112.3,112.9,112.1,112.6,4100,0',
      'CDR.PL,5,20240105,091000,112.6,113.0,112.5,112.95,3900,0',
    ),
    args: ['--time-zone', 'Europe/Warsaw'],
    used: 2,
    last: ['CDR.PL', '112.95'],
  },
  {
    what: 'bars of MetaTrader, with tabs',
    path: 'EURUSD_M1.csv',
    content: lines(
      '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
      '2024.01.05\t00:00:00\t1.09450\t1.09471\t1.09448\t1.09460\t55\t0\t2',
      '2024.01.05\t00:01:00\t1.09460\t1.09466\t1.09440\t1.09445\t48\t0\t2',
    ),
    args: ['--time-zone', 'UTC', '--symbol', 'EURUSD'],
    used: 2,
    last: ['EURUSD', '1.09445'],
  },
  {
    what: 'bars without a header, with semicolons, CRLF and a byte order mark',
    path: 'histdata.csv',
    content:
      '\uFEFF20240105 170000;1.0945;1.0947;1.0944;1.0946;0\r\n20240105 170100;1.0946;1.0946;1.0940;1.0941;0\r\n',
    args: [...NEW_YORK, '--symbol=EURUSD'],
    used: 2,
    last: ['EURUSD', '1.0941'],
  },
  {
    what: 'bars of a spreadsheet, quoted, newest first, with the name of the month',
    path: 'ACME.csv',
    content: lines(
      '"Date","Open","High","Low","Close"',
      '"Jan 8, 2024","12","13","11.5","12.75"',
      '"Jan 5, 2024","11","12","10.5","12"',
    ),
    used: 2,
    last: ['ACME', '12.75'],
  },
  {
    what: 'days before months, as declared',
    path: 'dmy.csv',
    content: lines('Date;Close', '05/01/2024;100.5', '08/01/2024;101.25'),
    args: ['--date-order', 'dmy'],
    used: 2,
    last: ['dmy', '101.25'],
  },
  {
    what: 'days before months, not declared',
    path: 'undeclared.csv',
    content: lines('Date;Close', '05/01/2024;100.5', '13/01/2024;101.25'),
    used: 0,
    refused: { 'ambiguous-date': 2 },
  },
  {
    what: 'decimal commas',
    path: 'komma.csv',
    content: lines('Datum;date;close', 'x;2024-01-05;100,5', 'x;2024-01-08;101,25'),
    used: 0,
    refused: { 'comma-in-price': 2 },
  },
  {
    what: 'bars whose close is in a column of another name',
    path: 'own.csv',
    content: lines('when,o,h,l,c,fair value', '1704465000,1,2,1,1.5,1.48', '1704465060,1,2,1,1.6,'),
    args: ['--columns', 'time=when,price=fair value'],
    used: 1,
    refused: { 'not-a-number': 1 },
    last: ['own', '1.48'],
  },
  {
    what: 'ticks without a header, with named columns',
    path: 'ticks.csv',
    content: lines(
      '1704465000123456789|ACME|x|12.5',
      '1704465000223456789|ACME|x|12.75',
      '1704465001|ACME|x|12.80',
    ),
    args: ['--columns', 'time,symbol,-,price'],
    used: 2,
    refused: { 'other-time-unit': 1 },
    last: ['ACME', '12.75'],
  },
  {
    what: 'times that could be in any unit',
    path: 'small.csv',
    content: lines('time,symbol,price', '86400,ACME,12.5', '90000,ACME,12.75'),
    used: 0,
    refused: { 'ambiguous-time-unit': 2 },
  },
  {
    what: 'times in seconds with a fraction, declared',
    path: 'seconds.csv',
    content: lines('time,symbol,price', '86400.5,ACME,12.5', '90000.25,ACME,12.75'),
    args: ['--time-unit', 's'],
    used: 2,
    last: ['ACME', '12.75'],
  },
  {
    what: 'trades of tardis, gzipped',
    path: 'binance_trades_2024-01-05_BTCUSDT.csv.gz',
    content: gzipSync(
      lines(
        'exchange,symbol,timestamp,local_timestamp,id,side,price,amount',
        'binance,BTCUSDT,1704412800014000,1704412800017325,3344556677,buy,44151.1,0.001',
        'binance,BTCUSDT,1704412800031000,1704412800034512,3344556678,sell,44151,0.25',
        'binance,BTCUSDT,1704412800031000,1704412800034,3344556679,sell',
      ),
    ),
    used: 2,
    refused: { 'wrong-number-of-fields': 1 },
    last: ['BTCUSDT', '44151'],
  },
  {
    what: 'quotes of tardis, one without an ask',
    path: 'deribit_quotes.csv',
    content: lines(
      'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount',
      'deribit,BTC-PERPETUAL,1704412800014000,1704412800017325,10,44150.5,44150,2000',
      'deribit,BTC-PERPETUAL,1704412800015000,1704412800018325,,,44150,2000',
    ),
    used: 1,
    refused: { 'one-sided-quote': 1 },
    last: ['BTC-PERPETUAL', '44150.25'],
  },
  {
    what: 'trades of Binance Vision without a header, in a zip archive',
    path: 'BTCUSDT-trades-2024-01-05.zip',
    content: zipOf({
      'BTCUSDT-trades-2024-01-05.csv': lines(
        '3366009900,44150.10,0.00100,44.15,1704412800014,True,True',
        '3366009901,44150.20,0.00200,88.30,1704412800015,False,True',
      ),
    }),
    used: 2,
    last: ['BTCUSDT', '44150.20'],
  },
  {
    what: 'aggregated trades of Binance Vision in µs',
    path: 'ETHUSDT-aggTrades-2025-01-05.csv',
    content: lines(
      '1100220033,3610.10,0.5000,2200330044,2200330045,1736035200014567,True,True',
      '1100220034,3610.20,0.1000,2200330046,2200330046,1736035200015678,False,True',
    ),
    used: 2,
    last: ['ETHUSDT', '3610.20'],
  },
  {
    what: 'klines of Binance Vision with a header',
    path: 'BNBUSDT-1m-2024-01-05.csv',
    content: lines(
      'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore',
      '1704412800000,318.1,318.9,318.0,318.5,120.5,1704412859999,38379.2,200,60,19110,0',
      '1704412860000,318.5,318.6,318.1,318.2,98.25,1704412919999,31263.1,150,40,12728,0',
    ),
    used: 2,
    last: ['BNBUSDT', '318.2'],
  },
  {
    what: 'bars of LEAN in minutes, zipped',
    path: 'equity/usa/minute/acme/20131004_trade.zip',
    content: zipOf({
      '20131004_acme_minute_trade.csv': lines(
        '34200000,1815200,1816000,1815000,1815300,2830',
        '34260000,1815300,1815400,1814100,1814500,1200',
      ),
    }),
    used: 2,
    last: ['ACME', '181.45'],
  },
  {
    what: 'bars of LEAN in days, zipped',
    path: 'equity/usa/daily/acme.zip',
    content: zipOf({
      'acme.csv': lines(
        '20131003 00:00,1815200,1816000,1815000,1815300,28300',
        '20131004 00:00,1815300,1815400,1814100,1814500,12000',
      ),
    }),
    used: 2,
    last: ['ACME', '181.45'],
  },
  {
    what: 'quotes of LEAN for currencies, zipped',
    path: 'forex/oanda/minute/eurusd/20140501_quote.zip',
    content: zipOf({
      '20140501_eurusd_minute_quote.csv': lines(
        '0,1.3865,1.3866,1.3864,1.3865,0,1.3867,1.3868,1.3866,1.3867,0',
      ),
    }),
    used: 1,
    last: ['EURUSD', '1.3866'],
  },
  {
    what: 'ticks of LEAN, one marked as suspicious',
    path: 'equity/usa/tick/acme/20131007_trade.csv',
    content: lines('34200000,1815200,283,P,20002020,0', '34200100,9990000,1,P,20002020,1'),
    used: 1,
    refused: { suspicious: 1 },
    last: ['ACME', '181.52'],
  },
  {
    what: 'bars of yfinance, with three lines of header',
    path: 'download.csv',
    content: lines(
      'Price,Close,High,Low,Open,Volume',
      'Ticker,AAPL,AAPL,AAPL,AAPL,AAPL',
      'Date,,,,,',
      '2024-01-02,184.0823,186.8578,182.336,185.575,82488700',
      '2024-01-03,182.7041,184.3207,181.89,182.675,58414500',
    ),
    used: 2,
    last: ['AAPL', '182.7041'],
  },
  {
    what: 'bars after the address of a vendor, with two columns of times',
    path: 'Binance_BTCUSDT_d.csv',
    content: lines(
      'https://www.example.org',
      'Unix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT,tradecount',
      '1704412800000,2024-01-05,BTCUSDT,44151.1,44357.46,42450,44145.11,48075.25,2093000000,1900000',
      '1704499200000,2024-01-06,BTCUSDT,44145.12,44214.42,43397.05,43968.32,17835.06,782000000,900000',
    ),
    used: 2,
    last: ['BTCUSDT', '43968.32'],
  },
  {
    what: 'ticks of Dukascopy, in the zone that the header says',
    path: 'EURUSD_Ticks.csv',
    content: lines('Gmt time,Ask,Bid,AskVolume,BidVolume', '05.01.2024 00:00:00.123,1.09462,1.09458,1.2,0.9'),
    args: ['--date-order', 'dmy', '--symbol', 'EURUSD'],
    used: 1,
    last: ['EURUSD', '1.0946'],
  },
  {
    what: 'JSON lines with written times',
    path: 'today.jsonl',
    content: lines(
      '{"symbol":"ACME","price":"12.5","timestamp":"2024-01-05T14:30:00Z"}',
      '{"symbol":"ACME","price":"12.6","timestamp":"2024-01-05 14:31"}',
      '{"symbol":"ACME"',
    ),
    used: 1,
    refused: { 'time-without-zone': 1, 'malformed-json': 1 },
    last: ['ACME', '12.5'],
  },
];

describe('recorded files of the field', () => {
  test.each(CASES)('$what', async ({ path, content, args = [], used, refused = {}, last }) => {
    const { code, rows, checked, summary, error } = await quickstart([
      '--replay',
      file(path, content),
      ...args,
    ]);
    expect(rows, error).toBeDefined();
    expect(Object.fromEntries(rows!.reasons.map(({ reason, rows: count }) => [reason, count]))).toEqual(
      refused,
    );
    expect(rows!.used).toBe(used);
    expect(rows!.used + rows!.refused).toBe(rows!.read);
    const written =
      (path.endsWith('.gz') || path.endsWith('.zip') ? null : String(content).trimEnd().split('\n')) ?? [];
    const others = Object.values(rows!.others).reduce((sum, each) => sum + each, 0);
    if (written.length > 0) expect(rows!.read + others).toBe(written.length);
    // The first row of each reason is the one in that line of the file.
    for (const { first } of rows!.reasons)
      if (written.length > 0) expect(first!.text).toBe(written[first!.line - 1]);
    expect(code).toBe(used === 0 ? 1 : 0);
    expect(summary === undefined).toBe(used === 0);
    if (used === 0) return expect(error).toMatch(/no row of .* can be used/);
    const [symbol, price] = last!;
    expect(checked[0]!.holdings).toMatchObject([{ symbol, written: price }]);
    expect(Number(checked[0]!.holdings[0]!.price)).toBe(Number(price));
    const verdict = summaryLines(summary!).at(-1);
    const rowsUsed = `recomputed from the ${used} ${used === 1 ? 'row' : 'rows'} used`;
    const without = rows!.refused === 0 ? '' : `, without the ${rows!.refused} refused`;
    expect(verdict).toBe(`3 portfolios, ${rowsUsed}${without}: equal to the digit`);
  });

  test('at least twenty of them', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(20);
    expect(new Set(CASES.map(({ path }) => path)).size).toBe(CASES.length);
  });
});

describe('a file that cannot be told', () => {
  test.each([
    [
      '20131004_trade.zip',
      zipOf({ '20131004_acme_minute_trade.csv': '34200000,1,2,1,1,5\n' }),
      /nearest is lean.*equity\/usa\/minute\/aapl\/20131004_trade\.zip/,
    ],
    [
      'ticks.csv',
      '1704465000123,ACME,12.5\n',
      /"1704465000123,ACME,12\.5".*nearest is csv.*times \(such as timestamp.*prices \(such as price.*time,symbol,price/,
    ],
    ['aapl.csv', '20131003 00:00,1815200,1816000,1815000,1815300,28300\n', /nearest is lean/],
    ['yen.csv', 'timestamp,symbol,kurs\n1,A,2\n', /"timestamp,symbol,kurs".*names no column of prices/],
    ['list.json', '[{"symbol":"A"}]\n', /nearest is jsonl.*symbol, price and timestamp/],
    [
      'book.csv',
      'exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n',
      /levels of an order book/,
    ],
    ['wide.csv', Buffer.from('\uFEFFtimestamp,symbol,price\n', 'utf16le'), /UTF-16; save it as UTF-8/],
    ['unmarked.csv', Buffer.from('timestamp,symbol,price\n', 'utf16le'), /UTF-16.*save it as UTF-8/],
    ['a.csv.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 4, 0]), /packed by zstd; unpack it first/],
    ['a.csv.bz2', Buffer.from('BZh91AY'), /packed by bzip2; unpack it first/],
    ['a.parquet', Buffer.from('PAR1..PAR1'), /is a Parquet file; export it as CSV/],
  ])('%s is refused, and it says what is wanted', async (path, content, message) => {
    const { code, error } = await quickstart(['--replay', file(`unknown/${path}`, content)]);
    expect(code).toBe(1);
    expect(error).toMatch(message);
    expect(error).toMatch(/"[^"]*unknown\//);
  });
});

describe('the report', () => {
  test('says what was assumed, and shows the first row of each reason without its control characters', async () => {
    const path = file('assumed/ACME.csv', 'Date,Close\n2024-01-05,1.5\n2024-01-08,\x1b[2J\n2024-01-09,2\n');
    const { rows } = await quickstart(['--replay', path]);
    expect(rowsLines(rows!)).toEqual([
      `${path}: csv; the price is that of the column "Close"; the symbol is "ACME", from the name of the file; a date without a time is midnight in UTC`,
      'rows read 3, used 2, refused 1',
      '  1 not-a-number: the price is no number',
      `    first in line 3 of ${path}: 2024-01-08,?[2J`,
      '  other lines: 1 header',
    ]);
  });
});

describe.concurrent('the command', { timeout: SLOW_TEST_MS }, () => {
  const command = (...args: readonly string[]): Promise<Outcome> => run('examples/quickstart/main.ts', args);

  test('ends with 1 and the reasons when no row can be used', async () => {
    const path = file('command/none.csv', lines('timestamp,symbol,price', '2024-01-05T14:31:00,AAPL,181.10'));
    const { code, stdout, stderr } = await command('--replay', path, '--speed', 'max');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^rows read 1, used 0, refused 1\n {2}1 time-without-zone: .*--time-zone America\/New_York/m,
    );
    expect(stdout).not.toContain('digit');
    expect(stderr).toMatch(/no row of .*none\.csv can be used/);
  });

  test('vouches only for the rows that it used', async () => {
    const path = file(
      'command/some.csv',
      lines('timestamp,symbol,price', '2024-01-05T14:30:00Z,AAPL,180', '2024-01-05T14:31:00,AAPL,181'),
    );
    const { code, stdout } = await command('--replay', path, '--speed', 'max', '--json');
    expect(code).toBe(0);
    const found = stdout
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
    expect(found.find(({ type }) => type === 'rows')).toMatchObject({
      read: 2,
      used: 1,
      refused: 1,
      reasons: [{ reason: 'time-without-zone', rows: 1, first: { file: path, line: 3 } }],
    });
  });
});
