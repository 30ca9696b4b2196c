import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { fillStreamConformance } from '../../../src/conformance/fill-stream/fill-stream-conformance.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import type { FillMessage } from '../../../src/core/fills/fill-stream.js';
import { seededRandom } from '../../../src/core/random.js';
import { KafkaFillStream } from '../../../src/fills/kafka/kafka-fill-stream.js';
import type { KafkaFillStreamOptions } from '../../../src/fills/kafka/kafka-fill-stream-options.js';
import { runner } from '../../conformance/without-skips.js';
import { caught } from '../../oracle/caught.js';
import { SimulatedTopic } from './simulated-topic.js';

const START = 1_790_000_000_000;

const buy = (number: number) =>
  ({
    id: `f${number}`,
    at: START + number,
    type: 'buy',
    symbol: 'A',
    quantity: number,
    price: '1.10',
  }) as const;

function world(options: Partial<KafkaFillStreamOptions> = {}, topic = new SimulatedTopic()) {
  const clock = new FakeClock({ now: START });
  const errors: TickmarkError[] = [];
  const stream = new KafkaFillStream({
    consumer: () => topic.consumer(),
    topic: 'fills',
    clock,
    random: seededRandom(1),
    onError: (error) => void errors.push(error),
    ...options,
  });
  const trade = (number: number, partition = 0) => {
    topic.append('U1', JSON.stringify(buy(number)), partition, String(START + number));
    return buy(number);
  };
  return { clock, topic, errors, stream, trade };
}

/** Reads all that comes; `lists` are what was asked for, the last one not yet processed unless another was asked for. */
function reader({ stream, clock }: ReturnType<typeof world>) {
  const stop = new AbortController();
  const lists = stream.read({ signal: stop.signal });
  return {
    lists,
    /** Ids of the fills of the next list, and types of its other messages. */
    next: async (): Promise<string[]> => {
      const next = lists.next();
      await clock.advance(1);
      return idsOf((await next).value as FillMessage[]);
    },
    /** Stops without processing the last list. */
    stop: async (): Promise<void> => {
      stop.abort();
      const ended = lists.return(undefined);
      await clock.advance(1);
      await ended;
    },
    /** Asks for a list that does not come, and stops. */
    drain: async (): Promise<void> => {
      const next = lists.next();
      await clock.advance(1);
      stop.abort();
      await clock.advance(1);
      expect(await next).toEqual({ done: true, value: undefined });
    },
  };
}

const idsOf = (messages: readonly FillMessage[]): string[] =>
  messages.map((each) => (each.type === 'fill' ? each.entry.id : `${each.type} ${reasonOf(each)}`));
const reasonOf = (message: FillMessage): string => (message.type === 'gap' ? message.reason : '');

describe('offsets', () => {
  test('are committed when the next list is asked for, and not before', async () => {
    const all = world({ listSize: 2 });
    for (let number = 1; number <= 5; number++) all.trade(number);
    const { next, drain } = reader(all);
    expect([await next(), all.topic.committed.get(0)]).toEqual([['f1', 'f2'], undefined]);
    expect([await next(), all.topic.committed.get(0)]).toEqual([['f3', 'f4'], 2]);
    expect([await next(), all.topic.committed.get(0)]).toEqual([['f5'], 4]);
    await drain();
    expect(all.topic.committed.get(0)).toBe(5);
    expect(all.stream.stats()).toMatchObject({
      batches: 1,
      records: 5,
      fillRecords: 5,
      fills: 5,
      rejected: {},
    });
    expect([all.clock.pending, all.topic.consumers.size, all.errors]).toEqual([0, 0, []]);
  });

  test('of a list that was processed are committed when reading ends right after it', async () => {
    const all = world();
    all.trade(1);
    const stop = new AbortController();
    const lists = all.stream.read({ signal: stop.signal });
    const first = lists.next();
    await all.clock.advance(1);
    await first;
    const next = lists.next();
    stop.abort();
    await all.clock.advance(1);
    expect(await next).toMatchObject({ done: true });
    expect(all.topic.committed.get(0)).toBe(1);
  });

  test('of a list that was not processed are not, and it comes again', async () => {
    const all = world();
    all.trade(1);
    const first = reader(all);
    expect(await first.next()).toEqual(['f1']);
    await first.stop();
    expect(all.topic.committed.size).toBe(0);
    const second = reader(all);
    expect(await second.next()).toEqual(['f1']);
    await second.drain();
    expect(all.topic.committed.get(0)).toBe(1);
  });

  test('are those of the lists before when the signal fires while a list is processed: the consumer disconnects at once', async () => {
    const all = world();
    all.trade(1);
    const stop = new AbortController();
    const lists = all.stream.read({ signal: stop.signal });
    const first = lists.next();
    await all.clock.advance(1);
    await first;
    stop.abort();
    await all.clock.advance(1);
    expect([all.topic.consumers.size, all.clock.pending]).toEqual([0, 0]);
    expect(await lists.next()).toMatchObject({ done: true });
  });

  test('while a list is processed for hours, the consumer stays in the group', async () => {
    const all = world();
    all.trade(1);
    const { next, drain } = reader(all);
    await next();
    const [consumer] = all.topic.consumers;
    await all.clock.advance(60_000);
    expect(consumer!.heartbeats).toBe(60);
    await drain();
    expect([all.topic.committed.get(0), all.errors]).toEqual([1, []]);
  });

  test('of a partition that was revoked meanwhile are not committed, and its records come again', async () => {
    const all = world();
    all.trade(1);
    const { next, drain } = reader(all);
    await next();
    const [consumer] = all.topic.consumers;
    consumer!.rebalance = new Error('The group is rebalancing');
    await all.clock.advance(1000);
    expect(await next()).toEqual(['f1']);
    expect(all.topic.committed.size).toBe(0);
    await drain();
    expect(all.topic.committed.get(0)).toBe(1);
    expect(all.stream.stats()).toMatchObject({ rebalances: 1, gaps: 0 });
  });
});

describe('a list that nobody has asked for yet', () => {
  test('comes once when the group rebalances', async () => {
    const all = world();
    const { lists, next, drain } = reader(all);
    all.trade(1);
    expect(await next()).toEqual(['f1']);
    const [consumer] = all.topic.consumers;
    // The reader is busy with f1, and f1 comes again: it waits in line.
    for (let round = 0; round < 2; round++) {
      consumer!.rebalance = new Error('The group is rebalancing');
      await all.clock.advance(1000);
    }
    const second = lists.next();
    await all.clock.advance(1);
    expect(idsOf((await second).value as FillMessage[])).toEqual(['f1']);
    await drain();
    expect(all.topic.committed.get(0)).toBe(1);
  });
});

describe('where reading starts', () => {
  const committedAt2 = (): SimulatedTopic => {
    const topic = new SimulatedTopic();
    topic.committed.set(0, 2);
    return topic;
  };
  const admin = (topic: SimulatedTopic) => ({ client: () => topic.admin(), groupId: 'books' });

  test.each<[string, KafkaFillStreamOptions['from'], string[]]>([
    ['at the committed offset', undefined, ['f3', 'f4']],
    ['at the beginning', 'beginning', ['f1', 'f2', 'f3', 'f4']],
    ['at a time', START + 2, ['f2', 'f3', 'f4']],
  ])('%s', async (_, from, expected) => {
    const topic = committedAt2();
    const all = world({ ...(from === undefined ? {} : { from }), admin: admin(topic) }, topic);
    for (let number = 1; number <= 4; number++) all.trade(number);
    const first = reader(all);
    expect(await first.next()).toEqual(expected);
    await first.drain();
    // Once this stream has committed an offset, it counts.
    all.trade(5);
    const second = reader(all);
    expect(await second.next()).toEqual(['f5']);
    await second.drain();
    expect(topic.admins.filter((each) => each === 'connect').length).toBe(
      topic.admins.filter((each) => each === 'disconnect').length,
    );
  });

  test('at the beginning makes no gap of what the group had not read', async () => {
    const topic = committedAt2();
    const all = world({ from: 'beginning', admin: admin(topic) }, topic);
    for (let number = 1; number <= 4; number++) all.trade(number);
    topic.deleteBefore(3);
    const { next, drain } = reader(all);
    expect(await next()).toEqual(['f4']);
    await drain();
  });

  test('anywhere else than at the committed offset needs a consumer that can seek', async () => {
    const topic = new SimulatedTopic();
    const consumer = () => {
      const { connect, disconnect, run, subscribe } = topic.consumer();
      return { connect, disconnect, run, subscribe };
    };
    const all = world({ consumer, from: 'beginning' });
    await expect(all.stream.read().next()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('records that were deleted before they were read', () => {
  test('while the stream was away are a gap first, if it may ask the brokers', async () => {
    const topic = new SimulatedTopic();
    const admin = { client: () => topic.admin(), groupId: 'books' };
    const all = world({ admin }, topic);
    for (let number = 1; number <= 4; number++) all.trade(number);
    topic.committed.set(0, 1);
    topic.deleteBefore(3);
    const { next, drain } = reader(all);
    expect(await next()).toEqual(['gap deleted']);
    expect(await next()).toEqual(['f4']);
    await drain();
    const again = reader(all);
    await again.drain();
    expect(all.stream.stats().gaps).toBe(1);
  });

  test('are a gap before the next fill, from the last record before to the first one after', async () => {
    const all = world({ listSize: 2 });
    all.trade(1);
    const { lists, next, drain } = reader(all);
    expect(await next()).toEqual(['f1']);
    const waiting = lists.next();
    await all.clock.advance(1);
    all.topic.break();
    for (let number = 2; number <= 6; number++) all.trade(number);
    all.topic.deleteBefore(3);
    all.topic.restore();
    await all.clock.advance(1);
    const { value } = (await waiting) as { value: FillMessage[] };
    expect(idsOf(value)).toEqual(['gap deleted', 'f4', 'f5']);
    expect(value[0]).toEqual({
      type: 'gap',
      account: null,
      from: START + 1,
      to: START + 4,
      reason: 'deleted',
    });
    expect(await next()).toEqual(['f6']);
    await drain();
  });

  test('are none where the brokers say that the offsets are those of an aborted transaction', async () => {
    const topic = new SimulatedTopic();
    const oldest = { partition: 0, low: '0', high: '9' };
    const client = () => ({ ...topic.admin(), fetchTopicOffsets: async () => [oldest] });
    const all = world({ admin: { client, groupId: 'books' } }, topic);
    all.trade(1);
    const { lists, next, drain } = reader(all);
    await next();
    const waiting = lists.next();
    await all.clock.advance(1);
    topic.break();
    for (let number = 2; number <= 4; number++) all.trade(number);
    topic.deleteBefore(3);
    topic.restore();
    await all.clock.advance(1);
    expect(idsOf((await waiting).value as FillMessage[])).toEqual(['f4']);
    await drain();
  });
});

describe('records that cannot be read', () => {
  test('are counted, reported once for each reason, and a gap in their list; the others are delivered', async () => {
    const all = world();
    const bad = ['{', '[]', '{"id":"f9","at":1,"type":"buy"}', '{', null];
    for (const [at, value] of bad.entries()) all.topic.append('U1', value, 0, String(START + 10 + at));
    all.topic.append(null, JSON.stringify(buy(3)), 0, String(START + 20));
    all.trade(1);
    const { next, drain, lists } = reader(all);
    expect(await next()).toEqual(['gap unreadable', 'f1']);
    await drain();
    expect(all.stream.stats()).toMatchObject({
      records: 7,
      fillRecords: 1,
      gaps: 1,
      rejected: {
        'malformed-json': 2,
        'not-an-object': 1,
        'invalid-entry': 1,
        'no-value': 1,
        'no-account': 1,
      },
    });
    expect(all.errors.map(({ code, message }) => `${code} ${message.split(' Others')[0]}`)).toEqual([
      'MALFORMED_INPUT KafkaFillStream: the record of fills/0 at offset 0 cannot be read: malformed-json',
      'MALFORMED_INPUT KafkaFillStream: the record of fills/0 at offset 1 cannot be read: not-an-object',
      expect.stringMatching(
        / at offset 2 cannot be read: invalid-entry: Entry "f9": symbol: expected a value/,
      ),
      'MALFORMED_INPUT KafkaFillStream: the record of fills/0 at offset 4 cannot be read: no-value',
      'MALFORMED_INPUT KafkaFillStream: the record of fills/0 at offset 5 cannot be read: no-account',
    ]);
    expect(all.topic.committed.get(0)).toBe(7);
    await lists.return(undefined);
  });

  test('are sent to the topic of dead letters, with the reason', async () => {
    const sent: unknown[] = [];
    const producer = { send: async (record: unknown) => void sent.push(record) };
    const all = world({
      deadLetters: { producer, topic: 'dead' },
      decode: () => {
        throw new Error('no such trade');
      },
    });
    all.trade(1);
    const { next, drain } = reader(all);
    expect(await next()).toEqual(['gap unreadable']);
    await drain();
    expect(sent).toMatchObject([
      {
        topic: 'dead',
        messages: [{ headers: { 'tickmark-reason': 'decoder-threw', 'tickmark-offset': '0' } }],
      },
    ]);
    expect(all.errors[0]!.message).toContain('decoder-threw: no such trade');
    expect(all.stream.stats().deadLetters).toBe(1);
  });
});

describe('a broken link', () => {
  test('is reported and retried; what was committed does not come again', async () => {
    const all = world();
    all.trade(1);
    const { lists, next, drain } = reader(all);
    await next();
    const waiting = lists.next();
    await all.clock.advance(1);
    all.topic.break();
    all.trade(2);
    await all.clock.advance(5000);
    all.topic.restore();
    await all.clock.advance(1);
    expect(idsOf((await waiting).value as FillMessage[])).toEqual(['f2']);
    await drain();
    expect(all.errors.map(({ code, retryable }) => [code, retryable])).toEqual([['STREAM_FAILED', true]]);
    expect(all.stream.stats()).toMatchObject({ crashes: 1, gaps: 0 });
  });

  test('from which the consumer does not restart makes a new consumer', async () => {
    const all = world();
    const { lists, drain } = reader(all);
    const waiting = lists.next();
    await all.clock.advance(1);
    const [old] = all.topic.consumers;
    old!.crash(new Error('broken'), false);
    await all.clock.advance(1000);
    const [now] = all.topic.consumers;
    expect([all.topic.consumers.size, now === old, old!.listeners]).toEqual([1, false, 0]);
    all.trade(1);
    await all.clock.advance(1);
    expect(idsOf((await waiting).value as FillMessage[])).toEqual(['f1']);
    await drain();
  });

  test('at the start is retried, and connecting ends with the signal', async () => {
    const all = world();
    all.topic.refusal = new Error('no broker');
    const { drain } = reader(all);
    const stopped = drain();
    await stopped;
    expect(all.errors.map(({ code }) => code)).toContain('STREAM_FAILED');
    expect(all.clock.pending).toBe(0);
  });

  test('where the brokers refuse the login ends reading', async () => {
    const all = world();
    all.topic.refusal = Object.assign(new Error('denied'), { name: 'KafkaJSSASLAuthenticationError' });
    await expect(all.stream.read().next()).rejects.toMatchObject({ code: 'UNAUTHORIZED', retryable: false });
    expect(all.clock.pending).toBe(0);
  });

  test('that is silent is reported once', async () => {
    const all = world({ silenceMs: 1000 });
    const { lists, drain } = reader(all);
    const waiting = lists.next();
    await all.clock.advance(5000);
    expect(all.errors.map(({ message }) => message)).toEqual([
      'KafkaFillStream: no broker has responded for 1000 ms; reading continues when one does.',
    ]);
    all.trade(1);
    await all.clock.advance(1);
    expect(idsOf((await waiting).value as FillMessage[])).toEqual(['f1']);
    await drain();
  });

  test('does not keep a question to the brokers waiting after the signal', async () => {
    const topic = new SimulatedTopic();
    const client = () => ({ ...topic.admin(), fetchOffsets: () => new Promise<never>(() => undefined) });
    const all = world({ admin: { client, groupId: 'books' } }, topic);
    await reader(all).drain();
    expect([all.clock.pending, topic.admins]).toEqual([0, ['connect', 'disconnect']]);
  });

  test('does not keep reading from ending when its consumer does not disconnect', async () => {
    const topic = new SimulatedTopic();
    const consumer = () =>
      Object.assign(topic.consumer(), { disconnect: () => new Promise<never>(() => undefined) });
    const all = world({ consumer, closeTimeoutMs: 500 }, topic);
    const stop = new AbortController();
    const waiting = all.stream.read({ signal: stop.signal }).next();
    await all.clock.advance(1);
    stop.abort();
    await all.clock.advance(500);
    expect(await waiting).toMatchObject({ done: true });
    expect(all.errors.map(({ code }) => code)).toEqual(['TIMEOUT']);
  });
});

describe('options', () => {
  test.each<[string, object]>([
    ['a consumer that is no function', { consumer: {} }],
    ['no topic', { topic: '' }],
    ['an unknown start', { from: 'end' }],
    ['a negative time', { from: -1, admin: { client: () => null, groupId: 'g' } }],
    ['a time without an admin', { from: START }],
    ['an admin without a group', { admin: { client: () => null, groupId: '' } }],
    ['a decoder that is no function', { decode: 'json' }],
    ['lists of no record', { listSize: 0 }],
    ['no time to connect', { connectTimeoutMs: 0 }],
    ['no time to close', { closeTimeoutMs: NaN }],
    ['dead letters without a producer', { deadLetters: { topic: 'dead' } }],
  ])('%s are refused', (_, options) => {
    expect(caught(() => world(options))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

fillStreamConformance(runner, {
  createHarness: () => {
    const topic = new SimulatedTopic(2);
    const { clock, stream, trade } = world({ listSize: 3 }, topic);
    return {
      stream,
      account: 'U1',
      trade: (number) => trade(number, number % 2),
      link: {
        break: () => Promise.resolve(topic.break()),
        restore: () => Promise.resolve(topic.restore()),
      },
      advance: (ms) => clock.advance(ms),
      pending: () => clock.pending + topic.consumers.size,
      dispose: () => undefined,
    };
  },
  supports: { link: true },
});
