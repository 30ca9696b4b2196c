import { Decimal } from 'tickmark';
import { describe, expect, test } from 'vitest';
import { UsageError, readArguments } from '../../examples/quickstart/arguments.js';
import { age, gain, money, percent, share } from '../../examples/quickstart/figures.js';
import type { Row } from '../../examples/quickstart/rows.js';
import { tableLines, type Trend } from '../../examples/quickstart/table.js';

describe('arguments', () => {
  test('are read in any order, with or without =', () => {
    expect(readArguments(['--seconds=2.5', '--json', '--seed', '-7'])).toMatchObject({
      seconds: 2.5,
      json: true,
      seed: -7,
      replay: [],
    });
    expect(readArguments(['--replay', 'a', 'b', '--speed', 'max', '--replay=c'])).toMatchObject({
      replay: ['a', 'b', 'c'],
      speed: 'max',
    });
    const reading = [
      '--format=csv',
      '--symbol',
      'A',
      '--time-unit=us',
      '--time-zone=Asia/Tokyo',
      '--date-order=dmy',
    ];
    expect(
      readArguments(['--replay', 'a', ...reading, '--columns', 'price=Adj Close, time=1']),
    ).toMatchObject({
      reading: {
        ...{ format: 'csv', symbol: 'A', timeUnit: 'us', timeZone: 'Asia/Tokyo', dateOrder: 'dmy' },
        columns: { price: 'Adj Close', time: 1 },
      },
    });
    expect(readArguments(['--replay', 'a', '--columns=time,-,price']).reading).toEqual({
      columns: ['time', '-', 'price'],
    });
    expect(readArguments([])).toMatchObject({ seconds: 10, seed: 1, speed: 1, json: false, help: false });
  });

  test.each([
    [['--seconds', '0'], '--seconds: "0" given; accepted: a number of seconds above 0'],
    [['--seconds', '1e3'], '"1e3" given'],
    [['--seconds', '1.2.3'], '"1.2.3" given'],
    [['--seed', '1.5'], 'accepted: a whole number'],
    [['--speed', 'fast', '--replay', 'a'], 'accepted: max, or a number above 0'],
    [['--replay'], '--replay needs a value'],
    [['--speed', 'max'], '--speed needs --replay FILE'],
    [['--seed', '3', '--replay', 'a'], '--seed does not go with --replay'],
    [['--time-zone', 'UTC'], '--time-zone needs --replay FILE'],
    [['--replay', 'a', '--time-zone=Mars'], '--time-zone: expected an IANA time zone such as'],
    [['--replay', 'a', '--time-unit', 'min'], '--time-unit: expected "auto" or "s" or "ms"'],
    [['--replay', 'a', '--format', 'lena'], 'nearest is lean'],
    [['--replay', 'a', '--columns', 'prise=close'], '--columns: expected the names of all columns in order'],
    [['--replay', 'a', '--date-order'], '--date-order needs a value'],
    [['trades.csv'], '"trades.csv" is not understood'],
  ])('%j are refused', (given, message) => {
    expect(() => readArguments(given)).toThrow(UsageError);
    expect(() => readArguments(given)).toThrow(message);
  });
});

describe('figures', () => {
  test('keep every digit', () => {
    expect(money(Decimal.from('-1234567.8901'))).toBe('-1,234,567.8901');
    expect(money('123')).toBe('123');
    expect(gain(Decimal.from('1000.5'))).toBe('+1,000.5');
    expect(percent(Decimal.from('-0.125'))).toBe('-0.12 %');
    expect([share(Decimal.from('0.999999')), share(null)]).toEqual(['99 %', '—']);
    expect([5, 1500, 120_000, 7_200_000, null].map(age)).toEqual(['5 ms', '1.5 s', '2 min', '2 h', '—']);
  });
});

describe('the table', () => {
  const row = (id: string, pnl: string, partial = ''): Row => ({
    id,
    currency: 'USD',
    marketValue: Decimal.from('331912.15'),
    unrealizedPnl: Decimal.from(pnl),
    percent: partial === '' ? Decimal.from('0.0312') : null,
    pricedShare: Decimal.from('0.86'),
    ageMs: 42,
    partial,
  });
  const rows = [row('growth', '85.18'), row('new-issues', '-41.25', 'no price of NEWCO')];
  const trends = new Map<string, Trend>([
    ['growth', 'up'],
    ['new-issues', 'down'],
  ]);

  test('shows the direction by arrow and color, and marks partial values', () => {
    const plain = tableLines(rows, { width: 80, color: false, trends });
    expect(plain).toEqual([
      'portfolio         market value  unrealized P&L         %  priced     age',
      'growth       331,912.15 USD  ▲          +85.18   +0.03 %    86 %   42 ms',
      'new-issues   331,912.15 USD* ▼          -41.25         —    86 %   42 ms',
      '* new-issues is partial: no price of NEWCO',
    ]);
    const colored = tableLines(rows, { width: 80, color: true, trends });
    expect(colored[1]).toContain('\x1b[32m');
    expect(colored[2]).toContain('\x1b[31m');
  });

  test.each([80, 71, 60, 45, 20])('leaves out columns to fit into %i characters', (width) => {
    const [heading, ...lines] = tableLines(rows, { width, color: false, trends });
    expect(heading).toContain('market value');
    const longest = Math.max(heading!.length, ...lines.slice(0, rows.length).map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(Math.max(width, 'new-issues   331,912.15 USD* ▼'.length));
  });
});
