import { describe, expect, test } from 'vitest';
import { eventBusConformance, FakeClock } from '../../src/conformance/index.js';
import { BUS_GAP, type DomainEvent } from '../../src/core/messaging/event-bus.js';
import { seededRandom } from '../../src/core/random.js';
import { KafkaEventBus, type KafkaEventBusOptions } from '../../src/kafka/index.js';
import { runner } from '../conformance/without-skips.js';
import { STATE_CODEC } from './bus-clients.js';
import { SimulatedBroker, SimulatedLink } from './simulated-broker.js';

const MAX_BACKLOG = 50;

describe.each([
  ['at most once', { maxBacklog: MAX_BACKLOG, codecs: [STATE_CODEC] }],
  ['at least once', { delivery: 'at-least-once' }],
  ['at least once, in groups', { delivery: 'at-least-once', group: 'own' }],
] as ReadonlyArray<[string, KafkaEventBusOptions]>)(
  'KafkaEventBus over a simulated broker, %s',
  (name, options) => {
    eventBusConformance(runner, {
      createHarness: () => {
        const clock = new FakeClock();
        const broker = new SimulatedBroker();
        const links = [new SimulatedLink(broker), new SimulatedLink(broker)] as const;
        let number = 0;
        const [bus, peer] = links.map((link) => {
          const opened = new KafkaEventBus(broker.clients(link), { clock, createTopics: {}, ...options });
          if (!options.group) return opened;
          // Members of a group share events: each subscription has one of its own.
          const subscribe = opened.subscribe.bind(opened);
          return Object.assign(opened, {
            subscribe: ((type, handler) =>
              subscribe(type, handler, { group: `group ${++number}` })) as KafkaEventBus['subscribe'],
          });
        }) as [KafkaEventBus, KafkaEventBus];
        return {
          bus,
          peer,
          link: { break: () => links[0].cut(), restore: () => links[0].mend() },
          advance: (ms) => clock.advance(ms),
          dispose: async () => {
            await Promise.all([bus.close({ timeoutMs: 0 }), peer.close({ timeoutMs: 0 })]);
          },
        };
      },
      timing: { timeoutMs: 20_000 },
      supports: {
        peer: true,
        link: true,
        ...(name === 'at most once' && { conflation: true, maxBacklog: MAX_BACKLOG }),
      },
    });
  },
);

interface Note extends DomainEvent {
  readonly n: number;
}

const note = (n: number, type = 'note'): Note => ({ type, id: String(n), occurredAt: n, n });

function setUp(options: KafkaEventBusOptions = {}) {
  const clock = new FakeClock();
  const broker = new SimulatedBroker();
  const link = new SimulatedLink(broker);
  const errors: string[] = [];
  const log: string[] = [];
  const random = seededRandom(7);
  const open = (own: KafkaEventBusOptions = {}) => {
    const bus = new KafkaEventBus(broker.clients(link), {
      clock,
      random,
      createTopics: { partitions: 4 },
      onError: ({ code, message }) => errors.push(`${code} ${message}`),
      ...options,
      ...own,
    });
    return bus;
  };
  const bus = open();
  const outcome = (publishing: Promise<void>): string[] => {
    const outcomes: string[] = [];
    publishing.then(
      () => outcomes.push('accepted'),
      (error: Error & { code: string; retryable: boolean }) =>
        outcomes.push(`${error.code}${error.retryable ? ', retryable' : ''}: ${error.message}`),
    );
    return outcomes;
  };
  const listen = (to = bus): void => {
    to.subscribe(BUS_GAP, ({ lost }) => void log.push(`gap ${lost}`));
    to.subscribe<Note>('note', ({ n }) => void log.push(String(n)));
  };
  return { clock, broker, link, bus, open, errors, log, outcome, listen };
}

describe('publishing', () => {
  test('what is published while a request is on its way goes into the next one, in order', async () => {
    const { clock, broker, bus } = setUp();
    await bus.publish(note(0));
    let open = (): void => undefined;
    broker.gate = new Promise((resolve) => (open = resolve));
    const all = [bus.publish(note(1)), bus.publish([note(2), note(3, 'other')]), bus.publish(note(4))];
    await clock.settle();
    all.push(bus.publish(note(5)), bus.publish(note(6)));
    open();
    await Promise.all(all);
    expect(broker.requests.slice(1)).toEqual([
      { 'tickmark.note': ['1', '2', '4'], 'tickmark.other': ['3'] },
      { 'tickmark.note': ['5', '6'] },
    ]);
    await bus.close();
  });

  test('one request sends no more to a partition than brokers append at once', async () => {
    const { broker, bus } = setUp({ maxMessageBytes: 1_000 });
    await bus.publish(Array.from({ length: 10 }, (_, n) => note(n)));
    expect(broker.requests.length).toBeGreaterThan(2);
    expect(broker.requests.flatMap((request) => request['tickmark.note'])).toEqual(
      Array.from({ length: 10 }, (_, n) => String(n)),
    );
    await bus.close();
  });

  test('without createTopics, a topic that is missing is named', async () => {
    const clock = new FakeClock();
    const broker = new SimulatedBroker();
    const bus = new KafkaEventBus(broker.clients(new SimulatedLink(broker)), { clock });
    await expect(bus.publish(note(1))).rejects.toMatchObject({
      code: 'BUS_FAILED',
      retryable: false,
      message: expect.stringMatching(/topic "tickmark.note" does not exist.*createTopics/) as string,
    });
    await bus.close();
  });

  test('a topic that was just created is waited for', async () => {
    const { clock, broker, bus, outcome } = setUp();
    broker.unknownFor = 3;
    const sent = outcome(bus.publish(note(1)));
    await clock.settle();
    expect(sent).toEqual([]);
    await clock.advance(200);
    expect(sent).toEqual(['accepted']);
    await bus.close();
  });

  test('what nobody answers is rejected after publishTimeoutMs, and another producer is made', async () => {
    const { clock, broker, bus, outcome } = setUp({ publishTimeoutMs: 5_000 });
    await bus.publish(note(1));
    broker.isMute = true;
    const [first, second] = [outcome(bus.publish(note(2))), outcome(bus.publish(note(3)))];
    await clock.advance(4_999);
    expect([first, second]).toEqual([[], []]);
    await clock.advance(1);
    expect(first[0]).toMatch(
      /BUS_FAILED, retryable.*no answer within 5000 ms; it is unknown whether Kafka got/,
    );
    broker.isMute = false;
    await bus.publish(note(4));
    expect(broker.producers).toBe(2);
    expect(bus.stats()).toMatchObject({ published: 2, rejected: 2 });
    await bus.close();
  });

  test('an event that the brokers refuse fails alone, and what they cannot decide is retryable', async () => {
    const { clock, broker, bus, outcome } = setUp();
    await bus.publish([note(0), note(0, 'bad')]);
    const refusal = { name: 'KafkaJSProtocolError', type: 'TOPIC_AUTHORIZATION_FAILED', retriable: false };
    broker.refusals.set('tickmark.bad', Object.assign(new Error('Not authorized to access topics'), refusal));
    const outcomes = [note(1), note(2, 'bad'), note(3)].map((each) => outcome(bus.publish(each)));
    await clock.settle();
    expect(outcomes[0]).toEqual(['accepted']);
    expect(outcomes[1]![0]).toMatch(
      /^UNAUTHORIZED: KafkaEventBus: publish\(\): Kafka refuses the events: Not auth/,
    );
    expect(outcomes[2]).toEqual(['accepted']);
    const tried = { name: 'KafkaJSNumberOfRetriesExceeded', retriable: false };
    broker.refusals.set('tickmark.bad', Object.assign(new Error('timed out'), tried));
    const late = outcome(bus.publish(note(4, 'bad')));
    await clock.settle();
    expect(late[0]).toMatch(/^BUS_FAILED, retryable: .*unknown whether Kafka got the events: timed out/);
    await bus.close();
  });

  test('records for partitions that the client leaves out are sent by another producer', async () => {
    const { clock, broker, bus, log, listen } = setUp({ lookEveryMs: 1_000 });
    listen();
    await bus.publish(note(1));
    broker.topics.get('tickmark.note')!.push([], [], []);
    await clock.advance(2_000);
    const portfolios = Array.from({ length: 20 }, (_, n) => ({ ...note(10 + n), portfolioId: `p ${n}` }));
    await bus.publish(note(2));
    await clock.settle();
    await bus.publish(portfolios);
    expect(broker.topics.get('tickmark.note')!.filter((records) => records.length > 0)).toHaveLength(4);
    await clock.advance(2_000);
    expect(new Set(log)).toEqual(new Set(['1', '2', 'gap null', ...portfolios.map(({ n }) => String(n))]));
    expect(broker.producers).toBe(2);
    await bus.close();
  });

  test('while no producer can connect, publish() is rejected at once', async () => {
    const { clock, link, bus, outcome } = setUp();
    link.cut();
    const first = outcome(bus.publish(note(1)));
    await clock.settle();
    expect(first[0]).toMatch(
      /^BUS_FAILED, retryable: KafkaEventBus: connecting the producer: .*ECONNREFUSED/,
    );
    const second = outcome(bus.publish(note(2)));
    await clock.settle();
    expect(second).toHaveLength(1);
    link.mend();
    await clock.advance(1_000);
    await bus.publish(note(3));
    await bus.close();
  });

  test('the order is kept when the first events of a topic wait for its partitions', async () => {
    const { broker, bus } = setUp();
    await Promise.all([bus.publish(note(1)), bus.publish(note(2, 'other')), bus.publish(note(3))]);
    expect(broker.requests).toEqual([{ 'tickmark.note': ['1', '3'], 'tickmark.other': ['2'] }]);
    await bus.close();
  });
});

describe('reading', () => {
  test('what is published right after subscribe() is heard, and nothing from before', async () => {
    const { clock, bus, log, listen, open } = setUp();
    await bus.publish(note(1));
    listen();
    await bus.publish(note(2));
    await clock.settle();
    expect(log).toEqual(['2']);
    const late = open();
    listen(late);
    await late.publish(note(3));
    await clock.settle();
    expect(log).toEqual(['2', '3', '3']);
    await Promise.all([bus.close(), late.close()]);
  });

  test('a broken link loses nothing, and is no gap; a subscription made meanwhile has one', async () => {
    const { clock, broker, link, bus, log, listen, errors } = setUp();
    const peer = new KafkaEventBus(broker.clients(new SimulatedLink(broker)), { clock });
    listen();
    await bus.publish(note(1));
    await clock.settle();
    link.cut();
    bus.subscribe('late', () => undefined);
    await peer.publish([note(2), note(3)]);
    await clock.advance(10_000);
    expect(log).toEqual(['1']);
    link.mend();
    await clock.advance(10_000);
    expect(log.sort()).toEqual(['1', '2', '3', 'gap null']);
    expect(errors.every((error) => /BUS_FAILED.*ECONNREFUSED/.test(error))).toBe(true);
    expect(errors.length).toBeLessThanOrEqual(4);
    await Promise.all([bus.close(), peer.close()]);
  });

  test('why a consumer of a group crashes is reported, once a minute however often it does', async () => {
    const { clock, link, bus, errors } = setUp({ delivery: 'at-least-once', group: 'desk' });
    bus.subscribe('note', () => undefined);
    await clock.settle();
    const crashes = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) {
        link.cut();
        link.mend();
        await clock.advance(1_000);
      }
    };
    await crashes(20);
    expect(errors.filter((error) => /the consumer crashed.*ECONNREFUSED/.test(error))).toHaveLength(1);
    await clock.advance(60_000);
    await crashes(1);
    expect(errors.filter((error) => /the consumer crashed/.test(error))).toHaveLength(2);
    await bus.close();
  });

  test('after a break another group is used, which goes on from where the last one was', async () => {
    const { clock, broker, link, bus, listen } = setUp();
    listen();
    await bus.publish([note(1), note(2)]);
    await clock.settle();
    const groups = (): string[] => [...broker.consumers].map(({ groupId }) => groupId);
    const before = groups();
    link.cut();
    await clock.settle();
    link.mend();
    await clock.advance(1_000);
    expect(groups()).toHaveLength(1);
    expect(groups()).not.toEqual(before);
    expect(broker.seeks).toEqual(['0@0', '0@2']);
    expect([...broker.committed]).toEqual([]);
    expect(bus.stats().reconnects).toBe(1);
    await bus.close();
  });

  test.each([{}, { delivery: 'at-least-once' }] as const)(
    'what was read is not delivered again, wherever the client begins (%j)',
    async (options) => {
      const { clock, broker, link, bus, log, listen } = setUp(options);
      await bus.publish(note(1));
      broker.obeysSeeks = false;
      listen();
      await bus.publish([note(2), note(3)]);
      await clock.settle();
      link.cut();
      link.mend();
      await clock.advance(1_000);
      await bus.publish(note(4));
      await clock.settle();
      expect(log).toEqual(['2', '3', '4']);
      expect(bus.stats().duplicates).toBe(0);
      await bus.close();
    },
  );

  test('records that are deleted unread are a gap, before the oldest that exist', async () => {
    const { clock, broker, link, bus, log, listen } = setUp();
    const peer = new KafkaEventBus(broker.clients(new SimulatedLink(broker)), { clock });
    listen();
    await bus.publish(note(1));
    await clock.settle();
    link.cut();
    await peer.publish([note(2), note(3), note(4)]);
    broker.deleteBefore('tickmark.note', 3);
    link.mend();
    await clock.advance(1_000);
    expect(log).toEqual(['1', 'gap null', '4']);
    await Promise.all([bus.close(), peer.close()]);
  });

  test('a topic that is made anew is a gap, and read from its beginning', async () => {
    const { clock, broker, bus, log, listen } = setUp();
    const peer = new KafkaEventBus(broker.clients(new SimulatedLink(broker)), { clock });
    listen();
    await bus.publish([note(1), note(2)]);
    await clock.settle();
    broker.create('tickmark.note', 1);
    await peer.publish(note(3));
    await clock.advance(5_000);
    expect(log).toEqual(['1', '2', 'gap null', '3']);
    await Promise.all([bus.close(), peer.close()]);
  });

  test('what a publisher has given up is a gap that counts it, and what it sends twice is heard once', async () => {
    const { clock, broker, bus, log, listen, open } = setUp();
    listen();
    const publisher = open();
    await publisher.publish([note(1), note(2), note(3), note(4)]);
    await clock.settle();
    const [one, two, , four] = broker.topics.get('tickmark.note')![0]!;
    const other = { ce_source: 'another' };
    const again = (record: typeof one): void => {
      const { key, value, headers } = record!;
      broker.append('tickmark.note', { key, value, headers: { ...headers, ...other } });
    };
    again(one);
    again(two);
    again(two);
    again(four);
    await clock.settle();
    expect(log).toEqual(['1', '2', '3', '4', '1', '2', 'gap 1', '4']);
    expect(bus.stats()).toMatchObject({ lost: 1, duplicates: 1 });
    await Promise.all([bus.close(), publisher.close()]);
  });

  test('a topic is not read any longer when nothing of it is subscribed', async () => {
    const { clock, broker, bus } = setUp();
    const ends = [bus.subscribe('note', () => undefined), bus.subscribe('note', () => undefined)];
    await bus.publish(note(1));
    await clock.settle();
    ends[0]!();
    await clock.settle();
    expect(broker.consumers.size).toBe(1);
    ends[1]!();
    await clock.settle();
    expect(broker.consumers.size).toBe(0);
    await bus.close();
    expect(clock.pending).toBe(0);
  });

  test('close() ends every consumer, timer and look, also while the link is broken', async () => {
    const { clock, broker, link, bus, listen } = setUp();
    listen();
    await bus.publish(note(1));
    await clock.settle();
    link.cut();
    await clock.advance(700);
    const closing = bus.close({ timeoutMs: 500 });
    await clock.advance(500);
    await closing;
    link.mend();
    await clock.advance(60_000);
    expect([broker.consumers.size, clock.pending]).toEqual([0, 0]);
  });
});

describe('at least once, in a group', () => {
  const group = { delivery: 'at-least-once', group: 'booking', retryDelayMs: 10 } as const;

  test('an offset is committed when everything before it is handled', async () => {
    const { clock, broker, bus, open } = setUp(group);
    const heard: number[] = [];
    let isDown = true;
    bus.subscribe<Note>('note', async ({ n }) => {
      heard.push(n);
      if (n === 2 && isDown) throw new Error('the store is down');
    });
    await bus.publish([note(1), note(2), note(3)]);
    await clock.settle();
    expect(heard).toEqual([1, 2]);
    await bus.close();
    isDown = false;
    const next = open();
    next.subscribe<Note>('note', ({ n }) => void heard.push(n));
    await clock.advance(1_000);
    expect(heard.slice(2).filter((n) => n > 1)).toEqual([2, 3]);
    expect([...broker.committed]).toEqual([['booking.note tickmark.note 0', 3]]);
    await next.close();
  });

  test('what a producer sent twice is handled once', async () => {
    const { clock, broker, bus } = setUp(group);
    const heard: number[] = [];
    bus.subscribe<Note>('note', ({ n }) => void heard.push(n));
    await bus.publish([note(1), note(2)]);
    const [first] = broker.topics.get('tickmark.note')![0]!;
    broker.append('tickmark.note', { key: first!.key, value: first!.value, headers: { ...first!.headers } });
    await bus.publish(note(3));
    await clock.settle();
    expect(heard).toEqual([1, 2, 3]);
    expect(bus.stats()).toMatchObject({ duplicates: 1, handled: 3 });
    await bus.close();
  });

  test('what a handler has not finished when close() gives up is not committed', async () => {
    const { clock, broker, bus } = setUp(group);
    bus.subscribe<Note>('note', async ({ n }) => (n === 2 ? new Promise(() => undefined) : undefined));
    await bus.publish([note(1), note(2), note(3)]);
    await clock.settle();
    const closing = bus.close({ timeoutMs: 100 });
    await clock.advance(100);
    await closing;
    await clock.settle();
    expect([...broker.committed.values()]).toEqual([1]);
  });

  test('a group with offsets goes on there, one without begins at the end', async () => {
    const { clock, bus, open } = setUp(group);
    const heard: string[] = [];
    await bus.publish(note(1));
    const end = bus.subscribe<Note>('note', ({ n }) => void heard.push(`first ${n}`));
    await clock.settle();
    end();
    await clock.settle();
    await bus.publish(note(2));
    const other = open({ group: 'other' });
    other.subscribe<Note>('note', ({ n }) => void heard.push(`other ${n}`));
    bus.subscribe<Note>('note', ({ n }) => void heard.push(`second ${n}`));
    await other.publish(note(3));
    await clock.settle();
    expect(heard.sort()).toEqual(['other 3', 'second 2', 'second 3']);
    await Promise.all([bus.close(), other.close()]);
  });

  test('after maxDeliveries an event goes to the dead-letter topic, as soon as that takes it', async () => {
    const { clock, broker, bus, errors } = setUp({ ...group, maxDeliveries: 2 });
    const heard: number[] = [];
    bus.subscribe<Note>('note', ({ n }) => {
      heard.push(n);
      if (n === 1) throw new Error('no');
    });
    await bus.publish(note(0));
    broker.create('tickmark.dead', 1);
    broker.refusals.set('tickmark.dead', new Error('not now'));
    await bus.publish([note(1), note(2)]);
    await clock.advance(3_000);
    expect(heard).toEqual([0, 1, 1]);
    broker.refusals.clear();
    await clock.advance(2_000);
    expect(heard).toEqual([0, 1, 1, 2]);
    const [dead] = broker.topics.get('tickmark.dead')![0]!;
    expect(dead!.headers).toMatchObject({ ce_id: '1', 'tickmark-reason': 'HANDLER_FAILED: no' });
    expect(errors.filter((error) => error.startsWith('HANDLER_FAILED'))).toHaveLength(2);
    expect(errors.filter((error) => error.includes('not now'))).toHaveLength(1);
    await bus.close();
  });
});

describe('options', () => {
  const broker = new SimulatedBroker();
  const clients = broker.clients(new SimulatedLink(broker));

  test.each([
    [{ delivery: 'exactly-once' }, /delivery/],
    [{ group: 'booking' }, /group.*at-least-once/],
    [{ delivery: 'at-least-once', group: '' }, /group/],
    [{ values: 'all' }, /values/],
    [{ prefix: 'a b' }, /prefix/],
    [{ topics: { note: '' } }, /topics\["note"\]/],
    [{ createTopics: { partitions: 0 } }, /createTopics.partitions/],
    [{ createTopics: { replicationFactor: 0 } }, /createTopics.replicationFactor/],
    [{ maxDeliveries: 0 }, /maxDeliveries/],
    [{ publishTimeoutMs: 0 }, /publishTimeoutMs/],
    [{ maxBacklog: 0 }, /maxBacklog/],
    [{ maxMessageBytes: 0 }, /maxMessageBytes/],
    [{ encoding: 'avro' }, /encoding/],
  ] as ReadonlyArray<[object, RegExp]>)('%j is refused', (options, message) => {
    expect(() => new KafkaEventBus(clients, options)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(message) as string,
      }),
    );
  });

  test('clients are functions that make them', () => {
    expect(() => new KafkaEventBus({ ...clients, admin: {} as never })).toThrow(/admin: expected a function/);
  });

  test('a consumer without events is refused with a word, and the process stays up', async () => {
    const clock = new FakeClock();
    const errors: string[] = [];
    const bus = new KafkaEventBus(
      { ...clients, consumer: (id) => ({ ...clients.consumer(id), on: undefined }) as never },
      { clock, createTopics: {}, onError: ({ message }) => errors.push(message) },
    );
    bus.subscribe('note', () => undefined);
    await clock.settle();
    expect(errors[0]).toMatch(/expected one with events \(on\(\)\) and seek\(\)/);
    await bus.close();
  });
});
