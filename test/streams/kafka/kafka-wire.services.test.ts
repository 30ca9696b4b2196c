import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isGap, type PriceStreamMessage } from '../../../src/core/market-data/price-stream-adapter.js';
import type { PriceUpdate } from '../../../src/core/market-data/price-update.js';
import {
  KafkaPriceStreamAdapter,
  type KafkaPriceStreamAdapterOptions,
} from '../../../src/streams/kafka/index.js';
import { canStartKafka } from '../../servers/kafka.js';
import { KafkaWire, until } from './wire.js';

let number = 0;
const fresh = (): { topic: string; groupId: string } => ({
  topic: `prices-${++number}`,
  groupId: `group-${number}`,
});
const json = (value: unknown): string => JSON.stringify(value);

describe.skipIf(!canStartKafka())('Kafka, against a broker', { concurrent: true, timeout: 60_000 }, () => {
  let wire: KafkaWire;
  let send: (topic: string, records: { key: string; value: string | null }[]) => Promise<unknown>;

  beforeAll(async () => {
    wire = await KafkaWire.start();
    const producer = await wire.producer();
    send = (topic, messages) => producer.send({ topic, messages });
  });
  afterAll(() => wire?.dispose());

  const adapterOf = (topic: string, groupId: string, more: Partial<KafkaPriceStreamAdapterOptions> = {}) =>
    new KafkaPriceStreamAdapter({
      consumer: () => wire.consumer(groupId),
      topics: topic,
      silenceMs: 2000,
      ...more,
    });

  test('resumes where its group has committed, and misses nothing that came meanwhile', async () => {
    const { topic, groupId } = fresh();
    const log: string[] = [];
    const stream = adapterOf(topic, groupId, { fromBeginning: true });
    stream.onMessage((message) => void log.push((message as PriceUpdate).price as string));
    await stream.connect();
    await stream.subscribe(['A']);
    await send(
      topic,
      [1, 2, 3].map((price) => ({ key: 'A', value: json({ price: `${price}.10`, timestamp: price }) })),
    );
    await until(() => log.length === 3, 'three prices');
    await stream.disconnect();
    await send(topic, [{ key: 'A', value: json({ price: '4.10', timestamp: 4 }) }]);
    await stream.connect();
    await stream.subscribe(['A']);
    await until(() => log.length >= 4, 'the fourth price');
    expect(log).toEqual(['1.10', '2.10', '3.10', '4.10']);
    await stream.disconnect();
  });

  test('two members of a group share the partitions anew: every record comes at least once, none to who lost it', async () => {
    const { topic, groupId } = fresh();
    const symbols = Array.from({ length: 40 }, (_, index) => `S${index}`);
    const heard: { member: number; symbol: string; price: number; at: number }[] = [];
    const gaps: string[] = [];
    const members = [0, 1].map((member) => {
      const stream = adapterOf(topic, groupId, { fromBeginning: true });
      stream.onMessage((message: PriceStreamMessage) => {
        if (isGap(message)) gaps.push(`${member} ${message.reason} ${message.symbols.length}`);
        else
          heard.push({ member, symbol: message.symbol, price: Number(message.price), at: performance.now() });
      });
      return stream;
    });
    let price = 0;
    const round = async (): Promise<void> => {
      price++;
      await send(
        topic,
        symbols.map((key) => ({ key, value: json({ price, timestamp: price }) })),
      );
    };
    const [one, other] = members as [KafkaPriceStreamAdapter, KafkaPriceStreamAdapter];
    await one.connect();
    await one.subscribe(symbols);
    await round();
    await until(() => heard.length >= 40, 'the first round');
    // While a group forms anew, the broker now and then refuses who joins.
    const joining = other.connect().catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'STREAM_FAILED', retryable: true });
      return other.connect();
    });
    for (let each = 0; each < 10; each++) await round();
    await joining;
    await other.subscribe(symbols);
    await until(
      () => one.getStatus().state === 'subscribed' && one.stats().rebalances > 0,
      'the first has rejoined',
    );
    const sharedAt = performance.now();
    for (let each = 0; each < 10; each++) await round();
    const prices = Array.from({ length: 21 }, (_, index) => index + 1);
    const missing = (): string[] => {
      const seen = new Set(heard.map((each) => `${each.symbol} ${each.price}`));
      return symbols.flatMap((symbol) =>
        prices.map((each) => `${symbol} ${each}`).filter((each) => !seen.has(each)),
      );
    };
    await until(() => missing().length === 0, 'every record');
    const owners = new Map<string, Set<number>>();
    for (const { symbol, member, at } of heard) {
      if (at < sharedAt) continue;
      owners.set(symbol, (owners.get(symbol) ?? new Set()).add(member));
    }
    // After the partitions were shared out each symbol has one reader.
    expect([...owners.values()].filter((each) => each.size !== 1)).toEqual([]);
    expect(new Set([...owners.values()].flatMap((each) => [...each]))).toEqual(new Set([0, 1]));
    expect(gaps).toContain('0 disconnect 40');
    expect(one.stats().rebalances).toBeGreaterThan(0);
    await Promise.all(members.map((each) => each.disconnect()));
  });

  test('a broker that is killed and comes back empty is found again, with one gap', async () => {
    const own = await KafkaWire.start();
    try {
      const producer = await own.producer();
      const states: string[] = [];
      const log: string[] = [];
      const stream = new KafkaPriceStreamAdapter({
        consumer: () => own.consumer('desk'),
        topics: 'prices',
        fromBeginning: true,
        silenceMs: 500,
      });
      stream.onStatus(({ state }) => states.push(state));
      stream.onMessage((message) => log.push(isGap(message) ? 'gap' : String(message.price)));
      await stream.connect();
      await stream.subscribe(['A']);
      await producer.send({
        topic: 'prices',
        messages: [{ key: 'A', value: json({ price: '1', timestamp: 1 }) }],
      });
      await until(() => log.length === 1, 'the first price');
      await own.broker.kill();
      await until(() => states.includes('reconnecting'), 'the break shows');
      await own.broker.start();
      await until(() => stream.getStatus().state === 'subscribed', 'the stream is back');
      const after = await own.producer();
      await after.send({
        topic: 'prices',
        messages: [{ key: 'A', value: json({ price: '2', timestamp: 2 }) }],
      });
      await until(() => log.includes('2'), 'the next price');
      expect(log).toEqual(['1', 'gap', '2']);
      await stream.disconnect();
    } finally {
      await own.dispose();
    }
  });

  test('a broker that hangs shows as silence', async () => {
    const own = await KafkaWire.start();
    try {
      const gaps: string[] = [];
      const stream = new KafkaPriceStreamAdapter({
        consumer: () => own.consumer('desk'),
        topics: 'prices',
        silenceMs: 500,
      });
      stream.onMessage((message) => isGap(message) && gaps.push(message.reason));
      await stream.connect();
      await stream.subscribe(['A']);
      await own.broker.pause();
      await until(() => stream.getStatus().state === 'reconnecting', 'the silence shows');
      await own.broker.resume();
      await until(() => stream.getStatus().state === 'subscribed', 'the stream is back');
      expect(gaps).toEqual(['silence']);
      await stream.disconnect();
    } finally {
      await own.dispose();
    }
  });

  test('poison and tombstones are counted, dead letters say why and where from', async () => {
    const { topic, groupId } = fresh();
    const producer = await wire.producer();
    const stream = adapterOf(topic, groupId, {
      fromBeginning: true,
      tombstones: 'closed',
      deadLetters: { producer, topic: `${topic}-dead` },
    });
    const heard: PriceUpdate[] = [];
    stream.onMessage((message) => void heard.push(message as PriceUpdate));
    await stream.connect();
    await stream.subscribe(['A']);
    await send(topic, [
      { key: 'A', value: json({ price: 1.5, timestamp: 1 }) },
      { key: 'A', value: 'poison' },
      { key: 'A', value: json({ price: 'NaN', timestamp: 1 }) },
      { key: 'A', value: null },
    ]);
    await until(() => stream.stats().records === 4 && stream.stats().deadLetters === 2, 'four records');
    expect(stream.stats()).toMatchObject({
      priceRecords: 1,
      tombstones: 1,
      rejected: { 'malformed-json': 1, 'not-a-number': 1 },
      deadLettersFailed: 0,
    });
    expect(heard.map(({ price, state }) => [price, state])).toEqual([
      ['1.5', undefined],
      ['1.5', 'closed'],
    ]);
    await stream.disconnect();

    const letters: string[] = [];
    const reader = wire.consumer(`${groupId}-dead`);
    await reader.connect();
    await reader.subscribe({ topics: [`${topic}-dead`], fromBeginning: true });
    await reader.run({
      eachMessage: async ({ message: { value, headers } }) => {
        const of = (name: string): string => String(headers?.[`tickmark-${name}`]);
        letters.push(
          `${String(value)} ${of('reason')} ${of('topic')} ${/^\d$/.test(of('partition'))} ${of('offset')}`,
        );
      },
    });
    await until(() => letters.length === 2, 'two dead letters');
    await reader.disconnect();
    expect(letters).toEqual([
      `poison malformed-json ${topic} true 1`,
      `{"price":"NaN","timestamp":1} not-a-number ${topic} true 2`,
    ]);
  });

  test('connect() fails in time where no broker answers, and works once one does', async () => {
    const own = await KafkaWire.start();
    try {
      own.broker.cut();
      const stream = new KafkaPriceStreamAdapter({ consumer: () => own.consumer('desk'), topics: 'prices' });
      await expect(stream.connect()).rejects.toMatchObject({ code: 'STREAM_FAILED', retryable: true });
      own.broker.mend();
      await stream.connect();
      expect(stream.getStatus().state).toBe('connected');
      await stream.disconnect();
    } finally {
      await own.dispose();
    }
  });
});
