import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FakeClock, priceStreamAdapterConformance } from '../../../src/conformance/index.js';
import type { Clock } from '../../../src/core/clock.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import type { PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import type { PriceStreamGap } from '../../../src/core/prices/price-stream-gap.js';
import { isGap } from '../../../src/core/streams/price-stream-adapter.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { KafkaPriceStreamAdapter, type KafkaPriceStreamAdapterOptions } from '../../../src/kafka/index.js';
import { record, ScriptedConsumer } from './scripted-consumer.js';

function setUp(more: Partial<KafkaPriceStreamAdapterOptions> = {}) {
  const clock = new FakeClock();
  const consumer = new ScriptedConsumer();
  const errors: TickmarkError[] = [];
  const stream = new KafkaPriceStreamAdapter({
    consumer,
    topics: 'prices',
    clock,
    onError: (error) => void errors.push(error),
    ...more,
  });
  const messages: PriceStreamMessage[] = [];
  const states: string[] = [];
  stream.onMessage((message) => void messages.push(message));
  stream.onStatus((status) => void states.push(status.state));
  const prices = (): string[] =>
    messages.flatMap((each) => (isGap(each) ? [] : [`${each.symbol} ${each.price}`]));
  const gaps = (): PriceStreamGap[] => messages.filter(isGap);
  const start = async (...symbols: string[]): Promise<void> => {
    await stream.connect();
    if (symbols.length > 0) await stream.subscribe(symbols);
  };
  return { clock, consumer, errors, stream, messages, states, prices, gaps, start };
}

// The first consumer, and those that the stream makes after it.
function setUpWith(next: readonly ScriptedConsumer[]) {
  const consumer = new ScriptedConsumer();
  const consumers = [consumer, ...next];
  return { ...setUp({ consumer: () => consumers.shift()! }), consumer };
}

const json = (price: unknown, more: object = {}): string => JSON.stringify({ price, timestamp: 1, ...more });

priceStreamAdapterConformance(
  { describe, it: test },
  {
    createHarness: () => {
      const clock = new FakeClock();
      const consumer = new ScriptedConsumer();
      const stream = new KafkaPriceStreamAdapter({ consumer, topics: 'prices', clock, maxSymbols: 3 });
      return {
        adapter: stream,
        advance: (ms) => clock.advance(ms),
        pending: () => clock.pending + consumer.listeners,
        venue: {
          send: ({ symbol, price, timestamp }) => consumer.price(symbol, price, timestamp),
          breakLink: () => consumer.emit('rebalancing'),
          restoreLink: () => {
            consumer.join({ prices: [0] });
          },
          refuse: () => void (consumer.onConnect = () => Promise.reject(new Error('no broker'))),
          accept: () => void (consumer.onConnect = () => Promise.resolve()),
        },
      };
    },
    supports: { breakLink: true, refuse: true, maxSymbols: 3 },
  },
);

describe('reading', () => {
  test('starts at the end of the topics unless fromBeginning is set, and commits offsets after listeners have had the prices', async () => {
    const { consumer, stream, start } = setUp({ topics: ['prices', 'more'] });
    stream.onMessage(() => void consumer.calls.push('message'));
    await start('A');
    await consumer.batch([record('A', json('1.10'), 7), record('A', json('1.20'), '9007199254740993')]);
    expect(consumer.calls).toEqual([
      'connect',
      'subscribe {"topics":["prices","more"]}',
      'run',
      'message',
      'message',
      'resolve 9007199254740993',
    ]);
    expect(consumer.commits).toEqual(['prices/0@9007199254740994']);
    const fromBeginning = setUp({ fromBeginning: true });
    await fromBeginning.start();
    expect(fromBeginning.consumer.calls).toContain('subscribe {"topics":["prices"],"fromBeginning":true}');
  });

  test('holds records back until the first subscribe(), and keeps its place in the group meanwhile', async () => {
    const { clock, consumer, stream, prices, start } = setUp();
    let beats = 0;
    consumer.heartbeat = async () => void beats++;
    await start();
    const batch = consumer.batch([record('A', json('1'))]);
    await clock.advance(3000);
    expect([beats, stream.stats().records, consumer.commits]).toEqual([3, 0, []]);
    await stream.subscribe(['A']);
    await batch;
    expect([prices(), consumer.commits]).toEqual([['A 1'], ['prices/0@1']]);
    await stream.disconnect();
    expect(clock.pending).toBe(0);
  });

  test('disconnect() does not wait for a batch that waits for subscribe()', async () => {
    const { clock, consumer, stream, start } = setUp();
    await start();
    const batch = consumer.batch([record('A', json('1'))]);
    await clock.advance(1);
    await stream.disconnect();
    await batch;
    expect([consumer.commits, clock.pending, consumer.listeners]).toEqual([[], 0, 0]);
  });

  test('sends heartbeats during a long batch, and stops when it is no longer in the group', async () => {
    const { consumer, stream, prices, start } = setUp();
    await start('A');
    const records = Array.from({ length: 1200 }, (_, index) => record('A', json(String(index + 1)), index));
    let beats = 0;
    consumer.heartbeat = () => (++beats === 2 ? Promise.reject(new Error('rebalance')) : Promise.resolve());
    await expect(consumer.batch(records)).rejects.toThrow('rebalance');
    expect(prices()).toHaveLength(1000);
    expect(consumer.calls.slice(3)).toEqual(['resolve 499', 'resolve 999']);
    expect(consumer.commits).toEqual([]);
    expect(stream.getStatus().state).toBe('subscribed');
  });

  test('delivers and commits nothing more of a revoked partition', async () => {
    const { consumer, prices, start } = setUp();
    await start('A');
    const records = Array.from({ length: 600 }, (_, index) => record('A', json(String(index + 1)), index));
    consumer.heartbeat = async () => consumer.emit('rebalancing');
    await consumer.batch(records);
    expect(prices()).toHaveLength(500);
    consumer.isStale = true;
    consumer.join({ prices: [0] });
    await consumer.batch(records);
    expect(prices()).toHaveLength(500);
    expect(consumer.commits).toEqual([]);
  });

  test('commits what was delivered when a listener disconnects in the middle of a batch', async () => {
    const { consumer, stream, prices, start } = setUp();
    await start('A');
    stream.onMessage((message) => {
      if ((message as PriceUpdate).price === '2') void stream.disconnect();
    });
    await consumer.batch([1, 2, 3].map((price) => record('A', json(String(price)), price)));
    expect([prices(), consumer.commits]).toEqual([['A 1', 'A 2'], ['prices/0@3']]);
  });

  test('counts records that cannot be read by reason, and continues', async () => {
    const { consumer, stream, prices, start } = setUp();
    await start('A');
    const values = [
      '{',
      '[]',
      'null',
      '1',
      json('x'),
      json('1', { timestamp: -1 }),
      json(undefined),
      json('1', { bid: {} }),
      '{"price":1e309,"timestamp":1}',
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      ' '.repeat(1024 * 1024 + 1),
    ];
    await consumer.batch([
      ...values.map((value, index) => record('A', value, index)),
      record('A', new Uint8Array([0xff, 0xfe]), 20),
      record(null, json('1'), 21),
      record('A', json('2'), 22),
    ]);
    expect(stream.stats()).toMatchObject({
      records: 14,
      priceRecords: 2,
      rejected: {
        'malformed-json': 1,
        'not-an-object': 4,
        'not-a-number': 2,
        'too-many-digits': 1,
        'bad-timestamp': 1,
        'too-long': 1,
        'not-utf8': 1,
        'empty-symbol': 1,
      },
    });
    // A bid that is none costs no price.
    expect([prices(), consumer.commits]).toEqual([['A 1', 'A 2'], ['prices/0@23']]);
  });

  // afkak#38: the time of a record is -1 where neither its producer nor the brokers set one.
  test.each(['-1', ''])('a record with the time %j has that of its receipt', async (time) => {
    const { consumer, messages, start } = setUp();
    await start('A');
    await consumer.batch([record('A', '{"price":"1"}', 1, time), record('A', json('2'), 2, time)]);
    expect(messages).toMatchObject([
      { price: '1', timestamp: 1_700_000_000_000, timeSource: 'received' },
      { price: '2', timestamp: 1 },
    ]);
  });

  test('accepts a custom decoder that returns several prices, none or a reason, or throws', async () => {
    const { consumer, stream, prices, start } = setUp({
      decode: (value, { offset }, { topic, partition }) => {
        const text = String(value);
        if (text === 'many') return ['1', '2'].map((price) => ({ symbol: 'A', price, timestamp: 1 }));
        if (text === 'none') return undefined;
        if (text === 'bad') return { rejected: `${topic}-${partition}-${offset}` };
        throw new Error('cannot');
      },
    });
    await start('A');
    await consumer.batch(['many', 'none', 'bad', 'throw'].map((value, index) => record('A', value, index)));
    expect(prices()).toEqual(['A 1', 'A 2']);
    expect(stream.stats()).toMatchObject({
      priceRecords: 1,
      skipped: 1,
      rejected: { 'prices-0-2': 1, 'decoder-threw': 1 },
    });
  });
});

describe('tombstones', () => {
  test.each([
    ['none', []],
    ['stale', ['gap A']],
    ['closed', ['A 1 closed']],
  ] as const)('%s', async (tombstones, expected) => {
    const { consumer, stream, messages, start } = setUp({ tombstones });
    await start('A');
    await consumer.batch([record('A', json('1'), 0), record('B', json('1'), 1)]);
    messages.length = 0;
    const keys = ['A', 'A', 'B', null];
    await consumer.batch(keys.map((key, index) => record(key, null, 2 + index)));
    const told = messages.map((each) =>
      isGap(each) ? `gap ${each.symbols.join()}` : `${each.symbol} ${each.price} ${each.state}`,
    );
    expect(told.slice(0, 1)).toEqual(expected);
    if (tombstones === 'closed') expect(told).toHaveLength(1);
    expect(stream.stats().tombstones).toBe(4);
  });
});

test('a tombstone closes a price at the time of the tombstone, or of the price if that is later', async () => {
  const { consumer, messages, start } = setUp({ tombstones: 'closed' });
  await start('A', 'B');
  await consumer.batch([
    record('A', json('1', { timestamp: 5 })),
    record('A', null, 1, '9'),
    record('B', json('1', { timestamp: 5 })),
    record('B', null, 3, '4'),
  ]);
  expect(messages.map((each) => (each as PriceUpdate).timestamp)).toEqual([5, 9, 5, 5]);
});

describe('dead letters', () => {
  const poison = [record('A', '{', 5), record('A', json('1'), 6)];

  test('are sent before the offset is committed, with reason, topic, partition and offset', async () => {
    const sent: unknown[] = [];
    const { consumer, stream, start } = setUp({
      deadLetters: {
        topic: 'dead',
        producer: {
          send: async (each) => {
            expect(consumer.commits).toEqual([]);
            sent.push(each);
          },
        },
      },
    });
    await start('A');
    await consumer.batch(poison);
    const headers = {
      'tickmark-reason': 'malformed-json',
      'tickmark-topic': 'prices',
      'tickmark-partition': '0',
      'tickmark-offset': '5',
    };
    expect(sent).toEqual([
      { topic: 'dead', messages: [{ key: poison[0]!.key, value: poison[0]!.value, headers }] },
    ]);
    expect(consumer.commits).toEqual(['prices/0@7']);
    expect(stream.stats()).toMatchObject({ deadLetters: 1, deadLettersFailed: 0 });
  });

  test('that are being sent when the partition is revoked commit no offset', async () => {
    const { consumer, start } = setUp({
      deadLetters: { topic: 'dead', producer: { send: async () => consumer.emit('rebalancing') } },
    });
    await start('A');
    await consumer.batch(poison);
    expect([consumer.calls.filter((each) => each.startsWith('resolve')), consumer.commits]).toEqual([[], []]);
  });

  test('that cannot be sent delay prices once, for at most timeoutMs, and are counted as failed', async () => {
    let sends = 0;
    const { clock, consumer, errors, stream, prices, start } = setUp({
      deadLetters: {
        topic: 'dead',
        timeoutMs: 100,
        producer: { send: () => (sends++, new Promise(() => undefined)) },
      },
    });
    await start('A');
    const first = consumer.batch(poison);
    await clock.advance(100);
    await first;
    await consumer.batch(poison);
    expect([sends, prices(), consumer.commits]).toEqual([1, ['A 1', 'A 1'], ['prices/0@7', 'prices/0@7']]);
    expect(stream.stats().deadLettersFailed).toBe(2);
    expect(errors.map(({ code }) => code)).toEqual(['TIMEOUT']);
    await clock.advance(10_000);
    void consumer.batch(poison);
    await clock.advance(0);
    expect(sends).toBe(2);
  });
});

describe('a consumer group', () => {
  test('reports a rebalance as recovered only if its partitions stay the same', async () => {
    const { consumer, gaps, states, start, clock, stream } = setUp();
    await start('A');
    await consumer.price('A', 1, 1);
    await clock.advance(50);
    consumer.emit('fetch');
    consumer.emit('rebalancing');
    await clock.advance(100);
    consumer.emit('group_join', { memberAssignment: { prices: [0] } });
    const from = 1_700_000_000_050;
    expect(gaps()).toEqual([
      { type: 'gap', from, to: from + 100, symbols: ['A'], reason: 'disconnect', recovered: true },
    ]);
    for (const prices of [[0, 1], [0]]) consumer.join({ prices });
    expect(gaps().map(({ recovered }) => recovered)).toEqual([true, false, false]);
    expect(states.slice(-2)).toEqual(['reconnecting', 'subscribed']);
    expect(stream.stats().rebalances).toBe(3);
  });

  test('reports a gap as not recovered when no offset was committed, unless it reads from the beginning', async () => {
    const { consumer, gaps, start } = setUp();
    await start('A');
    consumer.emit('rebalancing');
    consumer.join({ prices: [0] });
    expect(gaps()[0]!.recovered).toBe(false);
    const whole = setUp({ fromBeginning: true });
    await whole.start('A');
    whole.consumer.emit('rebalancing');
    whole.consumer.join({ prices: [0] });
    expect(whole.gaps()[0]!.recovered).toBe(true);
  });

  test('shows when the consumer tries again after a crash', async () => {
    const { consumer, stream, gaps, start } = setUp();
    await start('A');
    consumer.emit('stop');
    consumer.emit('crash', { error: Object.assign(new Error('gone'), { retryTime: 700 }), restart: true });
    expect(stream.getStatus()).toEqual({ state: 'reconnecting', attempt: 2, nextTryAt: 1_700_000_000_700 });
    consumer.join({ prices: [0] });
    expect(stream.getStatus().state).toBe('subscribed');
    expect(gaps()).toHaveLength(1);
    expect(stream.stats().crashes).toBe(1);
  });

  test('events of old connections do not end a rebalance', async () => {
    const { consumer, stream, gaps, start } = setUp();
    await start('A');
    consumer.emit('rebalancing');
    consumer.emit('fetch');
    consumer.emit('heartbeat');
    await consumer.batch([]);
    expect([stream.getStatus().state, gaps()]).toEqual(['reconnecting', []]);
  });

  test('a partition that went and came back counts as recovered only after another commit', async () => {
    const { consumer, gaps, start } = setUp();
    await start('A');
    await consumer.price('A', 1, 1);
    for (const prices of [[0], [1], [0], [0]]) consumer.join({ prices });
    expect(gaps().map(({ recovered }) => recovered)).toEqual([true, false, false, false]);
    await consumer.price('A', 1, 1);
    consumer.join({ prices: [0] });
    expect(gaps().at(-1)!.recovered).toBe(true);
  });

  test('a crash during connect() fails it, and stops the consumer after that has planned its restart', async () => {
    const { clock, consumer, stream } = setUp();
    consumer.joins = false;
    const connecting = stream.connect();
    connecting.catch(() => undefined);
    await clock.settle();
    consumer.emit('stop');
    const disconnecting = stream.disconnect();
    await clock.settle();
    expect(consumer.calls).not.toContain('disconnect');
    consumer.emit('crash', { error: new Error('no broker'), restart: true });
    expect(consumer.calls).not.toContain('disconnect');
    await disconnecting;
    expect(consumer.calls.at(-1)).toBe('disconnect');

    const again = stream.connect();
    again.catch(() => undefined);
    await clock.settle();
    consumer.emit('crash', { error: new Error('no broker'), restart: true });
    await expect(again).rejects.toMatchObject({
      code: 'STREAM_FAILED',
      message: expect.stringContaining('no broker') as string,
    });
    expect(clock.pending).toBe(0);
  });

  test('fails when the consumer is not authorized any more, although that would try again', async () => {
    const { consumer, stream, start } = setUp();
    await start('A');
    const error = Object.assign(new Error('no'), { name: 'KafkaJSSASLAuthenticationError' });
    consumer.emit('crash', { error, restart: true });
    expect(stream.getStatus()).toMatchObject({ state: 'failed', error: { code: 'UNAUTHORIZED' } });
  });

  test('fails after a crash that the consumer does not recover from', async () => {
    const { clock, consumer, stream, start } = setUp();
    await start('A');
    consumer.emit('stop');
    consumer.emit('crash', { error: new Error('cannot go on'), restart: false });
    expect(stream.getStatus()).toMatchObject({ state: 'failed', error: { code: 'STREAM_FAILED' } });
    await clock.advance(1);
    expect([consumer.calls.at(-1), consumer.listeners, clock.pending]).toEqual(['disconnect', 0, 0]);
  });

  test.each(['KafkaJSGroupCoordinatorNotFound', 'KafkaJSLockTimeout', 'KafkaJSConnectionError'])(
    'goes on with a new consumer when one gives up for an outage: %s',
    async (name) => {
      const next = new ScriptedConsumer();
      const { clock, consumer, stream, gaps, prices, start } = setUpWith([next]);
      await start('A');
      consumer.emit('stop');
      consumer.emit('crash', { error: Object.assign(new Error('away'), { name }), restart: false });
      expect(stream.getStatus()).toMatchObject({ state: 'reconnecting', nextTryAt: 1_700_000_000_300 });
      await clock.advance(300);
      expect([consumer.calls.at(-1), consumer.listeners]).toEqual(['disconnect', 0]);
      expect(stream.getStatus().state).toBe('subscribed');
      consumer.isRunning = true;
      await consumer.price('A', 1, 1);
      await next.price('A', 2, 2);
      expect([prices(), gaps().length]).toEqual([['A 2'], 1]);
      await stream.disconnect();
      expect([next.calls.at(-1), next.listeners, clock.pending]).toEqual(['disconnect', 0, 0]);
    },
  );

  test('goes on with the same consumer where it was given one instead of a function', async () => {
    const { clock, consumer, stream, prices, start } = setUp();
    await start('A');
    const error = Object.assign(new Error('away'), { name: 'KafkaJSGroupCoordinatorNotFound' });
    consumer.emit('crash', { error, restart: false });
    await clock.advance(300);
    expect(consumer.calls.filter((call) => call === 'connect')).toHaveLength(2);
    await consumer.price('A', 1, 1);
    expect([prices(), stream.getStatus().state]).toEqual([['A 1'], 'subscribed']);
    await stream.disconnect();
    expect([consumer.listeners, clock.pending]).toEqual([0, 0]);
  });

  test('disconnect() ends the wait for a new consumer', async () => {
    const next = new ScriptedConsumer();
    const { clock, consumer, stream, start } = setUpWith([next]);
    await start('A');
    const error = Object.assign(new Error('away'), { name: 'KafkaJSGroupCoordinatorNotFound' });
    consumer.emit('crash', { error, restart: false });
    await stream.disconnect();
    await clock.advance(1000);
    expect([next.calls, clock.pending]).toEqual([[], 0]);
  });

  test('reports a gap when brokers are silent', async () => {
    const { clock, consumer, stream, gaps, start } = setUp({ silenceMs: 1000 });
    await start('A');
    await clock.advance(999);
    consumer.emit('heartbeat');
    await clock.advance(999);
    expect(stream.getStatus().state).toBe('subscribed');
    await clock.advance(1);
    expect(stream.getStatus()).toMatchObject({ state: 'reconnecting', attempt: 1 });
    await clock.advance(5000);
    consumer.emit('fetch');
    expect(stream.getStatus().state).toBe('subscribed');
    const from = 1_700_000_000_999;
    expect(gaps()).toEqual([
      { type: 'gap', from, to: from + 6000, symbols: ['A'], reason: 'silence', recovered: true },
    ]);
  });

  test('does not count brokers as silent because the process was blocked', async () => {
    const real = new FakeClock();
    let heldUp = 0;
    const clock: Clock = {
      now: () => real.now(),
      monotonic: () => real.monotonic() + heldUp,
      setTimer: (callback, delayMs) => real.setTimer(callback, delayMs),
      defer: (callback) => real.defer(callback),
    };
    const { consumer, stream, start } = setUp({ silenceMs: 1000, clock });
    await start('A');
    heldUp = 60_000;
    await real.advance(1000);
    expect(stream.getStatus().state).toBe('subscribed');
    consumer.emit('fetch');
    await real.advance(900);
    expect(stream.getStatus().state).toBe('subscribed');
    await real.advance(350);
    expect(stream.getStatus().state).toBe('reconnecting');
  });

  test('connect() fails after connectTimeoutMs without a place in the group, and disconnects the consumer', async () => {
    const { clock, consumer, stream } = setUp({ connectTimeoutMs: 500 });
    consumer.joins = false;
    const connecting = stream.connect();
    connecting.catch(() => undefined);
    await clock.advance(500);
    await expect(connecting).rejects.toMatchObject({ code: 'STREAM_FAILED', retryable: true });
    expect([consumer.calls.at(-1), consumer.listeners, clock.pending]).toEqual(['disconnect', 0, 0]);
  });

  test('disconnect() also ends a consumer that is still connecting', async () => {
    const { clock, consumer, stream } = setUp();
    let proceed!: () => void;
    consumer.onConnect = () => new Promise((resolve) => (proceed = resolve));
    const connecting = stream.connect();
    connecting.catch(() => undefined);
    await clock.advance(1);
    const disconnecting = stream.disconnect();
    await clock.advance(1);
    expect(consumer.calls).toEqual(['connect']);
    proceed();
    await disconnecting;
    expect(consumer.calls).toEqual(['connect', 'disconnect']);
  });

  test('disconnect() waits at most closeTimeoutMs for the consumer, which is closed before it is used again', async () => {
    const { clock, consumer, errors, stream, start } = setUp({ closeTimeoutMs: 100 });
    await start('A');
    let close!: () => void;
    consumer.disconnect = () => new Promise((resolve) => (close = resolve));
    const disconnecting = stream.disconnect();
    await clock.advance(100);
    await disconnecting;
    expect(errors.map(({ code }) => code)).toEqual(['TIMEOUT']);
    const again = stream.connect();
    await clock.advance(50);
    expect(consumer.calls.filter((each) => each === 'connect')).toHaveLength(1);
    close();
    await again;
    expect(stream.getStatus().state).toBe('connected');
  });

  test('counts a consumer without events as connected once it runs', async () => {
    const consumer = new ScriptedConsumer();
    const { stream, prices, start } = setUp({
      consumer: {
        connect: () => consumer.connect(),
        subscribe: (each) => consumer.subscribe(each),
        run: (each) => consumer.run(each),
        disconnect: () => consumer.disconnect(),
      },
    });
    await start('A');
    await consumer.price('A', '1.50', 1);
    expect([stream.getStatus().state, prices()]).toEqual(['subscribed', ['A 1.50']]);
  });
});

test('errors contain no secret', async () => {
  const { consumer, stream } = setUp({ secrets: ['hunter2'] });
  consumer.onConnect = () =>
    Promise.reject(
      Object.assign(
        new Error('SASL PLAIN failed for kafka://user:s3cret@broker password=opensesame and hunter2'),
        {
          name: 'KafkaJSSASLAuthenticationError',
          sasl: { password: 'hunter2' },
        },
      ),
    );
  const error = (await stream.connect().catch((each: unknown) => each)) as TickmarkError;
  expect(error.code).toBe('UNAUTHORIZED');
  const shown =
    inspect([error, stream, stream.getStatus()], { depth: 10, showHidden: true }) + String(error.stack);
  for (const secret of ['hunter2', 's3cret', 'opensesame']) expect(shown).not.toContain(secret);
});

test.each([
  ['topics', { topics: [] }],
  ['topics', { topics: [''] }],
  ['consumer', { consumer: {} }],
  ['tombstones', { tombstones: 'dead' }],
  ['silenceMs', { silenceMs: 0 }],
  ['connectTimeoutMs', { connectTimeoutMs: NaN }],
  ['deadLetters', { deadLetters: { topic: 'dead' } }],
])('rejects an invalid %s with INVALID_ARGUMENT', (name, options) => {
  expect(() => setUp(options as Partial<KafkaPriceStreamAdapterOptions>)).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(name) as string,
    }) as Error,
  );
});
