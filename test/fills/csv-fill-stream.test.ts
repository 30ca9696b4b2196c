import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { fillStreamConformance } from '../../src/conformance/fill-stream/fill-stream-conformance.js';
import type { TickmarkError } from '../../src/core/errors.js';
import { FillBooker } from '../../src/core/fills/fill-booker.js';
import type { Fill } from '../../src/core/fills/fill-stream.js';
import { HoldingsEditor } from '../../src/core/portfolio/holdings-editor.js';
import { readEntry } from '../../src/core/portfolio/ledger/entry-reader.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { CsvFillStream } from '../../src/fills/csv-fill-stream.js';
import type { CsvFillStreamOptions } from '../../src/fills/csv-fill-stream-options.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import { runner } from '../conformance/without-skips.js';
import { caught } from '../oracle/caught.js';

const HEADER = 'Id,Time,Action,Ticker,Units,Price,Commission,Money,Currency,Kind,Settles';
const BUY = '1,2026-03-02T14:30:00Z,BOT,IBM,10,250.10,1.25,,USD,,';
const columns = {
  id: 'Id',
  at: 'Time',
  type: 'Action',
  symbol: 'Ticker',
  quantity: 'Units',
  price: 'Price',
  fee: 'Commission',
  amount: 'Money',
  currency: 'Currency',
  kind: 'Kind',
  settlesAt: 'Settles',
};
const types = {
  BOT: 'buy',
  SLD: 'sell',
  DIV: 'income',
  FEE: 'fee',
  OUT: 'withdrawal',
  XFER: 'transferOut',
  JNL: null,
} as const;

async function read(
  rows: readonly string[] | CsvFillStreamOptions['source'],
  more: Partial<CsvFillStreamOptions> = {},
) {
  const errors: TickmarkError[] = [];
  const stream = new CsvFillStream({
    source: Array.isArray(rows) ? [HEADER, ...(rows as readonly string[])].join('\n') : (rows as string),
    account: 'U1',
    columns,
    types,
    onError: (error) => void errors.push(error),
    ...more,
  });
  const fills: Fill[] = [];
  for await (const list of stream.read()) fills.push(...list);
  const entries = fills.map(({ entry }) => readEntry(entry) as unknown as Record<string, unknown>);
  // As text: decimals are objects.
  const plain = entries.map((entry) => JSON.parse(JSON.stringify(entry)) as Record<string, unknown>);
  return { stream, fills, entries: plain, errors, messages: errors.map(({ message }) => message) };
}

describe('a row', () => {
  test('is an entry, with what its cells say', async () => {
    const { fills, entries } = await read([BUY.replace(/,$/, ',2026-03-04T00:00:00+01:00')]);
    expect(fills[0]).toMatchObject({ type: 'fill', account: 'U1' });
    expect(entries).toEqual([
      {
        type: 'buy',
        id: '1',
        at: Date.UTC(2026, 2, 2, 14, 30),
        symbol: 'IBM',
        quantity: '10',
        price: '250.1',
        fee: '1.25',
        currency: 'USD',
        settlesAt: Date.UTC(2026, 2, 3, 23),
      },
    ]);
  });

  test.each([
    [
      'a sale with a minus',
      '2,2026-03-02T00:00:00Z,SLD,IBM,-10,250,1,2500,USD,,',
      { type: 'sell', quantity: '10', fee: '1' },
    ],
    [
      'a sale without',
      '2,2026-03-02T00:00:00Z,SLD, IBM ,10,250,,,USD,,',
      { type: 'sell', quantity: '10', symbol: 'IBM' },
    ],
    [
      'a dividend on units',
      '2,2026-03-02T00:00:00Z,DIV,IBM,100,0.167,,16.70,USD,dividend,',
      { type: 'income', amount: '16.7', kind: 'dividend', symbol: 'IBM' },
    ],
    [
      'a dividend in units',
      '2,2026-03-02T00:00:00Z,DIV,IBM,2,250,,,USD,dividend,',
      { type: 'income', quantity: '2', price: '250' },
    ],
    [
      'a withdrawal',
      '2,2026-03-02T00:00:00Z,OUT,,,,,-500,USD,,',
      { type: 'withdrawal', amount: '500', currency: 'USD' },
    ],
    [
      'units that leave',
      '2,2026-03-02T00:00:00Z,XFER,IBM,-3,250,,,,,',
      { type: 'transferOut', quantity: '3' },
    ],
    ['a charge', '2,2026-03-02T00:00:00Z,FEE,IBM,5,2,,1.50,USD,,', { type: 'fee', amount: '1.5' }],
  ])('may be %s', async (_, row, expected) => {
    const { entries, errors } = await read([row]);
    expect(errors).toEqual([]);
    expect(entries[0]).toMatchObject(expected);
    for (const field of ['quantity', 'price', 'amount'])
      if (!(field in expected))
        expect([field, entries[0]![field] === undefined || expected.type !== 'income']).toEqual([
          field,
          true,
        ]);
    if (expected.type === 'sell') expect(entries[0]).not.toHaveProperty('amount');
  });

  test('has costs with a minus only where the file is said to write them so', async () => {
    const rows = [
      '1,2026-03-02T00:00:00Z,BOT,IBM,1,2,-1.25,,USD,,',
      '2,2026-03-02T00:00:00Z,FEE,,,,,-3,USD,,',
    ];
    expect((await read(rows)).entries).toMatchObject([{ fee: '-1.25' }, { amount: '-3' }]);
    expect((await read(rows, { costs: 'negative' })).entries).toMatchObject([
      { fee: '1.25' },
      { amount: '3' },
    ]);
  });

  test('has the type that its cell says, where there are no other names', async () => {
    const { entries, errors } = await read([BUY.replace('BOT', 'buy'), BUY], { types: undefined as never });
    expect([entries.length, errors.length]).toEqual([1, 1]);
  });

  test.each([
    ['.', '"1,234,567.50"', '1234567.5'],
    ['.', '1 234.5', '1234.5'],
    ['.', "1'234", '1234'],
    ['.', '+12.5', '12.5'],
    [',', '1.234,50', '1234.5'],
    [',', '1\u00a0234', '1234'],
    [',', '"0,5"', '0.5'],
    [',', '"-1.234,5"', '-1234.5'],
  ] as const)('is read with the decimal mark %s: %s', async (decimalMark, cell, expected) => {
    const text = `Id,Time,Action,Ticker,Units,Price,Commission,Money,Currency,Kind,Settles\n1,2026-03-02T00:00:00Z,BOT,IBM,1,${cell.includes(',') && !cell.startsWith('"') ? `"${cell}"` : cell},,,USD,,`;
    expect((await read(text, { decimalMark })).entries[0]).toMatchObject({ price: expected });
  });

  test.each([
    [undefined, '"1,234"'],
    ['.', '"1,23"'],
    ['.', '"1,2345"'],
    ['.', '"1.234,5"'],
    [',', '1.5'],
    [',', '"1,234,5"'],
    ['.', '.5.'],
  ] as const)('is refused where the decimal mark %s leaves doubt: %s', async (decimalMark, cell) => {
    const { entries, messages, stream } = await read(
      [`7,2026-03-02T00:00:00Z,BOT,IBM,1,${cell},,,USD,,`, BUY.replace('250.10,1.25', '250,')],
      {
        ...(decimalMark && { decimalMark }),
      },
    );
    expect(entries.map(({ id }) => id)).toEqual(['1']);
    expect(messages).toEqual([
      `CsvFillStream: line 2, column "Price": expected a number, got ${JSON.stringify(cell.replaceAll('"', ''))}.`,
    ]);
    expect(stream.stats()).toEqual({ rows: 2, fills: 1, skipped: 0, malformed: 1 });
  });

  test.each([
    [
      'a time without a zone',
      BUY.replace('Z', ''),
      'column "Time": expected a time: ISO 8601 with a zone, or what timeOf() reads, got "2026-03-02T14:30:00"',
    ],
    [
      'an unknown type',
      BUY.replace('BOT', 'constructor'),
      'column "Action": expected one of BOT, SLD, DIV, FEE, OUT, XFER, JNL, got "constructor"',
    ],
    ['no id', BUY.replace('1', ''), 'id'],
    ['no price', BUY.replace('250.10', ''), 'price'],
    ['a purchase of less than nothing', BUY.replace(',10,', ',-10,'), 'quantity'],
    ['a cell too few', BUY.slice(0, -1), '10 cells, and the header has 11'],
    ['a quote in a cell', BUY.replace('IBM', 'I"BM'), 'a quote inside a cell without quotes'],
  ])('of %s is reported, and the others are delivered', async (_, row, why) => {
    const { entries, errors, stream } = await read([
      '5,2026-03-02T00:00:00Z,SLD,X,1,1,,,USD,,',
      row,
      BUY.replace('1', '9'),
    ]);
    expect(entries.map(({ id }) => id)).toEqual(['5', '9']);
    expect(errors[0]).toMatchObject({ code: 'MALFORMED_INPUT', retryable: false });
    expect(errors[0]!.message).toContain('line 3');
    expect(errors[0]!.message).toContain(why);
    expect(stream.stats()).toEqual({ rows: 3, fills: 2, skipped: 0, malformed: 1 });
  });

  test('of a type to skip is counted', async () => {
    const { entries, stream } = await read([BUY.replace('BOT', 'JNL'), BUY]);
    expect([entries.length, stream.stats()]).toEqual([1, { rows: 2, fills: 1, skipped: 1, malformed: 0 }]);
  });

  test('may have a time that timeOf reads', async () => {
    const { entries } = await read([BUY.replace('2026-03-02T14:30:00Z', '02/03/2026')], {
      timeOf: (text) => {
        const [day, month, year] = text.split('/').map(Number);
        return Date.UTC(year!, month! - 1, day);
      },
    });
    expect(entries[0]).toMatchObject({ at: Date.UTC(2026, 2, 2) });
    expect((await read([BUY], { timeOf: () => NaN })).messages[0]).toContain('column "Time"');
  });

  test('may have its account in a column, and its id made of its cells', async () => {
    const { id: _, ...others } = columns;
    const text =
      'Time,Action,Ticker,Units,Price,Acct\n2026-03-02T00:00:00Z,BOT,IBM,1,2,U7\n2026-03-02T00:00:00Z,BOT,IBM,1,2,\n';
    const { at, type, symbol, quantity, price } = others;
    const { fills, messages } = await read(text, {
      account: { column: 'Acct' },
      columns: { at, type, symbol, quantity, price },
      idOf: (row) => `${row.cell('Time')}:${row.cell('Ticker')}`,
    });
    expect(fills).toMatchObject([{ account: 'U7', entry: { id: '2026-03-02T00:00:00Z:IBM' } }]);
    expect(messages).toEqual(['CsvFillStream: line 3: no account']);
  });
});

describe('rows that entryOf reads', () => {
  const text = 'No,What\n1,one\n2,none\n3,two\n4,fails\n5,typo\n6,bad';
  const fee = (id: string) => ({ id, at: 0, type: 'fee', amount: 1, currency: 'USD' }) as const;

  test('are one entry, several, or none; one that throws is reported', async () => {
    const { fills, messages, stream } = await read(text, {
      columns: undefined as never,
      types: undefined as never,
      entryOf: (row) => {
        const id = row.cell('No');
        switch (row.cell('What')) {
          case 'one':
            return fee(id);
          case 'none':
            return null;
          case 'two':
            return [fee(id), fee(`${id}:b`)];
          case 'typo':
            return fee(row.cell('Nr'));
          case 'bad':
            return { ...fee(id), amount: 'x' };
          default:
            throw new Error('my own');
        }
      },
    });
    expect(fills.map(({ entry }) => entry.id)).toEqual(['1', '3', '3:b']);
    expect(messages).toEqual([
      'CsvFillStream: line 5: my own',
      'CsvFillStream: the file has no column "Nr"; it has "No", "What".',
      expect.stringContaining('CsvFillStream: line 7: Entry "6": amount'),
    ]);
    expect(stream.stats()).toEqual({ rows: 6, fills: 3, skipped: 1, malformed: 3 });
  });
});

describe('a file', () => {
  const whole = `${HEADER}\r\n${BUY}\r\n${BUY.replace('1', '2').replace('IBM', 'MÜV2')}\r\n`;
  const bytes = new TextEncoder().encode(`\uFEFF${whole}`);
  async function* cut(size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  test.each<[string, () => CsvFillStreamOptions['source']]>([
    ['text', () => whole],
    ['bytes', () => bytes],
    ['chunks of text', () => new Set([whole.slice(0, 90), whole.slice(90)])],
    ['a stream of Node', () => Readable.from(cut(7))],
    ['bytes, one by one', () => cut(1)],
    ['the body of a response', () => new Response(bytes).body!],
  ])('is %s', async (_, source) => {
    const { entries, errors } = await read(source());
    expect(errors).toEqual([]);
    expect(entries.map(({ symbol }) => symbol)).toEqual(['IBM', 'MÜV2']);
  });

  test('of another encoding ends with an error, and so does one that fails', async () => {
    const latin = new Uint8Array([...bytes].filter((byte) => byte !== 0xc3));
    await expect(read(latin)).rejects.toMatchObject({ code: 'STREAM_FAILED', retryable: false });
    await expect(read(bytes.subarray(0, bytes.indexOf(0xc3) + 1))).rejects.toMatchObject({
      code: 'STREAM_FAILED',
    });
    const failing = new Readable({ read: () => void failing.destroy(new Error('disk')) });
    await expect(read(failing)).rejects.toMatchObject({ code: 'STREAM_FAILED', cause: { message: 'disk' } });
  });

  test('without a column ends with an error that names those that are there', async () => {
    const message =
      'CsvFillStream: the file has no column "Units"; it has "Id", "Time", "Action", "Ticker", "Qty".';
    const stream = new CsvFillStream({
      source: 'Id,Time,Action,Ticker,Qty\n',
      account: 'U1',
      columns: { id: 'Id', at: 'Time', type: 'Action', symbol: 'Ticker', quantity: 'Units' },
    });
    const lists = () => stream.read().next();
    await expect(lists()).rejects.toMatchObject({ code: 'MALFORMED_INPUT', retryable: false, message });
    await expect(lists()).rejects.toMatchObject({ message });
    await expect(read(['', BUY], { account: { column: 'Acct' } })).rejects.toThrow('no column "Acct"');
    await expect(read(`${HEADER},Id\n`)).rejects.toThrow('more than one column "Id"');
    await expect(read('"Id" x,Time\n')).rejects.toThrow('line 1: text after a quoted cell');
  });

  test('of nothing has no fills', async () => {
    expect((await read('')).fills).toEqual([]);
    expect((await read(HEADER)).fills).toEqual([]);
  });

  test('comes in lists of at most listSize, and is read no further than it is asked for', async () => {
    let rows = 0;
    const stream = new CsvFillStream({
      source: `No\n${'1\n'.repeat(10)}`,
      account: 'U1',
      listSize: 4,
      entryOf: (row) => ({
        id: `${row.cell('No')}:${++rows}`,
        at: 0,
        type: 'fee',
        amount: 1,
        currency: 'USD',
      }),
    });
    const sizes: Array<[number, number]> = [];
    for await (const list of stream.read()) sizes.push([list.length, rows]);
    expect(sizes).toEqual([
      [4, 4],
      [4, 8],
      [2, 10],
    ]);
  });

  test('with rows of several entries comes in such lists, too', async () => {
    const fee = (id: string) => ({ id, at: 0, type: 'fee', amount: 1, currency: 'USD' }) as const;
    const stream = new CsvFillStream({
      source: 'No\n1\n2\n',
      account: 'U1',
      listSize: 2,
      entryOf: (row) => ['a', 'b', 'c'].map((part) => fee(row.cell('No') + part)),
    });
    const ids: string[] = [];
    for await (const list of stream.read()) ids.push(list.map(({ entry }) => entry.id).join());
    expect(ids).toEqual(['1a,1b', '1c,2a', '2b,2c']);
  });

  test('that is read twice books once', async () => {
    const repository = new InMemoryPortfolioRepository();
    const holdings = new HoldingsEditor({ repository, bus: new InMemoryEventBus() });
    await holdings.create(Portfolio.create({ id: 'U1', currency: 'USD' }));
    const stats = [];
    for (let round = 0; round < 2; round++) {
      const stream = new CsvFillStream({ source: whole, account: 'U1', columns, types });
      const booker = new FillBooker({ stream, holdings, repository });
      booker.start();
      await booker.finished();
      stats.push([booker.stats().booked, booker.stats().alreadyBooked]);
    }
    expect(stats).toEqual([
      [2, 0],
      [0, 2],
    ]);
    expect((await repository.load('U1'))?.position('IBM')?.quantity.toString()).toBe('10');
  });
});

describe('options', () => {
  const entryOf = () => null;
  test.each<[string, object]>([
    ['no source', { source: undefined }],
    ['an empty account', { account: '' }],
    ['an empty column of accounts', { account: { column: '' } }],
    ['neither columns nor entryOf', { columns: undefined }],
    ['both columns and entryOf', { entryOf }],
    ['no column of times', { columns: { ...columns, at: undefined } }],
    ['no column of types', { columns: { ...columns, type: undefined } }],
    ['no ids', { columns: { ...columns, id: undefined } }],
    ['ids from two places', { idOf: () => 'x' }],
    ['an unknown type', { types: { BOT: 'bought' } }],
    ['a long separator', { separator: ';;' }],
    ['a quote as separator', { separator: '"' }],
    ['another decimal mark', { decimalMark: ';' }],
    ['no room in a list', { listSize: 0 }],
  ])('with %s are refused', (_, more) => {
    expect(
      caught(() => new CsvFillStream({ source: '', account: 'U1', columns, types, ...more })),
    ).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

// A file that grows.
fillStreamConformance(runner, {
  createHarness: () => {
    const lines = new Readable({ read: () => undefined, encoding: 'utf8' });
    lines.push(`${HEADER}\r\n`);
    const stream = new CsvFillStream({ source: lines, account: 'U1', columns, types });
    return {
      stream,
      account: 'U1',
      trade: (number) => {
        lines.push(`f${number},2026-03-02T00:00:00Z,BOT,IBM,${number},1,,,USD,,\r\n`);
        const at = '2026-03-02T00:00:00Z';
        return {
          id: `f${number}`,
          at,
          type: 'buy',
          symbol: 'IBM',
          quantity: number,
          price: 1,
          currency: 'USD',
        };
      },
      dispose: () => void lines.destroy(),
    };
  },
});
