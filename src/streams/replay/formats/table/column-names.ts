/** What a column may hold. `date` is the date of a `time` that is only the time of a day. */
export type ColumnRole =
  | 'time'
  | 'date'
  | 'symbol'
  | 'price'
  | 'bid'
  | 'ask'
  | 'currency'
  | 'sequence'
  | 'previousClose'
  | 'receivedAt';

/** All of them. */
export const COLUMN_ROLES: readonly ColumnRole[] = [
  'time',
  'date',
  'symbol',
  'price',
  'bid',
  'ask',
  'currency',
  'sequence',
  'previousClose',
  'receivedAt',
];

/** The number of the column (from 0) of each role that a table has. */
export type ColumnNumbers = { readonly [Role in ColumnRole]?: number };

/** Names that columns have in files of exchanges, vendors and spreadsheets, in lower case and without signs; the first that is there counts. */
const KNOWN: Readonly<Record<ColumnRole, readonly string[]>> = {
  time: [
    ...[
      'timestamp',
      'time',
      'datetime',
      'closetime',
      'tradetime',
      'transacttime',
      'transactiontime',
      'eventtime',
    ],
    // Two of trades of Polygon: when the tape and when the venue had them.
    ...['siptimestamp', 'participanttimestamp', 'exchangetime', 'timeexchange', 'exchangetimestamp'],
    ...['ts', 'unix', 'unixtime', 'unixtimestamp', 'epoch', 'localtime', 'windowstart', 'opentime'],
    ...['date', 'day', 'tradedate', 'tradingdate', '时间', '日期', '交易日期'],
  ],
  date: ['date', 'day', 'tradedate', 'tradingdate', '日期', '交易日期'],
  symbol: ['symbol', 'ticker', 'instrument', 'pair', 'code', 'sym', 'name', '代码', '股票代码'],
  price: [
    ...['price', 'last', 'lastprice', 'tradeprice', 'px', 'lastpx', 'close', 'closeprice', 'closelast', 'c'],
    ...['mid', 'midprice', '最新价', '收盘', '收盘价'],
  ],
  bid: ['bid', 'bidprice', 'bestbid', 'bestbidprice', 'bidpx', 'bidclose', 'bids0price'],
  ask: [
    'ask',
    'askprice',
    'bestask',
    'bestaskprice',
    'askpx',
    'askclose',
    'asks0price',
    'offer',
    'offerprice',
  ],
  currency: ['currency', 'ccy'],
  sequence: ['sequence', 'seq', 'sequencenumber'],
  previousClose: ['previousclose', 'prevclose', '昨收'],
  receivedAt: ['receivedat', 'localtimestamp'],
};

const bare = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/utc|gmt/, '');

/** Whether the name of a column of times says that they are in UTC, as `Gmt time` and `Date (UTC)` do. */
export function saysUtc(name: string): boolean {
  return /(?:^|[^\p{L}])(?:utc|gmt)(?:$|[^\p{L}])/iu.test(name);
}

/** The columns of a header, by the names that are known; the `close` of `open`, `high`, `low` and `close` is a price. */
export function knownColumns(header: readonly string[]): ColumnNumbers {
  const names = header.map(bare);
  const found: { [Role in ColumnRole]?: number } = {};
  for (const role of COLUMN_ROLES) {
    const name = KNOWN[role].find((each) => names.includes(each));
    if (name !== undefined) found[role] = names.indexOf(name);
  }
  if (found.date === found.time) delete found.date;
  return found;
}

/** Whether columns are enough for prices: a time, and a price or both sides of a quote. */
export function areEnough({ time, price, bid, ask }: ColumnNumbers): boolean {
  return time !== undefined && (price !== undefined || (bid !== undefined && ask !== undefined));
}

/** Whether a header has the four prices of a bar. */
export function isOfBars(header: readonly string[]): boolean {
  const names = header.map(bare);
  return (
    ['open', 'high', 'low'].every((name) => names.includes(name)) && names.some((name) => /^close/.test(name))
  );
}

/** The number of the column with this name, regardless of case and signs; -1 if there is none. */
export function columnNamed(header: readonly string[], name: string): number {
  const exact = header.indexOf(name);
  return exact >= 0 ? exact : header.map(bare).indexOf(bare(name));
}
