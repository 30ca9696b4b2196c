import { inspect } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import { alpaca, venueConformance, VenueRun, type AlpacaOptions } from 'tickmark/websocket';
import { quoteText, tradeText } from '../alpaca-server.js';
import { madeUpSession } from './made-up-session.js';
import { alpacaTrades } from './prices-of.js';

const KEYS = { key: 'key-1', secret: 'secret-1' };
const NOW = 1_700_000_000_000;
const run = (options: Partial<AlpacaOptions> = {}) => new VenueRun(alpaca({ ...KEYS, ...options }), NOW);
const GREETING = '[{"T":"success","msg":"connected"}]';
const LET_IN = '[{"T":"success","msg":"authenticated"}]';
const table = (...symbols: string[]) =>
  JSON.stringify([{ T: 'subscription', trades: symbols, quotes: symbols }]);
const error = (code: number, msg: string) => JSON.stringify([{ T: 'error', code, msg }]);
const inside = (options: Partial<AlpacaOptions> = {}) => {
  const connection = run(options);
  connection.receive(GREETING);
  connection.receive(LET_IN);
  connection.reports.length = 0;
  return connection;
};
const at = (fraction: string) => `2023-04-06T11:54:26${fraction}Z`;
const SECOND = Date.UTC(2023, 3, 6, 11, 54, 26);

const OTHERS = ['b', 'd', 'u', 'c', 'x', 'l', 's', 'i'].map(
  (T) => `{"T":"${T}","S":"AAPL","t":"${at('.5')}"}`,
);

venueConformance(
  { describe, it },
  {
    venue: () => alpaca(KEYS),
    symbols: ['AAPL', 'BRK.B'],
    recordings: [
      {
        name: 'a made-up session of trades',
        pricesOf: alpacaTrades,
        text: madeUpSession(SECOND, [
          GREETING,
          LET_IN,
          table('AAPL', 'BRK.B'),
          `[${quoteText('AAPL', '126.540', '126.560', at('.001'))}]`,
          `[${tradeText('AAPL', '126.5500', at('.010203040'))}]`,
          `[${tradeText('BRK.B', '307.10', at('.02'))},${tradeText('AAPL', '126.56', at('.021'))}]`,
          `[${OTHERS.join()},${tradeText('AAPL', '126.57', at('.03'))}]`,
        ]),
      },
      {
        name: 'made-up frames of trades and quotes',
        text: [
          tradeText('AAPL', '126.5500', at('.01')),
          quoteText('AAPL', '126.540', '126.560', at('.02')),
        ].join('\n'),
      },
    ],
  },
);

test('messages without a price are counted by name', () => {
  const connection = run();
  for (const message of OTHERS) connection.receive(`[${message}]`);
  expect(connection.stats()).toMatchObject({
    prices: 0,
    rejected: {},
    unexplained: 0,
    control: {
      bar: 3,
      'trade-correction': 1,
      'trade-cancel': 1,
      'price-band': 1,
      'trading-status': 1,
      imbalance: 1,
    },
  });
});

describe('the login', () => {
  test('is sent once, after the greeting, and its answer makes the session ready', () => {
    const connection = run();
    connection.receive(GREETING);
    connection.receive(GREETING);
    expect(connection.reports).toEqual([
      { kind: 'sent', text: '{"action":"auth","key":"key-1","secret":"secret-1"}' },
    ]);
    connection.receive(LET_IN);
    expect(connection.reports.at(-1)).toEqual({ kind: 'ready' });
  });

  test.each([
    [402, 'auth failed', 'fatal', 'UNAUTHORIZED'],
    [409, 'insufficient subscription', 'fatal', 'UNAUTHORIZED'],
    [411, 'insufficient scope', 'fatal', 'UNAUTHORIZED'],
    [406, 'connection limit exceeded', 'fatal', 'VENUE_LIMIT'],
    [400, 'invalid syntax', 'broken', undefined],
    [401, 'not authenticated', 'broken', undefined],
    [404, 'auth timeout', 'broken', undefined],
    [500, 'internal error', 'broken', undefined],
    [599, 'something new', 'broken', undefined],
  ])('error %i (%s) is %s', (code, msg, kind, errorCode) => {
    const connection = run();
    connection.receive(GREETING);
    connection.receive(error(code, msg));
    expect(connection.reports.at(-1)).toMatchObject({ kind, ...(errorCode ? { code: errorCode } : {}) });
    expect(JSON.stringify(connection.reports.at(-1))).toContain(`${msg} (code ${code})`);
    expect(connection.stats()).toMatchObject({ control: { error: 1, [kind]: 1 }, rejected: {} });
  });

  test('error 403 (already authenticated) changes nothing', () => {
    const connection = run();
    connection.receive(error(403, 'already authenticated'));
    expect(connection.reports).toEqual([]);
  });
});

describe('prices', () => {
  test('a trade has the digits of the frame, its time in ms, the nanoseconds within as sequence, and USD', () => {
    const connection = run();
    connection.receive(`[${tradeText('AAPL', '0.13110', at('.838232225'))}]`);
    connection.receive(`[${tradeText('AAPL', '12345678.90120', at('.9'))}]`);
    expect(connection.prices).toEqual([
      {
        symbol: 'AAPL',
        price: '0.13110',
        timestamp: SECOND + 838,
        sequence: 232_225,
        receivedAt: NOW,
        currency: 'USD',
      },
      {
        symbol: 'AAPL',
        price: '12345678.90120',
        timestamp: SECOND + 900,
        sequence: 0,
        receivedAt: NOW,
        currency: 'USD',
      },
    ]);
  });

  test('every trade of a frame is delivered, and the newest by time goes with later quotes', () => {
    const connection = run();
    const trades = [
      tradeText('AAPL', '3', at('.003')),
      tradeText('AAPL', '1', at('.0010005')),
      tradeText('AAPL', '2', at('.001')),
      tradeText('MSFT', '9', at('.0005')),
    ];
    connection.receive(`[${trades.join()}]`);
    connection.receive(`[${quoteText('AAPL', '2.9', '3.1', at('.002'))}]`);
    expect(
      connection.prices.map(({ symbol, price, timestamp, sequence }) => [
        symbol,
        price,
        timestamp - SECOND,
        sequence,
      ]),
    ).toEqual([
      ['AAPL', '3', 3, 0],
      ['AAPL', '1', 1, 500],
      ['AAPL', '2', 1, 0],
      ['MSFT', '9', 0, 500_000],
      ['AAPL', '3', 3, 0],
    ]);
    expect(connection.prices.at(-1)).toMatchObject({ bid: '2.9', ask: '3.1' });
  });

  test('a trade and a quote are merged, with the time of the newer one', () => {
    const connection = run();
    connection.receive(`[${quoteText('AAPL', '1', '2', at('.100'))}]`);
    expect(connection.prices).toEqual([]);
    // The trade is older than the quote and came after it: with its own time it would count as outdated.
    connection.receive(`[${tradeText('AAPL', '1.5', at('.099'))}]`);
    connection.receive(`[${quoteText('AAPL', '1.1', '2.1', at('.200'))}]`);
    connection.receive(`[${quoteText('AAPL', '7', '8', at('.150'))}]`);
    connection.receive(`[${quoteText('AAPL', '1.2', '0', at('.300'))}]`);
    connection.receive(`[${quoteText('AAPL', '0', '2.2', at('.400'))}]`);
    expect(
      connection.prices.map(({ price, bid, ask, timestamp }) => [price, bid, ask, timestamp - SECOND]),
    ).toEqual([
      ['1.5', '1', '2', 100],
      ['1.5', '1.1', '2.1', 200],
      ['1.5', '1.2', undefined, 300],
      ['1.5', undefined, '2.2', 400],
    ]);
    expect(connection.stats().control).toEqual({ 'quote-before-trade': 1, 'late-quote': 1 });
  });

  test('of trades within a ms the one with more nanoseconds goes with later quotes', () => {
    const connection = run();
    connection.receive(
      `[${tradeText('AAPL', '2', at('.001000900'))},${tradeText('AAPL', '1', at('.001000800'))}]`,
    );
    connection.receive(`[${quoteText('AAPL', '1.9', '2.1', at('.002'))}]`);
    expect(connection.prices.map(({ price, sequence }) => [price, sequence])).toEqual([
      ['2', 900],
      ['1', 800],
      ['2', 0],
    ]);
  });

  test('a symbol that is subscribed again starts without its old price', async () => {
    const connection = inside();
    connection.receive(`[${tradeText('AAPL', '1.5', at('.099'))}]`);
    await connection.session.unsubscribe(['AAPL']);
    await connection.session.subscribe(['AAPL']);
    connection.receive(`[${quoteText('AAPL', '7', '8', at('.150'))}]`);
    expect(connection.prices).toHaveLength(1);
    expect(connection.stats().control['quote-before-trade']).toBe(1);
  });

  test.each([
    ['@', 'C', 'trade'],
    [' ', 'A', 'trade'],
    ['F', 'C', 'trade'],
    ['O', 'C', 'trade'],
    ['6', 'B', 'trade'],
    ['B', 'C', 'trade'],
    ['B', 'A', 'off-market-trade'],
    ['B', 'B', 'off-market-trade'],
    ['W', 'C', 'off-market-trade'],
    ...Array.from('CHMNPQRZUV479G', (condition) => [condition, 'C', 'off-market-trade'] as const),
    ['I', 'A', 'odd-lot-trade'],
    ['T', 'B', 'extended-hours-trade'],
  ] as const)('a trade with condition %s on tape %s is counted as %s', (condition, tape, kind) => {
    const strict = run({ oddLots: false, extendedHours: false });
    const open = run();
    for (const connection of [strict, open])
      connection.receive(`[${tradeText('AAPL', '1', at(''), ['@', condition, 'X'], tape)}]`);
    const isPrice = kind === 'trade';
    expect(strict.prices).toHaveLength(isPrice ? 1 : 0);
    expect(strict.stats().control).toEqual(isPrice ? {} : { [kind]: 1 });
    expect(open.prices).toHaveLength(kind === 'off-market-trade' ? 0 : 1);
  });

  test('an odd lot outside the session is left out by either option', () => {
    const conditions = ['@', 'T', 'I'];
    const seen = [{ oddLots: false }, { extendedHours: false }, {}].map((options) => {
      const connection = run(options);
      connection.receive(`[${tradeText('AAPL', '1', at(''), conditions)}]`);
      return connection.prices.length;
    });
    expect(seen).toEqual([0, 0, 1]);
  });

  test('prices of the delayed feed have the state delayed', () => {
    const connection = run({ feed: 'delayed_sip' });
    connection.receive(`[${tradeText('AAPL', '1', at(''))}]`);
    expect(connection.prices[0]!.state).toBe('delayed');
  });

  test.each([
    ['[]', 'empty-frame'],
    ['[1]', 'unknown-frame'],
    ['{"T":"zz"}', 'unknown-type'],
    ['{"T":"__proto__"}', 'unknown-type'],
    ['nonsense', 'malformed-json'],
    [new Uint8Array([1]), 'malformed-json'],
    [`[${tradeText('AAPL', '"NaN"', at(''))}]`, 'bad-price'],
    [`[${tradeText('AAPL', '1e309', at(''))}]`, 'bad-price'],
    [`[${tradeText('AAPL', 'null', at(''))}]`, 'bad-price'],
    [`[${tradeText('', '1', at(''))}]`, 'bad-field'],
    [`[${tradeText('AAPL', '1', '1680782066838')}]`, 'bad-field'],
    [`[${tradeText('AAPL', '1', '2023-13-06T11:54:26Z')}]`, 'bad-field'],
    [`[${quoteText('AAPL', '1', 'true', at(''))}]`, 'bad-price'],
    [`[${quoteText('AAPL', '1', '2', 'now')}]`, 'bad-field'],
  ])('rejects %s as %s', (frame, reason) => {
    const connection = run();
    connection.receive(frame);
    expect(connection.stats()).toMatchObject({ rejected: { [reason]: 1 }, control: {}, prices: 0 });
  });
});

/** Answers the session as a venue with a limit and some bad symbols. */
async function answered(asked: string[], { limit = Infinity, bad = [] as string[], code = 400 } = {}) {
  const connection = inside();
  const held = new Set<string>();
  const queue = [...(await connection.session.subscribe(asked))];
  let requests = 0;
  while (queue.length > 0) {
    requests++;
    const { trades } = JSON.parse(queue.shift()!) as { trades: string[] };
    const before = connection.reports.length;
    if (trades.some((symbol) => bad.includes(symbol))) connection.receive(error(code, 'not these'));
    else if (new Set([...held, ...trades]).size > limit)
      connection.receive(error(405, 'symbol limit exceeded'));
    else {
      for (const symbol of trades) held.add(symbol);
      connection.receive(table(...held));
    }
    for (const report of connection.reports.slice(before))
      if (report.kind === 'sent') queue.push(report.text);
  }
  const confirmed = connection.reports.flatMap((each) => (each.kind === 'confirmed' ? each.symbols : []));
  const refused = connection.reports.flatMap((each) => (each.kind === 'refused' ? [each.symbol] : []));
  return { connection, requests, confirmed: [...new Set(confirmed)], refused };
}

describe('subscriptions', () => {
  const many = Array.from({ length: 100 }, (_, index) => `S${index}`);

  test('ask for trades and quotes, and are confirmed by an answer that lists everything subscribed', async () => {
    const connection = inside();
    const [frame] = await connection.session.subscribe(['AAPL', 'BRK.B']);
    expect(JSON.parse(frame!)).toEqual({
      action: 'subscribe',
      trades: ['AAPL', 'BRK.B'],
      quotes: ['AAPL', 'BRK.B'],
    });
    connection.receive(table('OLD', 'AAPL', 'BRK.B'));
    expect(connection.reports).toEqual([{ kind: 'confirmed', symbols: ['AAPL', 'BRK.B'] }]);
    const [back] = await connection.session.unsubscribe(['OLD']);
    expect(JSON.parse(back!)).toMatchObject({ action: 'unsubscribe', trades: ['OLD'] });
    // Empty lists are left out.
    connection.receive('[{"T":"subscription"}]');
    expect(connection.stats()).toMatchObject({ rejected: {}, unexplained: 0 });
    const [only] = await inside({ quotes: false }).session.subscribe(['AAPL']);
    expect(JSON.parse(only!)).toEqual({ action: 'subscribe', trades: ['AAPL'] });
  });

  test('a symbol that the answer leaves out is refused', async () => {
    const connection = inside();
    await connection.session.subscribe(['AAPL', 'NOPE']);
    connection.receive(table('AAPL'));
    expect(connection.reports).toEqual([
      { kind: 'confirmed', symbols: ['AAPL'] },
      { kind: 'refused', symbol: 'NOPE', reason: expect.stringContaining('list') as string },
    ]);
  });

  test.each([400, 409])(
    'after error %i for a request, the bad symbols are found by asking for halves',
    async (code) => {
      const bad = ['S3', 'S4', 'S77'];
      const { confirmed, refused, requests } = await answered(many, { bad, code });
      expect(refused).toEqual(bad);
      expect(confirmed.sort()).toEqual(many.filter((symbol) => !bad.includes(symbol)).sort());
      expect(requests).toBeLessThan(45);
    },
  );

  test.each([0, 1, 30, 37, 99])(
    'with a limit of %i the first symbols are confirmed and the others refused',
    async (limit) => {
      const { confirmed, refused, requests } = await answered(many, { limit });
      expect(confirmed).toEqual(many.slice(0, limit));
      expect(refused).toEqual(many.slice(limit));
      expect(requests).toBeLessThan(20);
    },
  );

  test('once the limit is reached, a request is refused without asking for halves, until symbols are unsubscribed', async () => {
    const { connection } = await answered(many, { limit: 30 });
    await connection.session.subscribe(['X', 'Y']);
    const before = connection.reports.length;
    connection.receive(error(405, 'symbol limit exceeded'));
    expect(connection.reports.slice(before).map(({ kind }) => kind)).toEqual(['refused', 'refused']);
    await connection.session.unsubscribe(['S0']);
    connection.receive(table(...many.slice(1, 30)));
    await connection.session.subscribe(['X', 'Y']);
    connection.receive(error(405, 'symbol limit exceeded'));
    expect(JSON.parse((connection.reports.at(-1) as { text: string }).text)).toMatchObject({ trades: ['X'] });
  });

  test('error 410 refuses the whole request at once, since the feed has none of its symbols', async () => {
    const { refused, requests } = await answered(['AAPL', 'MSFT'], { bad: ['MSFT'], code: 410 });
    expect([refused, requests]).toEqual([['AAPL', 'MSFT'], 1]);
  });

  test('answers belong to requests in order', async () => {
    const connection = inside();
    await connection.session.subscribe(['AAA']);
    await connection.session.unsubscribe(['OLD']);
    await connection.session.subscribe(['BAD']);
    connection.receive(table('OLD', 'AAA'));
    connection.receive(error(400, 'invalid syntax'));
    connection.receive(error(400, 'invalid syntax'));
    expect(connection.reports).toEqual([
      { kind: 'confirmed', symbols: ['AAA'] },
      { kind: 'refused', symbol: 'BAD', reason: 'invalid syntax' },
    ]);
    // One that answers nothing is counted.
    connection.receive(error(400, 'invalid syntax'));
    expect(connection.reports).toHaveLength(2);
    expect(connection.stats().control.error).toBe(3);
  });

  test('a symbol that is unsubscribed while its half waits is not requested', async () => {
    const connection = inside();
    await connection.session.subscribe(['AAA', 'BBB', 'CCC']);
    connection.receive(error(400, 'invalid syntax'));
    await connection.session.unsubscribe(['CCC']);
    connection.receive(table('AAA', 'BBB'));
    expect(connection.reports.filter(({ kind }) => kind === 'sent')).toHaveLength(1);
  });

  test('after a lost answer no symbol is refused because the answer to another request leaves it out', async () => {
    const connection = inside();
    await connection.session.subscribe(['AAA']);
    await connection.session.subscribe(['AAA']);
    await connection.session.subscribe(['BBB']);
    connection.receive(table('AAA'));
    connection.receive(table('AAA'));
    expect(connection.reports.map(({ kind }) => kind)).toEqual(['confirmed', 'confirmed']);
    connection.receive(table('AAA', 'BBB'));
    expect(connection.reports.at(-1)).toEqual({ kind: 'confirmed', symbols: ['AAA', 'BBB'] });
  });

  test.each([
    [407, 'slow client'],
    [500, 'internal error'],
    [401, 'not authenticated'],
  ])('error %i (%s) while the stream runs asks for a new connection', (code, msg) => {
    const connection = inside();
    connection.receive(error(code, msg));
    expect(connection.reports).toEqual([{ kind: 'broken', why: `${msg} (code ${code})` }]);
  });
});

describe('the venue object', () => {
  test('has the URL of its feed and the limits of a plan', () => {
    expect(alpaca(KEYS).url).toBe('wss://stream.data.alpaca.markets/v2/iex');
    expect(alpaca({ ...KEYS, feed: 'sip' }).url).toBe('wss://stream.data.alpaca.markets/v2/sip');
    expect(alpaca({ ...KEYS, feed: 'test', url: 'ws://127.0.0.1:1/' }).url).toBe('ws://127.0.0.1:1/v2/test');
    expect(alpaca(KEYS).limits).toMatchObject({ connections: 1 });
    expect(alpaca(KEYS).limits!.symbolsPerConnection).toBeUndefined();
    expect(alpaca({ ...KEYS, maxSymbols: 30 }).limits!.symbolsPerConnection).toBe(30);
  });

  test('rejects what cannot be a symbol', () => {
    const { symbolFault } = alpaca(KEYS);
    for (const symbol of ['AAPL', 'BRK.B', 'FAKEPACA']) expect(symbolFault!(symbol)).toBeUndefined();
    for (const bad of ['aapl', 'BTC/USD', '*', 'BRK B', 'BRK.', '.A', 'A"B'])
      expect(symbolFault!(bad)).toMatch(/upper case/);
  });

  test('shows no key when it is printed, and rejects bad keys without quoting them', () => {
    const venue = alpaca({ key: 'SENTINEL-KEY', secret: 'SENTINEL-SECRET' });
    const shown = [
      inspect(venue, { depth: 10, showHidden: true, getters: true }),
      JSON.stringify(venue),
      String(venue.secrets),
    ];
    expect(shown.join()).not.toContain('SENTINEL');
    expect([...venue.secrets!]).toEqual(['SENTINEL-KEY', 'SENTINEL-SECRET']);
    for (const [wrong, message] of [
      [{ key: '', secret: 'SENTINEL' }, /alpaca: key: .*an empty string/],
      [{ key: 'SENTINEL', secret: undefined as never }, /alpaca: secret: .*undefined/],
      [{ ...KEYS, feed: 'SIP' as never }, /alpaca: feed: .*iex, sip, delayed_sip, test/],
    ] as const) {
      expect(() => alpaca(wrong)).toThrow(message);
      expect(() => alpaca(wrong)).not.toThrow(/SENTINEL/);
    }
  });
});
