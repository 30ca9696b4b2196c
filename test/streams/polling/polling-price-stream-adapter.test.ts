import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { ScriptedFetch } from '../sse/scripted-fetch.js';
import { answer, scripted } from './quotes-source.js';

describe('rounds', () => {
  test('no request is made before the first symbol or after the last', async () => {
    const { adapter, clock, net, subscribed } = scripted();
    await adapter.connect();
    await clock.advance(5000);
    expect(net.requests).toEqual([]);
    await subscribed('A');
    answer(net.last, [['A', '1.50', 1]]);
    await adapter.unsubscribe(['A']);
    await clock.advance(5000);
    expect([net.requests.length, clock.pending, adapter.getStatus().state]).toEqual([1, 0, 'connected']);
    await adapter.disconnect();
  });

  test('rounds start one interval apart, and requests never overlap', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 5, maxLength: 12 }),
        async (delays) => {
          const { adapter, clock, net, subscribed } = scripted({ timeoutMs: 20_000 });
          const startedAt: number[] = [];
          let underWay = 0;
          let most = 0;
          net.onRequest = (request) => {
            startedAt.push(clock.monotonic());
            most = Math.max(most, ++underWay);
            void sleep(clock, delays[startedAt.length - 1] ?? 0).then(() => {
              underWay--;
              answer(request, [['A', startedAt.length, 1]]);
            });
          };
          await subscribed('A');
          while (startedAt.length < delays.length) await clock.advance(500);
          await adapter.disconnect();
          expect(most).toBe(1);
          for (const [at, delay] of delays.slice(0, -1).entries()) {
            expect(startedAt[at + 1]! - startedAt[at]!).toBe(Math.max(1000, delay + 100));
          }
          await clock.advance(20_000);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('jitter makes the interval longer or shorter by up to its share', async () => {
    const { adapter, clock, net, subscribed } = scripted({ jitter: 0.2 });
    const startedAt: number[] = [];
    net.onRequest = (request) => {
      startedAt.push(clock.monotonic());
      answer(request, [['A', 1, 1]]);
    };
    await subscribed('A');
    await clock.advance(200_000);
    const waits = startedAt.slice(1).map((at, index) => at - startedAt[index]!);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(800);
    expect(Math.min(...waits)).toBeLessThan(840);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1200);
    expect(Math.max(...waits)).toBeGreaterThan(1160);
    await adapter.disconnect();
  });

  test('symbols are requested in groups, one request after the other', async () => {
    const urls: string[] = [];
    const { adapter, clock, net, subscribed } = scripted(
      {},
      { symbolsPerRequest: 2, url: ({ symbols }) => `http://prices.test/${symbols.join('+')}` },
    );
    net.onRequest = (request) => {
      urls.push(request.url.slice(19));
      answer(request, [[request.url.slice(-1), 1, 1]]);
    };
    await subscribed('A', 'B', 'C', 'D', 'E');
    await clock.advance(900);
    expect(urls).toEqual(['A+B', 'C+D', 'E']);
    await adapter.disconnect();
  });

  test('a group that fails does not keep the others from being requested', async () => {
    const { adapter, clock, net, subscribed, log } = scripted(
      {},
      { symbolsPerRequest: 1, url: ({ symbols }) => `http://prices.test/${symbols.join()}` },
    );
    net.onRequest = (request) => {
      if (request.url.endsWith('A')) request.head(400);
      else answer(request, [[request.url.slice(-1), 1, 1]]);
    };
    await subscribed('A', 'B', 'C');
    await clock.advance(3000);
    expect(log).toEqual(expect.arrayContaining(['B 1', 'C 1']));
    await adapter.disconnect();
  });

  test('new symbols are requested at once, together', async () => {
    const { adapter, clock, net, subscribed, log } = scripted({ intervalMs: 60_000 });
    net.onRequest = (request) =>
      answer(request, [
        ['A', 1, 1],
        ['B', 2, 1],
        ['C', 3, 1],
      ]);
    await subscribed('A');
    await Promise.all([adapter.subscribe(['B']), adapter.subscribe(['C'])]);
    await clock.advance(20);
    expect([log, net.requests.length]).toEqual([['A 1', 'B 2', 'C 3'], 2]);
    await adapter.disconnect();
  });

  test('symbols that are added during a request get their prices from its response', async () => {
    const { adapter, clock, net, subscribed, log } = scripted({ intervalMs: 60_000 });
    await subscribed('A');
    await adapter.subscribe(['B']);
    answer(net.last, [
      ['A', 1, 1],
      ['B', 2, 1],
    ]);
    await clock.advance(1000);
    expect([log, net.requests.length]).toEqual([['A 1', 'B 2'], 1]);
    await adapter.disconnect();
  });
});

test('symbols that the source does not accept are refused one by one', async () => {
  const symbolFault = (symbol: string): string | undefined => (symbol === '?' ? 'no name' : undefined);
  const asked: string[] = [];
  const url = ({ symbols }: { symbols: readonly string[] }): string => {
    asked.push(symbols.join());
    return 'http://prices.test/';
  };
  const { adapter, clock, subscribed, errors } = scripted({}, { symbolFault, url });
  await subscribed('?', 'A');
  await clock.advance(10);
  expect([adapter.getSubscribedSymbols(), asked]).toEqual([['A'], ['A']]);
  expect(errors).toMatchObject([{ code: 'SYMBOL_REFUSED', symbol: '?', reason: 'no name' }]);
  await expect(adapter.subscribe(['?'])).rejects.toMatchObject({ code: 'SYMBOL_REFUSED' });
  expect(adapter.stats()).toMatchObject({ refused: { '?': 'no name' }, unpriced: ['A'] });
  await adapter.disconnect();
});

describe('delivery', () => {
  test('unchanged and older prices are not delivered', async () => {
    const { adapter, clock, net, subscribed, log } = scripted();
    const answers = [
      [
        ['A', '1.0', 10],
        ['B', '5', null],
      ],
      [
        ['A', '1.0', 10],
        ['B', '5', null],
      ],
      [
        ['A', '1.0', 11],
        ['B', '6', null],
      ],
      [
        ['A', '0.9', 9],
        ['B', '6', null],
      ],
    ];
    net.onRequest = (request) => answer(request, answers[net.requests.length - 1] ?? []);
    await subscribed('A', 'B');
    await clock.advance(3500);
    expect(log).toEqual(['A 1.0', 'B 5', 'A 1.0', 'B 6']);
    expect(adapter.stats()).toMatchObject({ unchanged: 3, outdated: 1, prices: 8, responses: 4 });
    await adapter.disconnect();
  });

  test('a repeated price keeps its symbol fresh, and a symbol without a price becomes stale', async () => {
    const { adapter, clock, net, subscribed } = scripted({ freshness: { limitMs: 3000 } });
    net.onRequest = (request) => answer(request, [['A', 1, 1]]);
    await subscribed('A', 'B');
    await clock.advance(20_000);
    expect(adapter.stats()).toMatchObject({ stale: ['B'], unpriced: ['B'], failures: 0 });
    await adapter.disconnect();
  });

  test('ETag and Last-Modified are sent back, and status 304 keeps prices fresh', async () => {
    const { adapter, clock, net, subscribed, log } = scripted({ freshness: { limitMs: 3000 } });
    const sent: unknown[] = [];
    const version = { ETag: '"v1"', 'Last-Modified': 'Tue, 14 Nov 2023 22:00:00 GMT' };
    net.onRequest = (request) => {
      sent.push([request.init.headers['if-none-match'], request.init.headers['if-modified-since']]);
      if (request.init.headers['if-none-match'] === '"v1"') request.head(304);
      else
        answer(
          request,
          [
            ['A', 1, 1],
            ['B', 2, 1],
          ],
          version,
        );
    };
    await subscribed('A');
    await clock.advance(9500);
    expect(sent.slice(0, 2)).toEqual([
      [undefined, undefined],
      ['"v1"', 'Tue, 14 Nov 2023 22:00:00 GMT'],
    ]);
    expect(adapter.stats()).toMatchObject({ responses: 1, notModified: 9, stale: [], failures: 0 });
    // An unchanged response would have no price for a new symbol.
    await adapter.subscribe(['B']);
    await clock.advance(20);
    expect(sent.at(-1)).toEqual([undefined, undefined]);
    expect(log).toEqual(['A 1', 'B 2']);
    await adapter.disconnect();
  });

  test('a symbol that is subscribed again gets its price again, also if the response has not changed', async () => {
    const { adapter, clock, net, subscribed, log } = scripted();
    net.onRequest = (request) => {
      if (request.init.headers['if-none-match']) request.head(304);
      else
        answer(
          request,
          [
            ['A', 1, 1],
            ['B', 2, 1],
          ],
          { ETag: '"v1"' },
        );
    };
    await subscribed('A', 'B');
    await adapter.unsubscribe(['B']);
    await adapter.subscribe(['B']);
    await clock.advance(20);
    expect(log).toEqual(['A 1', 'B 2', 'B 2']);
    await adapter.disconnect();
  });

  test('status 304 to a request without a version is a failure', async () => {
    const { adapter, net, clock, subscribed, errors } = scripted();
    await subscribed('A');
    net.last.head(304);
    await clock.advance(0);
    expect(errors.map(({ message }) => message)).toEqual(['quotes: the server answered with status 304.']);
    await adapter.disconnect();
  });

  test.each(['a body', 'no body'])(
    'an unchanged price is delivered again after repeatMs, confirmed by %s',
    async (kind) => {
      const { adapter, clock, net, subscribed } = scripted({ repeatMs: 2500 });
      const told: unknown[] = [];
      adapter.onMessage((message) => {
        if ('price' in message)
          told.push([message.symbol, message.timestamp - clock.now(), clock.monotonic()]);
      });
      net.onRequest = (request) => {
        if (request.init.headers['if-none-match']) request.head(304);
        else answer(request, [['A', 1, null]], kind === 'no body' ? { ETag: '"v1"' } : {});
      };
      await subscribed('A');
      await clock.advance(7000);
      expect(told).toEqual([5, 3005, 6005].map((at) => ['A', 0, at]));
      await adapter.disconnect();
    },
  );

  test('an ETag is sent back to its own URL only', async () => {
    let call = 0;
    const { adapter, clock, net, subscribed } = scripted(
      {},
      { url: () => `http://prices.test/${call++ % 2}` },
    );
    net.onRequest = (request) => answer(request, [['A', 1, 1]], { ETag: '"v1"' });
    await subscribed('A');
    await clock.advance(3500);
    for (const { init } of net.requests) expect(init.headers).toEqual({});
    await adapter.disconnect();
  });

  test('a body is read in the charset of the response', async () => {
    const { adapter, clock, net, subscribed, log } = scripted();
    const body = Buffer.concat([
      Buffer.from('[["'),
      Buffer.from([0xc3, 0xa9, 0xcc, 0xa8]),
      Buffer.from('",1,1]]'),
    ]);
    net.onRequest = (request) =>
      request.head(200, { 'Content-Type': 'application/json; charset=GBK' }).write(body).end();
    await subscribed('茅台');
    await clock.advance(10);
    expect(log).toEqual(['茅台 1']);
    await adapter.disconnect();
  });
});

describe('failures', () => {
  test('an outage is reconnecting, then one gap, then every price', async () => {
    const { adapter, clock, net, subscribed, log, states, gaps, errors } = scripted();
    net.onRequest = (request) => answer(request, [['A', 1, 1]]);
    await subscribed('A');
    await clock.advance(2500);
    net.onRequest = (request) => request.fail();
    await clock.advance(20_000);
    expect(adapter.getStatus().state).toBe('reconnecting');
    const tries = errors.length;
    // On average, no more often than without failures.
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(25);
    net.onRequest = (request) => answer(request, [['A', 1, 1]]);
    await clock.advance(3000);
    expect(log).toEqual(['A 1', 'gap', 'A 1']);
    expect(gaps).toMatchObject([{ reason: 'disconnect', recovered: true, symbols: ['A'] }]);
    expect(gaps[0]!.to - gaps[0]!.from).toBeGreaterThan(19_000);
    const attempts = states.flatMap((status) => ('attempt' in status ? [status.attempt] : []));
    expect(attempts).toEqual(attempts.map((_, at) => at + 1));
    await adapter.disconnect();
    expect(clock.pending).toBe(0);
  });

  test('a request is closed after timeoutMs, also where fetch ignores its signal, and a late response is dropped', async () => {
    const net = new ScriptedFetch({ heedsSignal: false });
    const { adapter, clock, subscribed, log, errors, gaps } = scripted({ timeoutMs: 2000 }, {}, net);
    await subscribed('A');
    const late = net.last;
    await clock.advance(1990);
    expect(errors).toEqual([]);
    await clock.advance(20);
    expect(errors).toMatchObject([{ code: 'TIMEOUT', retryable: true }]);
    net.onRequest = (request) => answer(request, [['A', 2, 2]]);
    await clock.advance(500);
    answer(late, [['A', 1, 3]]);
    await clock.advance(100);
    expect(log).toEqual(['gap', 'A 2']);
    expect(gaps[0]!.reason).toBe('silence');
    await adapter.disconnect();
  });

  test('timeoutMs includes the body', async () => {
    const { adapter, clock, net, subscribed, errors } = scripted({ timeoutMs: 2000 });
    await subscribed('A');
    net.last.head(200).write('[["A"');
    await clock.advance(2000);
    expect(errors).toMatchObject([{ code: 'TIMEOUT' }]);
    await adapter.disconnect();
    expect(net.open).toEqual([]);
  });

  test.each([
    [429, { 'Retry-After': '30' }, 30_000],
    [503, { 'Retry-After': 'Tue, 14 Nov 2023 22:13:50 GMT' }, 29_990],
    [429, {}, 10_000],
  ])('status %i with %o is retried after its wait', async (status, headers, ms) => {
    const { adapter, clock, net, subscribed } = scripted();
    net.onRequest = (request) => request.head(status, headers);
    await subscribed('A');
    await adapter.subscribe(['B']);
    await clock.advance(ms - 10);
    expect(net.requests).toHaveLength(1);
    await clock.advance(300);
    expect(net.requests).toHaveLength(2);
    await adapter.disconnect();
  });

  test.each([401, 403])('status %i fails the stream permanently', async (status) => {
    const { adapter, clock, net, subscribed } = scripted();
    await subscribed('A');
    net.last.head(status);
    await clock.advance(60_000);
    expect(adapter.getStatus()).toMatchObject({
      state: 'failed',
      error: { code: 'UNAUTHORIZED', retryable: false },
    });
    expect([net.requests.length, clock.pending]).toEqual([1, 0]);
  });

  test('a body longer than maxBodyBytes is a failure, by its Content-Length or while it is read', async () => {
    const { adapter, clock, net, subscribed, errors } = scripted({ maxBodyBytes: 100 });
    await subscribed('A');
    net.last.head(200).write('x'.repeat(60)).write('x'.repeat(60));
    await clock.advance(0);
    expect([errors[0]?.message, net.open]).toEqual(['quotes: the body is longer than 100 bytes.', []]);
    await clock.advance(300);
    net.last.head(200, { 'Content-Length': '101' });
    await clock.advance(0);
    expect(errors[1]?.message).toBe('quotes: the body is longer than 100 bytes.');
    await adapter.disconnect();
  });

  test('a body that cannot be used is a failure, and delivers nothing', async () => {
    const { adapter, clock, net, subscribed, log, errors } = scripted();
    const bodies = ['bad', '{', '[["A",1,1],null]', 'silent'];
    net.onRequest = (request) => answer(request, bodies[net.requests.length - 1] ?? [['A', 7, 1]]);
    await subscribed('A');
    await clock.advance(6000);
    expect(log[0]).toBe('gap');
    expect(log).toContain('A 7');
    expect(log).not.toContain('A 1');
    expect(errors).toHaveLength(3);
    expect(adapter.stats()).toMatchObject({
      rejected: { bad: 1, 'decoder-threw': 2 },
      unexplained: 1,
      failures: 3,
    });
    await adapter.disconnect();
  });

  test('functions for headers are called for each request, and may fail', async () => {
    let token = 0;
    const headers = async (): Promise<Record<string, string>> => {
      if (++token === 2) throw new Error('no t0ken');
      return { Authorization: `t0ken ${token}` };
    };
    const { adapter, clock, net, subscribed, errors } = scripted({}, { headers });
    net.onRequest = (request) => answer(request, [['A', 1, 1]]);
    await subscribed('A');
    await clock.advance(2500);
    expect(net.requests.map(({ init }) => init.headers['Authorization'])).toEqual(
      expect.arrayContaining(['t0ken 1', 't0ken 3']),
    );
    expect(net.requests.every(({ init }) => init.redirect === 'manual')).toBe(true);
    expect(errors).toHaveLength(1);
    await adapter.disconnect();
  });

  test('tokens of URL and headers appear in no error, status or printed adapter', async () => {
    const { adapter, clock, net, subscribed, errors, states } = scripted(
      {},
      { headers: { 'X-Key': 't0ken' } },
    );
    net.onRequest = (request) => request.fail(new TypeError(`Failed to parse URL from ${request.url}`));
    await subscribed('A');
    await clock.advance(5000);
    net.onRequest = (request) => request.head(401);
    await clock.advance(5000);
    expect(adapter.getStatus().state).toBe('failed');
    expect(errors.length).toBeGreaterThan(1);
    const seen = inspect([adapter, errors, states, adapter.stats()], { depth: 9, showHidden: true });
    const stacks = errors.map((error) => `${error.stack}${JSON.stringify(error)}`).join();
    expect(seen + stacks).not.toMatch(/s3cret|t0ken|prices\.test/);
  });

  test('disconnect() aborts a request that is under way', async () => {
    const { adapter, clock, net, subscribed } = scripted();
    await subscribed('A');
    await adapter.disconnect();
    expect([net.open, clock.pending]).toEqual([[], 0]);
  });
});

test.each([
  [{ source: undefined }, /source: expected an object/],
  [{ source: { name: 'x', url: 'ftp://u:p4ss@x', decode: () => undefined } }, /begins with http/],
  [{ intervalMs: 0 }, /intervalMs/],
  [{ timeoutMs: NaN }, /timeoutMs/],
  [{ jitter: 2 }, /jitter/],
  [{ repeatMs: NaN }, /repeatMs/],
  [{ maxBodyBytes: 0 }, /maxBodyBytes/],
])('rejects the options %o', (options, message) => {
  const make = (): unknown => scripted(options as never);
  expect(make).toThrow(message);
  expect(make).not.toThrow(/p4ss/);
});
