import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { eastmoneyPush2, SsePriceStreamAdapter } from '../../../src/streams/sse/index.js';
import { decoded, OPEN } from './eastmoney-decoded.js';
import { ScriptedFetch } from './scripted-fetch.js';

const full = (...rows: object[]): object => ({
  rc: 0,
  full: 1,
  data: { total: rows.length, diff: { ...rows } },
});
const part = (diff: object): object => ({ rc: 0, full: 0, data: { diff } });
const MAOTAI = { f2: 1500.5, f12: '600519', f13: 1, f18: 1499, f31: 1500.4, f32: 1500.6, f124: 1791511200 };
const PING_AN = { f2: 10.47, f12: '000001', f13: 0, f18: 10.5, f124: 1791511199 };

describe('rows', () => {
  test('a full row gives a price with quotes, previous close, currency and state', () => {
    const { updates } = decoded(['600519'], [full(MAOTAI)]);
    expect(updates).toEqual([
      {
        symbol: '600519',
        price: '1500.5',
        previousClose: '1499',
        bid: '1500.4',
        ask: '1500.6',
        timestamp: 1_791_511_200_000,
        receivedAt: OPEN,
        currency: 'CNY',
        state: 'open',
      },
    ]);
  });

  test('partial rows are merged by position or by code', () => {
    const { updates, stats } = decoded(
      ['600519', '000001.SZ'],
      [
        full(MAOTAI, PING_AN),
        part({ 1: { f2: 10.48, f124: 1791511202 } }),
        part({ 0: { f5: 77 } }),
        part([{ f12: '600519', f13: 1, f2: 1501 }]),
        part({ 7: { f2: 1 } }),
      ],
    );
    expect(updates.map(({ symbol, price, previousClose }) => [symbol, price, previousClose])).toEqual([
      ['600519', '1500.5', '1499'],
      ['000001.SZ', '10.47', '10.5'],
      ['000001.SZ', '10.48', '10.5'],
      ['600519', '1501', '1499'],
    ]);
    expect(stats).toMatchObject({
      control: { 'no-price-change': 1 },
      rejected: { 'unknown-row': 1 },
      unexplained: 0,
    });
  });

  test('a full event replaces all rows before it', () => {
    const { updates, stats } = decoded(
      ['600519', '000001'],
      [full(PING_AN, MAOTAI), full(MAOTAI), part({ 1: { f2: 9 } })],
    );
    expect(updates).toHaveLength(3);
    expect(stats.rejected).toEqual({ 'unknown-row': 1 });
  });

  test('a suspended share has its previous close as price, and the state halted', () => {
    const suspended = { f2: '-', f12: '000003', f13: 0, f18: 2.71, f31: '-', f32: 0 };
    const { updates } = decoded(['000003'], [full(suspended)]);
    expect(updates).toMatchObject([
      { price: '2.71', previousClose: '2.71', state: 'halted', timeSource: 'received' },
    ]);
    expect(updates[0]).not.toHaveProperty('bid');
    expect(updates[0]).not.toHaveProperty('ask');
    expect(decoded(['000003'], [full({ ...suspended, f18: '-' })]).stats.rejected).toEqual({ 'no-price': 1 });
  });

  test('an instrument that is subscribed under two names is delivered under both', () => {
    const { updates } = decoded(['600519', '600519.SH'], [full(MAOTAI)]);
    expect(updates.map(({ symbol }) => symbol)).toEqual(['600519', '600519.SH']);
  });

  test.each([
    [187, 2, '1.87'],
    [-5, 2, '-0.05'],
    [7, 3, '0.007'],
    [1234, 3, '1.234'],
    [309298, 0, '309298'],
  ])('reads %i with %i decimals as %s', (f2, f1, price) => {
    // Percentages have decimals of their own, f152, which are not the price's.
    const { updates } = decoded(['510300'], [full({ f2, f1, f12: '510300', f13: 1, f152: 2 })], { fltt: 1 });
    expect(updates.map((update) => update.price)).toEqual([price]);
  });

  test('rejects a whole number without its number of decimals', () => {
    const { stats } = decoded(['510300'], [full({ f2: 187, f12: '510300', f13: 1 })], { fltt: 1 });
    expect(stats.rejected).toEqual({ 'no-decimals': 1 });
  });

  test('reads the fields of a single instrument', () => {
    const data = {
      f43: 309298,
      f57: '000001',
      f107: 1,
      f58: '上证指数',
      f59: 2,
      f60: 313195,
      f86: 1791511200,
      f152: 2,
    };
    const { updates } = decoded(
      ['000001.SH'],
      [
        { rc: 0, full: 1, data },
        { rc: 0, full: 0, data: { f43: 309300 } },
      ],
      { fltt: 1 },
    );
    expect(updates).toMatchObject([
      { symbol: '000001.SH', price: '3092.98', previousClose: '3131.95', timestamp: 1_791_511_200_000 },
      { price: '3093.00' },
    ]);
  });
});

test('a stream of one instrument treats rows without a code as its own, and counts events without quotes', () => {
  const { updates, stats } = decoded(
    ['000001.SH'],
    [
      { rc: 0, full: 1, data: { f43: 309298, f59: 2 } },
      { rc: 0, full: 1, data: { code: '000001', details: [] } },
      { rc: 0, full: 1, data: { f43: 309299 } },
    ],
    { fltt: 1 },
  );
  expect(updates).toMatchObject([{ symbol: '000001.SH', price: '3092.98' }]);
  expect(stats).toMatchObject({ control: { 'no-quotes': 1 }, rejected: { 'no-decimals': 1 } });
  const of2 = decoded(['000001.SH', '600519'], [{ rc: 0, full: 1, data: { f43: 309298, f59: 2 } }], {
    fltt: 1,
  });
  expect(of2.stats).toMatchObject({ prices: 0, rejected: { 'no-code': 1 } });
});

test('errors end the connection, and events without rows are counted', () => {
  const { broken, stats } = decoded(
    ['600519'],
    [
      { rc: 102, data: null },
      { rc: '<b>', data: null },
      { rc: 0, data: null },
      { rc: 0, data: 7 },
      'x',
      '[]',
      full(PING_AN),
    ],
  );
  expect(broken).toEqual(['the service answered with rc 102', 'the service answered with an error']);
  expect(stats).toMatchObject({
    control: { 'keep-alive': 1, 'other-instrument': 1 },
    rejected: { error: 2, 'unknown-shape': 2, 'not-json': 1 },
    unexplained: 0,
  });
});

test('the URL names each instrument once, with its market', async () => {
  const clock = new FakeClock();
  const net = new ScriptedFetch();
  net.onRequest = (request) => request.stream().write(`data: ${JSON.stringify(full(MAOTAI))}\n\n`);
  const adapter = new SsePriceStreamAdapter({ feed: eastmoneyPush2(), clock, fetch: net.fetch });
  const prices: unknown[] = [];
  adapter.onMessage((message) => prices.push('price' in message && message.price));
  await adapter.connect();
  const calls = Promise.all([adapter.subscribe(['600519', '600519.SH', '000001', '920002'])]);
  await clock.advance(10);
  await calls;
  await clock.advance(0);
  const url = new URL(net.last.url);
  expect([url.origin, url.pathname]).toEqual(['https://push2.eastmoney.com', '/api/qt/ulist/sse']);
  expect(url.searchParams.get('secids')).toBe('1.600519,0.000001,0.920002');
  expect(prices).toEqual(['1500.5', '1500.5']);
  const call = expect(adapter.subscribe(['AAPL'])).rejects.toMatchObject({ code: 'SYMBOL_REFUSED' });
  await clock.advance(10);
  await call;
  await adapter.disconnect();
});
