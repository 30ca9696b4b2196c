import { describe, expect, test } from 'vitest';
import { isGap, type PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import { jsonQuotes } from '../../../src/streams/polling/index.js';
import { shanghai } from './aktools-world.js';
import { answer, scripted } from './quotes-source.js';

const ROWS = [
  { 代码: '600519', 最新价: 1500.5, 昨收: 1499.0 },
  { 代码: '000001', 最新价: 10.47, 昨收: 10.5 },
  { 代码: '000003', 最新价: null, 昨收: 2.71 },
  { 代码: '300750', 最新价: null, 昨收: null },
];

test('prices of subscribed shares are delivered from one call that lists the market, under the names that were subscribed', async () => {
  const { adapter, clock, net, messages } = shanghai('2026-10-09T10:00:00');
  net.onRequest = (request) => answer(request, ROWS);
  await adapter.connect();
  await adapter.subscribe(['600519', '600519.SH', '000003', '300750']);
  await clock.advance(10);
  expect(net.last.url).toBe('http://127.0.0.1:8080/api/public/stock_zh_a_spot_em');
  expect(messages).toMatchObject([
    {
      symbol: '600519',
      price: '1500.5',
      previousClose: '1499',
      currency: 'CNY',
      state: 'open',
      timeSource: 'received',
    },
    { symbol: '600519.SH', price: '1500.5' },
    { symbol: '000003', price: '2.71', previousClose: '2.71', state: 'halted' },
  ]);
  expect(adapter.stats()).toMatchObject({
    prices: 3,
    control: { 'other-symbols': 1 },
    rejected: { 'no-price': 1 },
    unpriced: ['300750'],
  });
  await adapter.disconnect();
});

test('a previous close is left out on a trading day before 09:15: it may be that of the session before the last one', async () => {
  const { adapter, clock, net, messages } = shanghai('2026-10-12T09:13:30', {}, 60_000);
  const closes = () => messages.map((each) => !isGap(each) && each.previousClose);
  net.onRequest = (request) => answer(request, ROWS);
  await adapter.connect();
  await adapter.subscribe(['600519']);
  await clock.advance(60_000);
  expect(closes()).toEqual([undefined]);
  await clock.advance(90_000);
  expect(closes()).toEqual([undefined, expect.any(String)]);
  // Through the day, and until the next one begins.
  await clock.advance(14 * 60 * 60_000);
  expect(closes().at(-1)).toEqual(expect.any(String));
  await clock.advance(60 * 60_000);
  expect(closes().at(-1)).toBeUndefined();
  expect(adapter.calendarOf('600519')?.name).toBe('mainland-china');
  await adapter.disconnect();
});

test('lunch, the close and holidays change the state of an unchanged price', async () => {
  const { adapter, clock, net, states } = shanghai(
    '2026-10-09T11:28:30',
    { holidays: ['2026-10-12'] },
    60_000,
  );
  net.onRequest = (request) => answer(request, ROWS);
  await adapter.connect();
  await adapter.subscribe(['600519']);
  await clock.advance(5 * 60_000);
  expect(states()).toEqual(['open', 'closed']);
  await clock.advance(90 * 60_000);
  expect(states()).toEqual(['open', 'closed', 'open']);
  await clock.advance(120 * 60_000);
  expect(states()).toEqual(['open', 'closed', 'open', 'closed']);
  await clock.advance(2 * 24 * 60 * 60_000);
  expect(states()).toHaveLength(4);
  await adapter.disconnect();
});

test('a call may take 90 s, and is closed after 180 s', async () => {
  const { adapter, clock, net, messages, errors } = shanghai('2026-10-09T10:00:00');
  await adapter.connect();
  await adapter.subscribe(['600519']);
  await clock.advance(90_000);
  answer(net.last, ROWS);
  await clock.advance(7000);
  expect([messages.length, net.requests.length]).toEqual([1, 2]);
  await clock.advance(180_000);
  expect(errors).toEqual(['aktools: the request did not end within 180000 ms.']);
  await adapter.disconnect();
});

test.each([
  [404, '{"error":"未找到该接口，请升级"}', 'no such function'],
  [404, '{"error":"该接口返回数据为空，请确认参数是否正确"}', 'got no data'],
  [404, `{"error":"请输入正确的参数错误 'data'"}`, 'lacks an argument'],
  [404, 'Not Found', 'status 404.'],
  [500, 'Internal Server Error', 'AKShare failed'],
])('status %i with %s is explained in words', async (status, body, words) => {
  const { adapter, clock, net, errors } = shanghai('2026-10-09T10:00:00');
  await adapter.connect();
  await adapter.subscribe(['600519']);
  await clock.advance(10);
  net.last.head(status).write(body).end();
  await clock.advance(0);
  expect(errors[0]).toContain(words);
  expect(adapter.getStatus().state).toBe('reconnecting');
  await adapter.disconnect();
});

test.each([
  ['{"error":"x"}', 'not-a-list-of-rows'],
  ['<html>', 'not-json'],
])('a body that is not a list (%s) is a failure', async (body, reason) => {
  const { adapter, clock, net, errors } = shanghai('2026-10-09T10:00:00');
  await adapter.connect();
  await adapter.subscribe(['600519']);
  await clock.advance(10);
  answer(net.last, body);
  await clock.advance(0);
  expect(errors).toEqual([`aktools: the response cannot be used: ${reason}.`]);
  await adapter.disconnect();
});

test("rows of Sina's functions and of funds are read too", async () => {
  const { adapter, clock, net, messages } = shanghai('2026-10-09T10:00:00', { endpoint: 'fund_etf_spot_em' });
  const rows = [
    { 代码: 'sh000001', 最新价: 3092.98, 昨收: 3131.95 },
    { 代码: 'sz000001', 最新价: 0.0, 昨收: 10.5 },
    { 代码: '510300', 最新价: 4.123, 昨收: 4.1, 买一: 4.122, 卖一: 4.123 },
    { 代码: 7 },
    null,
  ];
  net.onRequest = (request) => answer(request, rows);
  await adapter.connect();
  await adapter.subscribe(['000001.SH', '000001', '510300']);
  await clock.advance(10);
  expect(messages).toMatchObject([
    { symbol: '000001.SH', price: '3092.98', state: 'open' },
    { symbol: '000001', price: '10.5', state: 'halted' },
    { symbol: '510300', price: '4.123', bid: '4.122', ask: '4.123' },
  ]);
  expect(adapter.stats().rejected).toEqual({ 'no-code': 2 });
  await adapter.disconnect();
});

describe('jsonQuotes()', () => {
  const source = jsonQuotes({
    name: 'quotes',
    url: 'http://prices.test/',
    rows: 'data.quotes',
    fields: { symbol: 's', price: 'last.p', timestamp: 'last.t', bid: 'b' },
    timeUnit: 's',
    currency: 'EUR',
  });

  test('delivers prices digit for digit, and counts rows without price, time or symbol', async () => {
    const { adapter, clock, net, subscribed } = scripted({ source });
    const messages: PriceStreamMessage[] = [];
    adapter.onMessage((message) => messages.push(message));
    const body =
      '{"data":{"quotes":[{"s":"A","last":{"p":1.50,"t":1700000000.5},"b":null},{"s":"A","last":{"p":2}},{"s":"B"},{},7]}}';
    net.onRequest = (request) => answer(request, body);
    await subscribed('A', 'B');
    expect(messages).toMatchObject([
      { symbol: 'A', price: '1.50', timestamp: 1_700_000_000_500, currency: 'EUR' },
    ]);
    expect(adapter.stats().rejected).toEqual({ 'no-time': 1, 'no-price': 1, 'no-symbol': 2 });
    await clock.advance(0);
    await adapter.disconnect();
  });

  test.each(['{"data":{}}', '7', '{', '{"data":{"quotes":"x"}}'])(
    'treats %s, which has no quotes, as a failure',
    async (body) => {
      const { adapter, net, subscribed } = scripted({ source });
      net.onRequest = (request) => answer(request, body);
      await subscribed('A');
      expect(adapter.stats().failures).toBe(1);
      await adapter.disconnect();
    },
  );

  test('reads a single quote like a list of one, and times in ISO 8601', async () => {
    const fields = { symbol: 's', price: 'p', timestamp: 't' };
    const iso = jsonQuotes({ name: 'q', url: 'http://prices.test/', fields, timeUnit: 'iso' });
    const { adapter, net, subscribed, log } = scripted({ source: iso });
    net.onRequest = (request) => answer(request, { s: 'A', p: '1.0', t: '2026-10-05T09:30:00Z' });
    await subscribed('A');
    expect(log).toEqual(['A 1.0']);
    await adapter.disconnect();
  });
});
