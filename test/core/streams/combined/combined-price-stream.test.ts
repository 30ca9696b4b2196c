import { describe, expect, test } from 'vitest';
import { priceStreamAdapterConformance, type PriceStreamVenue } from '../../../../src/conformance/index.js';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import type { TickmarkError } from '../../../../src/core/errors.js';
import { TickmarkError as Failure } from '../../../../src/core/errors.js';
import {
  combineStreams,
  type CombineStreamsOptions,
} from '../../../../src/core/streams/combined/combined-price-stream.js';
import type { CombinedStream, StreamRoute } from '../../../../src/core/streams/combined/combined-stream.js';
import { isGap, type StreamStatus } from '../../../../src/core/streams/price-stream-adapter.js';
import { SymbolRefusedError } from '../../../../src/core/streams/symbol-refused-error.js';
import { runner } from '../../../conformance/without-skips.js';
import { failure, ScriptedStream } from './scripted-stream.js';

function setUp(
  carries: Record<string, CombinedStream['carries']> = { a: /^A/, b: undefined },
  options: CombineStreamsOptions = {},
  route?: StreamRoute,
) {
  const clock = new FakeClock();
  const names = Object.keys(carries);
  const parts = names.map(() => new ScriptedStream(clock));
  const errors: TickmarkError[] = [];
  const stream = combineStreams(
    names.map((name, at) => ({
      name,
      stream: parts[at]!.adapter,
      ...(carries[name] ? { carries: carries[name] } : {}),
    })),
    route,
    { clock, random: () => 0.5, onError: (error) => void errors.push(error), ...options },
  );
  const log: string[] = [];
  stream.onMessage((message) =>
    log.push(isGap(message) ? `gap ${message.symbols.join()}` : `${message.symbol} ${message.price}`),
  );
  const statuses: StreamStatus[] = [];
  stream.onStatus((status) => statuses.push(status));
  const start = async (...symbols: string[]): Promise<void> => {
    await stream.connect();
    if (symbols.length > 0) await stream.subscribe(symbols);
  };
  return { clock, stream, parts, errors, log, statuses, start };
}

for (const count of [1, 2]) {
  describe(`combineStreams() of ${count}`, () => {
    priceStreamAdapterConformance(runner, {
      createHarness: () => {
        const clock = new FakeClock();
        const parts = Array.from({ length: count }, () => new ScriptedStream(clock));
        const partOf = (symbol: string): ScriptedStream => parts[symbol.length % count]!;
        const adapter = combineStreams(
          parts.map((part) => part.adapter),
          (symbol) => symbol.length % count,
          { clock },
        );
        const venue: Required<PriceStreamVenue> = {
          send: (update) => partOf(update.symbol).link?.deliver(update),
          breakLink: () => parts.forEach((part) => part.break()),
          restoreLink: () => parts.forEach((part) => part.restore()),
          refuse: () => parts.forEach((part) => part.connectErrors.push(failure('refused'))),
          accept: () => parts.forEach((part) => (part.connectErrors.length = 0)),
        };
        return { adapter, venue, advance: (ms) => clock.advance(ms), pending: () => clock.pending };
      },
      supports: { breakLink: true, refuse: true },
    });
  });
}

describe('combineStreams(): routes', () => {
  test('asks one stream for each symbol, and drops prices of another one', async () => {
    const { parts, log, start, stream } = setUp({
      a: /^A/g,
      b: ['B', 'AB'],
      c: (symbol) => symbol.startsWith('C'),
    });
    await start('AA', 'B', 'CC', 'AB');
    expect(parts.map(({ calls }) => calls.at(-1))).toEqual([
      'subscribe AA,AB',
      'subscribe B',
      'subscribe CC',
    ]);
    await parts[1]!.adapter.subscribe(['AA']);
    parts[1]!.send('AA', 9);
    parts[0]!.send('AA', 1);
    parts[2]!.send('CC', 3);
    expect(log).toEqual(['AA 1', 'CC 3']);
    expect(stream.stats().streams).toMatchObject({
      a: { status: { state: 'subscribed' }, symbols: 2, prices: 1, gaps: 0, unrequested: 0 },
      b: { symbols: 1, prices: 0, unrequested: 1 },
    });
    await stream.unsubscribe(['AA', 'CC']);
    expect(parts[0]!.calls.at(-1)).toBe('unsubscribe AA');
    expect(parts[1]!.adapter.getSubscribedSymbols()).toEqual(['B', 'AA']);
  });

  test('a route is a stream, a name or a place in the list', async () => {
    const choices: Record<string, unknown> = { x: 'a', y: 1 };
    const { parts, start } = setUp(
      undefined,
      {},
      (symbol) => (choices[symbol] as string) ?? parts[0]!.adapter,
    );
    await start('x', 'y', 'z');
    expect(parts.map(({ calls }) => calls.at(-1))).toEqual(['subscribe x,z', 'subscribe y']);
  });

  test('a symbol without a stream is refused alone, with the reason', async () => {
    const routes: Record<string, () => string | undefined> = {
      none: () => undefined,
      typo: () => 'bnance',
      thrown: () => {
        throw new Error('no such market');
      },
    };
    const { errors, start, stream } = setUp(undefined, {}, (symbol) => (routes[symbol] ?? (() => 'a'))());
    await start('A', 'none', 'typo', 'thrown');
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      [
        'SYMBOL_REFUSED',
        'combineStreams does not deliver "none": no stream carries it; the streams are a, b.',
      ],
      [
        'SYMBOL_REFUSED',
        'combineStreams does not deliver "typo": the route gave "bnance"; accepted: undefined, a stream of the list, its name or its place from 0; the streams are a, b.',
      ],
      ['SYMBOL_REFUSED', 'combineStreams does not deliver "thrown": the route threw: no such market.'],
    ]);
    await expect(stream.subscribe(['none'])).rejects.toMatchObject({
      code: 'SYMBOL_REFUSED',
      symbol: 'none',
    });
    expect(stream.getSubscribedSymbols()).toEqual(['A']);
  });

  test.each([
    ['a promise', () => Promise.resolve('a'), 'the route gave an object that is no stream of the list'],
    [
      'another stream',
      (clock: FakeClock) => new ScriptedStream(clock).adapter,
      'an object that is no stream of the list',
    ],
    ['a place before the list', () => -1, 'the route gave -1'],
    ['null', () => null, 'no stream carries it'],
  ])('a route that gives %s refuses the symbol', async (_what, choice, reason) => {
    const clock = new FakeClock();
    const stream = combineStreams([new ScriptedStream(clock).adapter], () => choice(clock) as never, {
      clock,
    });
    await stream.connect();
    await expect(stream.subscribe(['A'])).rejects.toMatchObject({
      code: 'SYMBOL_REFUSED',
      reason: expect.stringContaining(reason) as string,
    });
    await stream.disconnect();
  });

  test('functions that give promises are refused: these would carry every symbol, and name none', async () => {
    const promised = (() => Promise.resolve(true)) as never;
    const { stream } = setUp({ a: promised });
    await stream.connect();
    await expect(stream.subscribe(['A'])).rejects.toThrow(
      'carries: expected true or false, without a promise',
    );
    const { stream: named } = setUp(undefined, { symbols: promised });
    await named.connect();
    await expect(named.subscribe(['A'])).rejects.toThrow(
      'accepted: a string, or undefined to use the symbol itself',
    );
  });

  test('refuses lists that leave open which stream is meant', () => {
    const clock = new FakeClock();
    const [one, two] = [new ScriptedStream(clock).adapter, new ScriptedStream(clock).adapter];
    const given = (list: unknown) => () => combineStreams(list as CombinedStream[]);
    expect(given([])).toThrow('combineStreams: streams: expected a list of at least one of a price stream');
    expect(given([one, { name: 'x' }])).toThrow('combineStreams: streams[1]: expected a price stream, or');
    expect(given([one, { name: 'x', stream: one }])).toThrow(
      'combineStreams: streams[1]: expected a name and a stream that',
    );
    expect(
      given([
        { name: 'x', stream: one },
        { name: 'x', stream: two },
      ]),
    ).toThrow('streams[0] does not have, got "x"');
    expect(given([{ stream: one }])).toThrow('combineStreams: streams[0].name: expected a name');
    expect(given([{ name: 'x', stream: one, carries: 'A' }])).toThrow(
      'combineStreams: streams[0].carries: expected a list',
    );
    expect(() => combineStreams([one], { symbols: new Map([['A', 'a']]) as never })).toThrow(
      'symbols: expected a table such as',
    );
    expect(() => combineStreams([one], { symbols: [] as never })).toThrow(
      'combineStreams: symbols: expected a table',
    );
  });
});

describe('combineStreams(): names of symbols', () => {
  const symbols = { 'BTC-USD': { a: 'btcusdt', b: 'XBT/USD' }, 'BRK.B': 'BRK-B', constructor: { b: 'CTOR' } };

  test('maps them both ways, in prices, gaps, status and errors', async () => {
    const { clock, parts, log, errors, statuses, start, stream } = setUp(
      { a: ['BTC-USD'], b: undefined },
      { symbols },
    );
    await start('BTC-USD', 'BRK.B', 'toString', 'constructor');
    expect(parts.map(({ calls }) => calls.at(-1))).toEqual([
      'subscribe btcusdt',
      'subscribe BRK-B,toString,CTOR',
    ]);
    parts[0]!.send('btcusdt', 1);
    parts[1]!.send('BRK-B', 2);
    parts[1]!.send('toString', 3);
    parts[0]!.break();
    expect(statuses.at(-1)).toEqual({ state: 'degraded', symbols: ['BTC-USD'] });
    parts[0]!.restore();
    parts[0]!.link!.degraded(['btcusdt', 'ethusdt']);
    expect(stream.stats().streams.a!.status).toEqual({ state: 'degraded', symbols: ['BTC-USD'] });
    expect(log).toEqual(['BTC-USD 1', 'BRK.B 2', 'toString 3', 'gap BTC-USD']);
    expect(stream.getSubscribedSymbols()).toEqual(['BTC-USD', 'BRK.B', 'toString', 'constructor']);
    await stream.unsubscribe(['BTC-USD']);
    expect(parts[0]!.calls.at(-1)).toBe('unsubscribe btcusdt');
    parts[0]!.subscribeErrors.push(new SymbolRefusedError('Venue', 'btcusdt', 'halted', 7));
    await expect(stream.subscribe(['BTC-USD'])).rejects.toMatchObject({
      code: 'SYMBOL_REFUSED',
      symbol: 'BTC-USD',
      message: 'a does not deliver "BTC-USD": halted (code 7).',
    });
    parts[0]!.subscribeErrors.push(failure('too many'));
    await stream.subscribe(['BTC-USD', 'X']);
    await clock.settle();
    expect(errors.map(({ message }) => message)).toEqual([
      'Stream a: too many; "BTC-USD" is "btcusdt" there',
    ]);
    expect(stream.getSubscribedSymbols()).not.toContain('BTC-USD');
  });

  test('a function names them; undefined is the symbol itself', async () => {
    const { parts, log, start } = setUp(undefined, {
      symbols: (symbol, name) => (name === 'a' ? symbol.toLowerCase() : undefined),
    });
    await start('AB', 'CD');
    expect(parts.map(({ calls }) => calls.at(-1))).toEqual(['subscribe ab', 'subscribe CD']);
    parts[0]!.send('ab', 1);
    expect(log).toEqual(['AB 1']);
  });

  test('a symbol without a name of its own is refused alone', async () => {
    const { stream, start, errors } = setUp(undefined, {
      symbols: (symbol) => {
        if (symbol === 'AX') throw new Error('unknown market');
        return symbol === 'AZ' ? (5 as unknown as string) : symbol === 'AY' ? symbol : 'same';
      },
    });
    await start('A1', 'B1');
    await stream.subscribe(['A2', 'AX', 'AY', 'AZ']);
    expect(errors.map(({ message }) => message)).toEqual([
      'a does not deliver "A2": `symbols` names it "same", as it names "A1".',
      'a does not deliver "AX": the function of names threw: unknown market.',
      'a does not deliver "AZ": `symbols` names it 5; accepted: a string, or undefined to use the symbol itself.',
    ]);
    await stream.unsubscribe(['A1']);
    await stream.subscribe(['A2']);
    expect(stream.getSubscribedSymbols()).toEqual(['B1', 'AY', 'A2']);
  });
});

describe('combineStreams(): streams that fail', () => {
  test('one that breaks concerns its own symbols only', async () => {
    const { clock, parts, log, statuses, start, stream } = setUp();
    await start('A1', 'A2', 'B1');
    statuses.length = 0;
    parts[0]!.break();
    parts[1]!.send('B1', 1);
    await stream.subscribe(['A3']);
    parts[0]!.restore();
    parts[1]!.break();
    parts[1]!.link!.reconnecting(2, clock.now() + 2000);
    parts[0]!.break();
    parts[1]!.restore();
    parts[0]!.restore();
    expect(log).toEqual(['B1 1', 'gap A1,A2,A3', 'gap B1', 'gap A1,A2,A3']);
    expect(statuses).toEqual([
      { state: 'degraded', symbols: ['A1', 'A2'] },
      { state: 'degraded', symbols: ['A1', 'A2', 'A3'] },
      { state: 'subscribed' },
      { state: 'degraded', symbols: ['B1'] },
      { state: 'reconnecting', attempt: 1, nextTryAt: clock.now() + 1000 },
      { state: 'degraded', symbols: ['A1', 'A2', 'A3'] },
      { state: 'subscribed' },
    ]);
  });

  test('one that fails for good can be connected again: its symbols are subscribed, after a gap', async () => {
    const { clock, parts, log, statuses, start, stream } = setUp();
    await start('A1', 'B1');
    parts[0]!.fail();
    await stream.subscribe(['A2']);
    expect(stream.getStatus()).toEqual({ state: 'degraded', symbols: ['A1', 'A2'] });
    await clock.advance(5000);
    await parts[0]!.adapter.connect();
    await clock.settle();
    expect(parts[0]!.calls.slice(-2)).toEqual(['connect', 'subscribe A1,A2']);
    parts[0]!.send('A1', 2);
    expect(log).toEqual(['gap A1,A2', 'A1 2']);
    expect(statuses.at(-1)).toEqual({ state: 'subscribed' });
    parts[0]!.fail();
    parts[1]!.fail('gone');
    await clock.settle();
    expect(stream.getStatus()).toMatchObject({
      state: 'failed',
      error: { code: 'STREAM_FAILED', message: 'Stream a: the venue has closed' },
    });
  });

  test('ends when all streams have ended', async () => {
    const { parts, start, stream } = setUp();
    await start('A1', 'B1');
    parts[0]!.link!.end();
    expect(stream.getStatus()).toEqual({ state: 'degraded', symbols: ['A1'] });
    parts[1]!.link!.end();
    expect(stream.getStatus()).toEqual({ state: 'disconnected' });
  });

  test('one that cannot be reached at the start is tried again while the others deliver', async () => {
    const { clock, parts, log, errors, statuses, stream } = setUp();
    const [down] = parts as [ScriptedStream, ScriptedStream];
    down.connectErrors.push(
      failure('no route', { retryable: true }),
      failure('no route', { retryable: true }),
    );
    await stream.connect();
    await stream.subscribe(['A1', 'B1']);
    expect(stream.getStatus()).toEqual({ state: 'degraded', symbols: ['A1'] });
    expect(stream.stats().streams.a!.status).toMatchObject({ state: 'reconnecting', attempt: 1 });
    parts[1]!.send('B1', 1);
    await clock.advance(10_000);
    expect(down.calls).toEqual(['connect', 'connect', 'connect', 'subscribe A1']);
    expect(errors.map(({ message }) => message)).toEqual(['Stream a: no route', 'Stream a: no route']);
    down.send('A1', 2);
    expect(log).toEqual(['B1 1', 'gap A1', 'A1 2']);
    expect(statuses.at(-1)).toEqual({ state: 'subscribed' });
    await stream.disconnect();
    down.connectErrors.push(failure('no route', { retryable: true }));
    await stream.connect();
    expect(clock.pending).toBe(1);
    await stream.disconnect();
    expect(clock.pending).toBe(0);
  });

  test('a start fails if a stream refuses for good, or if none can be reached; everything is closed', async () => {
    const { clock, parts, stream } = setUp();
    parts[0]!.connectErrors.push(new Failure('UNAUTHORIZED', 'wrong key'));
    await expect(stream.connect()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'Stream a: wrong key',
    });
    expect(parts[1]!.adapter.getStatus().state).toBe('disconnected');
    for (const part of parts) part.connectErrors.push(failure('no route', { retryable: true }));
    await expect(stream.connect()).rejects.toMatchObject({ message: 'Stream a: no route', retryable: true });
    await stream.disconnect();
    expect(clock.pending).toBe(0);
  });

  test('a subscription that is refused for now is tried again, one that is refused for good is dropped', async () => {
    const { clock, parts, errors, stream, start } = setUp();
    await start('A1', 'B1');
    parts[0]!.subscribeErrors.push(failure('busy', { retryable: true }));
    parts[1]!.subscribeErrors.push(failure('no such symbol'));
    await expect(stream.subscribe(['A2', 'B2'])).rejects.toThrow('Stream a: busy');
    expect(stream.getSubscribedSymbols()).toEqual(['A1', 'B1']);
    parts[0]!.subscribeErrors.push(failure('busy', { retryable: true }));
    await stream.subscribe(['A2', 'B2']);
    expect(errors.map(({ message }) => message)).toEqual(['Stream a: busy']);
    await clock.advance(2000);
    expect(parts[0]!.adapter.getSubscribedSymbols()).toEqual(['A1', 'A2']);
    parts[0]!.subscribeErrors.push(failure('busy', { retryable: true }));
    await stream.subscribe(['A3', 'B3']);
    await stream.unsubscribe(['A3']);
    await clock.advance(20_000);
    expect(parts[0]!.adapter.getSubscribedSymbols()).toEqual(['A1', 'A2']);
    parts[1]!.subscribeErrors.push(failure('no such symbol'));
    await stream.subscribe(['A4', 'B4']);
    await clock.settle();
    expect(stream.getSubscribedSymbols()).toEqual(['A1', 'B1', 'A2', 'B2', 'B3', 'A4']);
  });

  test('streams that others use stay as these need them', async () => {
    const { clock, parts, stream, start } = setUp();
    const [first, second] = parts as [ScriptedStream, ScriptedStream];
    const other = combineStreams([first.adapter], { clock });
    await start('A1', 'A2', 'B1');
    await other.connect();
    await other.subscribe(['A2', 'A3']);
    await stream.unsubscribe(['A2']);
    await stream.disconnect();
    expect(second.adapter.getStatus().state).toBe('disconnected');
    expect(first.adapter.getSubscribedSymbols()).toEqual(['A2', 'A3']);
    await other.disconnect();
    expect(first.adapter.getStatus().state).toBe('disconnected');
  });
});
