import type { Admin, Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillStreamConformance } from '../../../src/conformance/index.js';
import type { FillMessage } from '../../../src/core/fills/fill-stream.js';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { FillBooker, KafkaFillStream, type KafkaFillStreamOptions } from '../../../src/fills/index.js';
import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio } from '../../../src/index.js';
import { HoldingsEditor } from '../../../src/parts/index.js';
import { withoutSkips } from '../../conformance/without-skips.js';
import { kafkaServer } from '../../servers/kafka-broker.js';
import { HUNG_AFTER_MS, SLOW_TEST_MS, until } from '../../waiting.js';
import { CuttableKafka, connected, deleteRecords, freshName, newTopic } from './kafka-wire.js';

const AT = 1_790_000_000_000;
const server = await kafkaServer();

const buy = (number: number): LedgerEntryInput => ({
  id: `f${number}`,
  at: AT + number,
  type: 'buy',
  symbol: 'A',
  quantity: number,
  price: '1.10',
});
const recordOf = (account: string, number: number) => ({
  key: account,
  value: JSON.stringify(buy(number)),
  timestamp: String(AT + number),
});

describe.skipIf(!server)('KafkaFillStream, against a broker', { timeout: SLOW_TEST_MS }, () => {
  let wire: CuttableKafka;
  let producer: Producer;
  let admin: Admin;

  beforeAll(async () => {
    wire = new CuttableKafka(server!);
    ({ producer, admin } = await connected(server!));
  });
  afterAll(async () => {
    await Promise.all([producer?.disconnect(), admin?.disconnect()]);
  });

  const topicOf = (partitions: number): Promise<string> => newTopic(admin, 'fills', partitions);
  const streamOf = (
    topic: string,
    groupId: string,
    more: Partial<KafkaFillStreamOptions> = {},
    client = wire,
  ): KafkaFillStream =>
    new KafkaFillStream({
      consumer: () => client.consumer(groupId),
      topic,
      connectTimeoutMs: HUNG_AFTER_MS,
      silenceMs: HUNG_AFTER_MS,
      ...more,
    });

  /** Ids of fills, and types of gaps, until a fill has come. */
  const readUntil = async (stream: KafkaFillStream, last: string): Promise<string[]> => {
    const seen: string[] = [];
    for await (const messages of stream.read()) {
      seen.push(...messages.map((each: FillMessage) => (each.type === 'fill' ? each.entry.id : each.type)));
      if (seen.includes(last)) break;
    }
    return seen;
  };

  describe('conformance', { concurrent: true }, () => {
    fillStreamConformance(withoutSkips(test), {
      timing: { timeoutMs: HUNG_AFTER_MS, caseTimeoutMs: 2 * HUNG_AFTER_MS },
      createHarness: async () => {
        const topic = await topicOf(2);
        const own = new CuttableKafka(server!);
        return {
          stream: streamOf(topic, topic, { listSize: 3 }, own),
          account: 'U1',
          trade: async (number) => {
            await producer.send({ topic, messages: [{ ...recordOf('U1', number), partition: number % 2 }] });
            return buy(number);
          },
          link: {
            break: () => Promise.resolve(own.cut()),
            restore: () => Promise.resolve(own.mend()),
          },
          dispose: () => undefined,
        };
      },
      supports: { link: true },
    });
  });

  test('a consumer that is cut off in the middle, a second one and repeated records: each fill is booked once', async () => {
    const [topic, groupId] = [await topicOf(4), freshName('books')];
    const accounts = ['U1', 'U2', 'U3', 'U4', 'U5'];
    const fills = Array.from({ length: 200 }, (_, index) => recordOf(accounts[index % 5]!, index + 1));
    const repository = new InMemoryPortfolioRepository();
    const holdings = new HoldingsEditor({ repository, bus: new InMemoryEventBus() });
    for (const id of accounts) await holdings.create(Portfolio.create({ id, currency: 'USD' }));
    const bookerOf = (client: CuttableKafka) => {
      const stream = streamOf(topic, groupId, { listSize: 10, closeTimeoutMs: 3000 }, client);
      return new FillBooker({ stream, holdings, repository });
    };

    await producer.send({ topic, messages: fills.slice(0, 120) });
    const doomed = new CuttableKafka(server!);
    const first = bookerOf(doomed);
    first.start();
    await until('some fills are booked', () => first.stats().booked >= 60);
    doomed.cut();
    await first.close();
    const before = first.stats().booked;

    const second = bookerOf(wire);
    second.start();
    // A producer that got no answer sends again.
    await producer.send({ topic, messages: [...fills.slice(100), ...fills.slice(150)] });
    await until('the second has had everything', () => second.stats().fills >= 150);
    const bookedOf = async (): Promise<number> => before + second.stats().booked;
    await until('each fill is booked', async () => (await bookedOf()) >= 200);
    await second.close();

    expect(await bookedOf()).toBe(200);
    expect(second.stats()).toMatchObject({ refused: 0, dropped: 0, gaps: 0 });
    expect(second.stats().alreadyBooked).toBeGreaterThan(0);
    for (const [at, id] of accounts.entries()) {
      // Of the numbers at + 1, at + 6, … at + 196.
      const expected = 40 * (at + 1) + 5 * ((39 * 40) / 2);
      expect(`${id} ${(await repository.load(id))!.position('A')!.quantity}`).toBe(`${id} ${expected}`);
    }
  });

  test('starts at the beginning and at a time, whatever the group has committed', async () => {
    const [topic, groupId] = [await topicOf(1), freshName('books')];
    await producer.send({ topic, messages: [1, 2, 3, 4].map((number) => recordOf('U1', number)) });
    const from = (start: KafkaFillStreamOptions['from']) => ({
      listSize: 1,
      ...(start === undefined ? {} : { from: start }),
      admin: { client: () => wire.kafka.admin(), groupId },
    });
    expect(await readUntil(streamOf(topic, groupId, from(undefined)), 'f3')).toEqual(['f1', 'f2', 'f3']);
    // The reader stopped at f3, which is not processed.
    expect(await readUntil(streamOf(topic, groupId, from(undefined)), 'f4')).toEqual(['f3', 'f4']);
    expect(await readUntil(streamOf(topic, groupId, from('beginning')), 'f2')).toEqual(['f1', 'f2']);
    expect(await readUntil(streamOf(topic, groupId, from(AT + 3)), 'f4')).toEqual(['f3', 'f4']);
  });

  test('records that were deleted while it was away are a gap, and the oldest one that exists comes next', async () => {
    const [topic, groupId] = [await topicOf(1), freshName('books')];
    const more = { listSize: 1, admin: { client: () => wire.kafka.admin(), groupId } };
    const send = (...numbers: number[]) =>
      producer.send({ topic, messages: numbers.map((number) => recordOf('U1', number)) });
    await send(1, 2);
    expect(await readUntil(streamOf(topic, groupId, more), 'f2')).toEqual(['f1', 'f2']);
    await send(3, 4, 5);
    await deleteRecords(server!, topic, '3');
    expect(await readUntil(streamOf(topic, groupId, more), 'f5')).toEqual(['gap', 'f4', 'f5']);
  });

  test('records that cannot be read are a gap, and go to the topic of dead letters', async () => {
    const [topic, dead] = [await topicOf(1), await topicOf(1)];
    const errors: string[] = [];
    const stream = streamOf(topic, freshName('books'), {
      deadLetters: { producer, topic: dead, timeoutMs: HUNG_AFTER_MS },
      onError: ({ message }) => void errors.push(message),
    });
    await producer.send({ topic, messages: [{ key: 'U1', value: 'no JSON' }, recordOf('U1', 1)] });
    expect(await readUntil(stream, 'f1')).toEqual(['gap', 'f1']);
    expect(stream.stats()).toMatchObject({ rejected: { 'malformed-json': 1 }, deadLetters: 1 });
    expect(errors).toEqual([
      expect.stringContaining(`${topic}/0 at offset 0 cannot be read: malformed-json`),
    ]);
    expect(await admin.fetchTopicOffsets(dead)).toMatchObject([{ high: '1' }]);
  });
});
