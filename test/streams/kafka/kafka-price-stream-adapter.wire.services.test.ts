import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isGap, type PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { KafkaPriceStreamAdapter, type KafkaPriceStreamAdapterOptions } from '../../../src/kafka/index.js';
import { canStartKafka } from '../../servers/kafka.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';
import { KafkaWire } from './wire.js';

let number = 0;
const fresh = (): { topic: string; groupId: string } => ({
  topic: `prices-${++number}`,
  groupId: `group-${number}`,
});
const json = (value: unknown): string => JSON.stringify(value);

describe.skipIf(!canStartKafka())('Kafka, against a broker', { concurrent: true }, () => {
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
      connectTimeoutMs: HUNG_AFTER_MS,
      ...more,
    });

  test('a stream resumes at the offset that its group has committed, and misses no record', async () => {
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
    await until('three prices', () => log.length === 3);
    await stream.disconnect();
    await send(topic, [{ key: 'A', value: json({ price: '4.10', timestamp: 4 }) }]);
    await stream.connect();
    await stream.subscribe(['A']);
    await until('the fourth price', () => log.length >= 4);
    expect(log).toEqual(['1.10', '2.10', '3.10', '4.10']);
    await stream.disconnect();
  });

  test('a second member takes over partitions: every record comes at least once, and to one member only after the rebalance', async () => {
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
    await until('the first round', () => heard.length >= 40);
    // During a rebalance, the broker sometimes refuses a joining member.
    const joining = other.connect().catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'STREAM_FAILED', retryable: true });
      return other.connect();
    });
    for (let each = 0; each < 10; each++) await round();
    await joining;
    await other.subscribe(symbols);
    await until(
      'the first has rejoined',
      () => one.getStatus().state === 'subscribed' && one.stats().rebalances > 0,
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
    await until('every record', () => missing().length === 0);
    const owners = new Map<string, Set<number>>();
    for (const { symbol, member, at } of heard) {
      if (at < sharedAt) continue;
      owners.set(symbol, (owners.get(symbol) ?? new Set()).add(member));
    }
    // Once the partitions are assigned, each symbol has one reader.
    expect([...owners.values()].filter((each) => each.size !== 1)).toEqual([]);
    expect(new Set([...owners.values()].flatMap((each) => [...each]))).toEqual(new Set([0, 1]));
    expect(gaps).toContain('0 disconnect 40');
    expect(one.stats().rebalances).toBeGreaterThan(0);
    await Promise.all(members.map((each) => each.disconnect()));
  });

  test('a stream reconnects to a broker that was killed and came back empty, and reports that prices are lost', async () => {
    const own = await KafkaWire.start();
    try {
      const producer = await own.producer();
      const states: string[] = [];
      const log: string[] = [];
      const stream = new KafkaPriceStreamAdapter({
        consumer: () => own.consumer('desk'),
        topics: 'prices',
        fromBeginning: true,
        connectTimeoutMs: HUNG_AFTER_MS,
        silenceMs: HUNG_AFTER_MS,
      });
      stream.onStatus(({ state }) => states.push(state));
      stream.onMessage((message) =>
        log.push(isGap(message) ? `gap ${message.recovered}` : String(message.price)),
      );
      await stream.connect();
      await stream.subscribe(['A']);
      await producer.send({
        topic: 'prices',
        messages: [{ key: 'A', value: json({ price: '1', timestamp: 1 }) }],
      });
      await until('the first price', () => log.length === 1);
      await own.broker.kill();
      await until('the break is reported', () => states.includes('reconnecting'));
      await own.broker.start();
      await until('the stream is back', () => stream.getStatus().state === 'subscribed');
      const after = await own.producer();
      await after.send({
        topic: 'prices',
        messages: [{ key: 'A', value: json({ price: '2', timestamp: 2 }) }],
      });
      await until('the next price', () => log.includes('2'));
      // That the offsets begin anew is seen by the first record only.
      expect(log.slice(-2)).toEqual(['gap false', '2']);
      expect(log.filter((each) => !each.startsWith('gap'))).toEqual(['1', '2']);
      await stream.disconnect();
    } finally {
      await own.dispose();
    }
  });

  test('a broker that hangs is reported as a gap with the reason silence', async () => {
    const own = await KafkaWire.start();
    try {
      const gaps: string[] = [];
      const stream = new KafkaPriceStreamAdapter({
        consumer: () => own.consumer('desk'),
        topics: 'prices',
        silenceMs: 500,
        connectTimeoutMs: HUNG_AFTER_MS,
      });
      stream.onMessage((message) => isGap(message) && gaps.push(message.reason));
      await stream.connect();
      await stream.subscribe(['A']);
      // A busy machine may be silent long enough to cause another gap.
      await until('the broker is heard', () => stream.getStatus().state === 'subscribed');
      const { length } = gaps;
      await own.broker.pause();
      await until('the silence is reported', () => stream.getStatus().state === 'reconnecting');
      await own.broker.resume();
      await until('the stream is back', () => gaps.length > length);
      expect(new Set(gaps)).toEqual(new Set(['silence']));
      await stream.disconnect();
    } finally {
      await own.dispose();
    }
  });

  test('records that cannot be read and tombstones are counted, and dead letters carry reason, topic and offset', async () => {
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
    await until('four records', () => stream.stats().records === 4 && stream.stats().deadLetters === 2);
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
    await until('two dead letters', () => letters.length === 2);
    await reader.disconnect();
    expect(letters).toEqual([
      `poison malformed-json ${topic} true 1`,
      `{"price":"NaN","timestamp":1} not-a-number ${topic} true 2`,
    ]);
  });

  test('connect() fails while no broker can be reached, and works once one can', async () => {
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
