import type { Admin, Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUS_GAP, type BusGapEvent, type DomainEvent } from '../../src/core/messaging/event-bus.js';
import { KafkaEventBus, type KafkaEventBusOptions } from '../../src/kafka/index.js';
import {
  addPartitions,
  connected,
  deleteRecords,
  freshName,
  makeTopicAnew,
} from '../fills/kafka/kafka-wire.js';
import { kafkaServer } from '../servers/kafka-broker.js';
import { until } from '../waiting.js';
import { UNHURRIED, busClients } from './bus-clients.js';
import { topicRecords } from './topic-records.js';

const server = await kafkaServer();

interface Note extends DomainEvent {
  readonly n: number;
  readonly portfolioId?: string;
}

const note = (n: number, portfolioId?: string): Note => ({
  type: 'note',
  id: String(n),
  occurredAt: n,
  n,
  ...(portfolioId !== undefined && { portfolioId }),
});

const openBus = (prefix: string, options: KafkaEventBusOptions = {}) => {
  const errors: string[] = [];
  const { wire, clients } = busClients(server!);
  const bus = new KafkaEventBus(clients, {
    prefix,
    ...UNHURRIED,
    lookEveryMs: 200,
    onError: ({ message }) => errors.push(message),
    ...options,
  });
  const log: string[] = [];
  const gaps: BusGapEvent[] = [];
  bus.subscribe(BUS_GAP, (gap) => {
    gaps.push(gap);
    log.push('gap');
  });
  return { wire, bus, errors, log, gaps };
};

/** How many partitions have records. Asked over a connection of its own: one that is kept does not see new partitions for minutes. */
const filledPartitions = async (topic: string): Promise<number> => {
  const { admin, producer } = await connected(server!);
  // What was just made has no leader for a moment.
  const offsets = await admin.fetchTopicOffsets(topic).catch(() => []);
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  return offsets.filter(({ high }) => high !== '0').length;
};

describe.skipIf(!server)('KafkaEventBus, when topics change', { concurrent: true }, () => {
  let producer: Producer;
  let admin: Admin;

  beforeAll(async () => {
    ({ producer, admin } = await connected(server!));
  });
  afterAll(async () => {
    await Promise.all([producer?.disconnect(), admin?.disconnect()]);
  });

  test('records that retention deletes while the link is broken: a gap, then the oldest that exist', async () => {
    const prefix = freshName('bus');
    const { bus, wire, log, gaps } = openBus(prefix, { lookEveryMs: 60_000 });
    const peer = openBus(prefix);
    bus.subscribe<Note>('note', ({ n }) => void log.push(String(n)));
    await bus.publish([note(1), note(2)]);
    await until('two events', () => log.length === 2);
    wire.cut();
    for (const n of [3, 4, 5, 6]) await peer.bus.publish(note(n));
    const topic = `${prefix}.note`;
    await deleteRecords(server!, topic, '4');
    wire.mend();
    await until('the last event', () => log.includes('6'));
    expect(log).toEqual(['1', '2', 'gap', '5', '6']);
    expect(gaps[0]).toMatchObject({ types: ['note'], lost: null, reason: 'disconnect' });
    expect(gaps[0]!.from).toBeLessThanOrEqual(gaps[0]!.to);
    await Promise.all([bus.close(), peer.bus.close()]);
  });

  test('over a broken link nothing is lost, and nothing is announced', async () => {
    const prefix = freshName('bus');
    const { bus, wire, log } = openBus(prefix);
    const peer = openBus(prefix);
    bus.subscribe<Note>('note', ({ n }) => void log.push(String(n)));
    await bus.publish(note(1));
    await until('an event', () => log.length === 1);
    wire.cut();
    const reconnects = bus.stats().reconnects;
    await peer.bus.publish([note(2), note(3)]);
    // Longer than the clients try by themselves.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    wire.mend();
    await until('the last event', () => log.includes('3'));
    expect(log).toEqual(['1', '2', '3']);
    expect(reconnects).toBe(0);
    await Promise.all([bus.close(), peer.bus.close()]);
  });

  test('partitions that are added: publishers use them, a gap, and they are read from their beginning', async () => {
    const prefix = freshName('bus');
    const topic = `${prefix}.note`;
    const { bus, log } = openBus(prefix);
    bus.subscribe<Note>('note', ({ n }) => void log.push(String(n)));
    await bus.publish(note(1, 'desk'));
    await until('the first event', () => log.includes('1'));
    await addPartitions(admin, topic, 16);
    let n = 1;
    const all = (): boolean => {
      const heard = log.filter((each) => each !== 'gap').map(Number);
      return (
        log.includes('gap') &&
        Array.from({ length: n }, (_, at) => at + 1).every((each) => heard.includes(each))
      );
    };
    await until('records in new partitions', async () => {
      for (let count = 0; count < 10; count++) await bus.publish(note(++n, `portfolio ${n}`));
      return (await filledPartitions(topic)) > 4;
    });
    await until('all events, and a gap', all);
    expect(log.filter((each) => each === 'gap')).toHaveLength(1);
    await bus.close();
  });

  test('a topic that is deleted and made again: a gap, and all of its records', async () => {
    const prefix = freshName('bus');
    const topic = `${prefix}.note`;
    const { bus, log } = openBus(prefix);
    bus.subscribe<Note>('note', ({ n }) => void log.push(String(n)));
    await bus.publish([note(1), note(2), note(3)]);
    await until('three events', () => log.length === 3);
    await makeTopicAnew(server!, topic, 1);
    const peer = openBus(prefix);
    for (const n of [4, 5])
      await until('it is sent', () =>
        peer.bus.publish(note(n)).then(
          () => true,
          () => false,
        ),
      );
    await until('the new events', () => log.includes('5'));
    // A consumer that asks for the missing topic makes the broker create it, with partitions that nobody has read of: then the gap comes later.
    await until('a gap', () => log.includes('gap'));
    expect(log.filter((each) => each !== 'gap')).toEqual(['1', '2', '3', '4', '5']);
    await Promise.all([bus.close(), peer.bus.close()]);
  });
});

describe.skipIf(!server)('KafkaEventBus, at least once', { concurrent: true }, () => {
  const group = { delivery: 'at-least-once', group: 'booking', retryDelayMs: 1 } as const;

  test('a group goes on after what its handlers have handled', async () => {
    const prefix = freshName('bus');
    const heard: number[] = [];
    const first = openBus(prefix, { ...group, group: prefix });
    let isStuck = false;
    first.bus.subscribe<Note>('note', async ({ n }) => {
      heard.push(n);
      if (n < 3) return;
      isStuck = true;
      await new Promise(() => undefined);
    });
    await first.bus.publish([note(1), note(2), note(3)]);
    await until('the handler hangs', () => isStuck);
    await first.bus.close({ timeoutMs: 500 });
    const peer = openBus(prefix);
    await peer.bus.publish([note(4), note(5)]);
    const second = openBus(prefix, { ...group, group: prefix });
    second.bus.subscribe<Note>('note', ({ n }) => void heard.push(n));
    await until('the later events', () => heard.includes(5));
    expect(heard).toEqual([1, 2, 3, 3, 4, 5]);
    expect(second.gaps).toEqual([]);
    await Promise.all([second.bus.close(), peer.bus.close()]);
  });

  test('what a running handler finishes during close() is committed', async () => {
    const prefix = freshName('bus');
    const heard: number[] = [];
    const first = openBus(prefix, { ...group, group: prefix });
    let finish = (): void => undefined;
    first.bus.subscribe<Note>('note', async ({ n }) => {
      heard.push(n);
      await new Promise<void>((resolve) => (finish = resolve));
    });
    await first.bus.publish([note(1), note(2)]);
    await until('the first event', () => heard.length === 1);
    const closing = first.bus.close({ timeoutMs: 10_000 });
    finish();
    await closing;
    const second = openBus(prefix, { ...group, group: prefix });
    second.bus.subscribe<Note>('note', ({ n }) => void heard.push(n));
    await until('the other event', () => heard.includes(2));
    expect(heard).toEqual([1, 2]);
    await second.bus.close();
  });

  test('the members of a group share the partitions; each event is handled by one of them', async () => {
    const prefix = freshName('bus');
    const buses = [0, 1].map(() =>
      openBus(prefix, { ...group, group: prefix, topics: { note: `${prefix}.portfolios` } }),
    );
    const heard: number[][] = [[], []];
    buses.forEach(({ bus }, at) => bus.subscribe<Note>('note', ({ n }) => void heard[at]!.push(n)));
    let n = 0;
    await until('both hear something', async () => {
      await buses[0]!.bus.publish(note(++n, `portfolio ${n}`));
      return heard.every(({ length }) => length > 0);
    });
    await until('all events', () => new Set(heard.flat()).size === n);
    await Promise.all(buses.map(({ bus }) => bus.close()));
  });

  test('an event whose handler fails again and again goes to the dead-letter topic, and the next one is handled', async () => {
    const prefix = freshName('bus');
    const { bus, errors } = openBus(prefix, { ...group, group: prefix, maxDeliveries: 3 });
    const heard: number[] = [];
    bus.subscribe<Note>('note', ({ n }) => {
      heard.push(n);
      if (n === 1) throw new Error('no such account');
    });
    await bus.publish([note(1), note(2)]);
    await until('the second event', () => heard.includes(2));
    expect(heard).toEqual([1, 1, 1, 2]);
    expect(errors.filter((error) => error.includes('A handler of'))).toHaveLength(3);
    const [dead] = await topicRecords(server!, `${prefix}.dead`, 1);
    expect(dead!.headers).toMatchObject({
      ce_id: '1',
      'tickmark-reason': 'HANDLER_FAILED: no such account',
      'tickmark-topic': `${prefix}.note`,
      'tickmark-partition': '0',
      'tickmark-offset': '0',
    });
    expect(bus.stats()).toMatchObject({ deadLettered: 1, failed: 3, handled: 1 });
    await bus.close();
  });
});
