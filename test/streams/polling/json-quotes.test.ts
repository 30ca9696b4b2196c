import { describe, expect, test } from 'vitest';
import { jsonQuotes, type JsonQuotesOptions, type PollSink } from '../../../src/streams/polling/index.js';

const RECEIVED_AT = 1_800_000_000_000;

/** What a source makes of a body: prices, what was rejected and controls, and why it failed. */
function decoded(options: Partial<JsonQuotesOptions>, body: unknown) {
  const prices: unknown[] = [];
  const rejected: string[] = [];
  let failed: string | null = null;
  const sink: PollSink = {
    update: ({ symbol, price, timestamp, currency }) =>
      void prices.push(
        [symbol, price, timestamp === RECEIVED_AT ? null : timestamp, currency].filter(
          (each) => each != null,
        ),
      ),
    control: (kind) => void rejected.push(kind),
    rejected: (reason) => void rejected.push(reason),
    failed: (reason) => void (failed = reason),
  };
  const fields = { symbol: 's', price: 'p' };
  const source = jsonQuotes({ name: 'q', url: 'http://prices.test/', fields, ...options });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  source.decode(text, sink, { symbols: ['A', 'B'], receivedAt: RECEIVED_AT });
  return { prices, rejected, failed };
}

describe('jsonQuotes()', () => {
  test('takes the other rows of an answer with a row that is not a number', () => {
    const body =
      '[{"s":"A","p":NaN},{"s":"B","p":1.50},{"s":"NaN","p":-Infinity},{"s":"C, \\"NaN\\"","p":2}]';
    expect(decoded({}, body)).toEqual({
      prices: [
        ['B', '1.50'],
        ['C, "NaN"', '2'],
      ],
      rejected: ['no-price', 'no-price'],
      failed: null,
    });
  });

  test.each([
    ['an object that is no quote', { error: 'limit reached' }],
    ['a list of such', [{ code: 429 }, {}]],
    ['a text', '"limit reached"'],
  ])('fails for %s under status 200', (_, body) => {
    expect(decoded({}, body)).toMatchObject({ prices: [], failed: 'no-quotes' });
  });

  test('fails for the error of a provider, where its path is given', () => {
    const options = { rows: 'data', error: 'status.error' };
    const body = { status: { error: 'key expired' }, data: [{ s: 'A', p: 1 }] };
    expect(decoded(options, body)).toEqual({ prices: [], rejected: [], failed: 'provider-error' });
    expect(decoded(options, { ...body, status: { error: null } })).toMatchObject({
      prices: [['A', '1']],
      failed: null,
    });
  });

  test('a symbol without a price is no failure of the answer, and neither is an empty list', () => {
    expect(decoded({}, [{ s: 'A', p: null }])).toEqual({ prices: [], rejected: ['no-price'], failed: null });
    expect(decoded({}, [])).toEqual({ prices: [], rejected: ['empty'], failed: null });
  });

  test('reads answers that are keyed by symbol', () => {
    const keyed = { keyed: true, fields: { price: 'usd' } };
    expect(decoded({ ...keyed, rows: 'data' }, { data: { A: { usd: 1.5 }, B: { usd: 2 } } }).prices).toEqual([
      ['A', '1.5'],
      ['B', '2'],
    ]);
    expect(decoded({ keyed: true, fields: { price: '' } }, { A: 1.5, B: '2.50' }).prices).toEqual([
      ['A', '1.5'],
      ['B', '2.50'],
    ]);
    // The name of the quote itself counts more than its key.
    expect(decoded({ keyed: true }, { x: { s: 'A', p: 1 }, B: { p: 2 } }).prices).toEqual([
      ['A', '1'],
      ['B', '2'],
    ]);
  });

  test('takes the currency of each row, and that of the source where a row has none', () => {
    const fields = { symbol: 's', price: 'p', currency: 'ccy' };
    const rows = [
      { s: 'A', p: 72.35, ccy: 'GBp' },
      { s: 'B', p: 1 },
    ];
    expect(decoded({ fields, currency: 'USD' }, rows).prices).toEqual([
      ['A', '72.35', 'GBp'],
      ['B', '1', 'USD'],
    ]);
  });

  test('reads ISO times with a zone, and others only in the zone that is given', () => {
    const fields = { symbol: 's', price: 'p', timestamp: 't' };
    const options: Partial<JsonQuotesOptions> = { fields, timeUnit: 'iso' };
    const rows = [
      { s: 'A', p: 1, t: '2026-10-05T09:30:00+01:00' },
      { s: 'B', p: 2, t: '2026-10-05 09:30:00' },
      { s: 'B', p: 2, t: 'noon' },
    ];
    const first = ['A', '1', Date.parse('2026-10-05T08:30:00Z')];
    expect(decoded(options, rows)).toEqual({
      prices: [first],
      rejected: ['no-zone', 'no-time'],
      failed: null,
    });
    const second = ['B', '2', Date.parse('2026-10-05T13:30:00Z')];
    expect(decoded({ ...options, timeZone: 'America/New_York' }, rows).prices).toEqual([first, second]);
  });

  test.each<[Partial<JsonQuotesOptions>, RegExp]>([
    [{ fields: { price: 'p' } }, /fields\.symbol: expected the path of the symbol, or keyed: true/],
    [{ timeZone: 'Mars' }, /timeZone: expected a time zone such as America\/New_York, got "Mars"/],
  ])('refuses %o', (options, message) => {
    expect(() => decoded(options, [])).toThrow(message);
  });
});

// Kraken sends "error": [] and others "code": "0" or "error": "" with each good answer.
test.each([[null], [false], [0], ['0'], [''], [[]], [{}]])('an error of %o is none', (error) => {
  const body = { error, data: [{ s: 'A', p: 1 }] };
  expect(decoded({ rows: 'data', error: 'error' }, body)).toMatchObject({
    prices: [['A', '1']],
    failed: null,
  });
});

test.each([[true], [1], ['limit'], [['EService:Busy']], [{ code: 0 }]])('an error of %o is one', (error) => {
  const body = { error, data: [{ s: 'A', p: 1 }] };
  expect(decoded({ rows: 'data', error: 'error' }, body)).toMatchObject({
    prices: [],
    failed: 'provider-error',
  });
});

test('names with dots in paths are found, as Alpha Vantage has them', () => {
  const body = { 'Global Quote': { '01. symbol': 'A', '05. price': '1.50', 'of.day': { high: 2 } } };
  const named = (price: string) =>
    decoded({ rows: 'Global Quote', fields: { symbol: '01. symbol', price } }, body);
  expect(named('05. price').prices).toEqual([['A', '1.50']]);
  expect(named('of.day.high').prices).toEqual([['A', '2']]);
  expect(
    decoded({ fields: { symbol: 'Global Quote.01. symbol', price: 'Global Quote.05. price' } }, body).prices,
  ).toEqual([['A', '1.50']]);
  expect(named('05').prices).toEqual([]);
});

test('a body may have an object on each line', () => {
  expect(decoded({}, '{"s":"A","p":1.10}\r\n{"s":"B","p":NaN}\n\n{"s":"C","p":3}\n')).toEqual({
    prices: [
      ['A', '1.10'],
      ['C', '3'],
    ],
    rejected: ['no-price'],
    failed: null,
  });
  expect(decoded({}, '{"s":"A","p":1}\n{"s":"B",').failed).toBe('not-json');
  expect(decoded({}, 'null').failed).toBe('no-quotes');
});

test.each([
  ['s', 1_790_000_000.25],
  ['ms', 1_790_000_000_250],
  ['us', 1_790_000_000_250_000],
  ['ns', 1_790_000_000_250_000_000],
] as const)('times in %s are read', (timeUnit, t) => {
  const fields = { symbol: 's', price: 'p', timestamp: 't' };
  expect(decoded({ fields, timeUnit }, [{ s: 'A', p: 1, t }]).prices).toEqual([
    ['A', '1', 1_790_000_000_250],
  ]);
});

test('a unit of times that is none is refused, with those that are', () => {
  expect(() => decoded({ timeUnit: 'sec' as never }, [])).toThrow(
    'jsonQuotes: timeUnit: expected "s", "ms", "us", "ns" or "iso", got "sec"',
  );
});

test('a detail that is no price is passed on, so that it is counted where prices are taken in', () => {
  const details: unknown[] = [];
  const fields = { symbol: 's', price: 'p', bid: 'b', ask: 'a', previousClose: 'c' };
  const source = jsonQuotes({ name: 'q', url: 'http://prices.test/', fields });
  const sink = { update: (each: object) => void details.push(each) } as unknown as PollSink;
  source.decode('[{"s":"A","p":1,"b":true,"a":null,"c":""}]', sink, {
    symbols: ['A'],
    receivedAt: RECEIVED_AT,
  });
  expect(details).toEqual([expect.objectContaining({ symbol: 'A', bid: true })]);
  expect(details[0]).not.toHaveProperty('ask');
  expect(details[0]).not.toHaveProperty('previousClose');
});
