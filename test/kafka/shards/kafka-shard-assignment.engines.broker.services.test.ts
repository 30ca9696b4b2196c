import { describe, expect, test } from 'vitest';
import { MarkToMarketEngine, PriceStreamProcessor } from 'tickmark/parts';
import { InMemoryPortfolioRepository, Portfolio, type TickmarkError } from 'tickmark';
import {
  KafkaEventBus,
  KafkaShardAssignment,
  type KafkaShardAssignmentOptions,
  type KafkaShardConsumerSettings,
} from '../../../src/kafka/index.js';
import { CuttableKafka, connected, freshName, newTopic } from '../../fills/kafka/kafka-wire.js';
import { kafkaServer } from '../../servers/kafka-broker.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';
import { UNHURRIED, busClients } from '../bus-clients.js';

const server = await kafkaServer();
const SHARDS = 8;
const IDS = Array.from({ length: 40 }, (_, n) => `desk ${n}`);

/** Handlers that keep what they hear. */
class Heard {
  readonly held = new Set<number>();
  readonly errors: TickmarkError[] = [];
  readonly requests: string[] = [];
  readonly assignment: KafkaShardAssignment;

  constructor(
    groupId: string,
    options: Partial<KafkaShardAssignmentOptions>,
    change: Partial<KafkaShardConsumerSettings> = {},
  ) {
    const { kafka } = new CuttableKafka(server!);
    this.assignment = new KafkaShardAssignment({
      consumer: (settings) => {
        const consumer = kafka.consumer({ groupId, ...settings, ...change });
        consumer.on('consumer.network.request', ({ payload }) => void this.requests.push(payload.apiName));
        return consumer;
      },
      connectTimeoutMs: HUNG_AFTER_MS,
      onError: (error) => void this.errors.push(error),
      ...options,
    });
  }

  async start(): Promise<void> {
    await this.assignment.start({
      assigned: async (shards) => shards.forEach((shard) => this.held.add(shard)),
      revoked: async (shards) => shards.forEach((shard) => this.held.delete(shard)),
      lost: (shards) => shards.forEach((shard) => this.held.delete(shard)),
    });
  }
}

async function topicOf(partitions: number, records = 0): Promise<string> {
  const { admin, producer } = await connected(server!);
  const topic = await newTopic(admin, 'portfolios', partitions);
  const messages = Array.from({ length: records }, (_, n) => ({ key: String(n), value: 'x'.repeat(100) }));
  if (records > 0) await producer.send({ topic, messages });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  return topic;
}

describe.skipIf(!server)('KafkaShardAssignment with a broker', { concurrent: true }, () => {
  test('stays a member for longer than its session, and asks for no records', async () => {
    const topic = await topicOf(SHARDS, 1_000);
    const heard = new Heard(freshName('workers'), { topic, shardCount: SHARDS, sessionMs: 1_000 });
    await heard.start();
    const beats = (): number => heard.requests.filter((name) => name === 'Heartbeat').length;
    // At most one in 100 ms: so many are more than two sessions.
    await until('heartbeats of two sessions', () => beats() >= 25);
    expect(heard.held.size).toBe(SHARDS);
    expect(heard.errors).toEqual([]);
    expect(heard.requests.filter((name) => name === 'JoinGroup').length).toBeLessThanOrEqual(2);
    expect(heard.requests).not.toContain('Fetch');
    await heard.assignment.stop();
    expect(heard.held.size).toBe(0);
  });

  test('refuses a topic with another number of partitions', async () => {
    const topic = await topicOf(3);
    const heard = new Heard(freshName('workers'), { topic, shardCount: SHARDS });
    await expect(heard.start()).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(`"${topic}" has 3 partitions, and shardCount is 8`) as string,
    });
    await heard.assignment.stop();
  });

  test('reports a wait for records that is longer than the session', async () => {
    const topic = await topicOf(SHARDS);
    const settings = { maxWaitTimeInMs: 3_000 };
    const heard = new Heard(freshName('workers'), { topic, shardCount: SHARDS, sessionMs: 1_000 }, settings);
    await heard.start();
    await until('the member was thrown out', () =>
      heard.errors.some(({ message }) =>
        /thrown its member out.*maxWaitTimeInMs.*sessionTimeout/.test(message),
      ),
    );
    await heard.assignment.stop();
  });

  test('engines share the portfolios; when one is closed, the other stores all values', async () => {
    const prefix = freshName('bus');
    const groupId = freshName('workers');
    const repository = new InMemoryPortfolioRepository();
    for (const id of IDS) {
      const position = { symbol: 'ACME', quantity: 10, averageCost: 180 };
      await repository.save(Portfolio.create({ id, currency: 'USD', positions: [position] }));
    }
    const buses = [0, 1, 2].map(
      () =>
        new KafkaEventBus(busClients(server!).clients, {
          ...UNHURRIED,
          prefix,
          createTopics: { partitions: SHARDS },
        }),
    );
    const errors: TickmarkError[] = [];
    const engines = buses.slice(0, 2).map((bus) => {
      const { kafka } = new CuttableKafka(server!);
      const shards = new KafkaShardAssignment({
        consumer: (settings) => kafka.consumer({ groupId, ...settings }),
        topic: `${prefix}.portfolios`,
        shardCount: SHARDS,
        connectTimeoutMs: HUNG_AFTER_MS,
        onError: (error) => void errors.push(error),
      });
      return new MarkToMarketEngine({ bus, repository, shards });
    });
    const [first, second] = engines as [MarkToMarketEngine, MarkToMarketEngine];
    await Promise.all(engines.map((engine) => engine.start()));
    await until('both have a half', () => engines.every((engine) => engine.stats().shards === SHARDS / 2));

    const processor = new PriceStreamProcessor({ bus: buses[2]! });
    const stored = async (): Promise<string[]> =>
      (await repository.loadValuations(IDS)).map(({ marketValue }) => String(marketValue));
    const allStored = async (value: string): Promise<boolean> => {
      const values = await stored();
      return values.length === IDS.length && values.every((each) => each.startsWith(value));
    };
    processor.push({ symbol: 'ACME', price: 184, timestamp: Date.now() });
    await until('both store theirs', () => allStored('1840'));
    const valuedBy = (engine: MarkToMarketEngine): string[] => IDS.filter((id) => engine.book.value(id));
    expect(valuedBy(first).length + valuedBy(second).length).toBe(IDS.length);

    await first.close();
    processor.push({ symbol: 'ACME', price: 200, timestamp: Date.now() });
    await until('the other stores all', () => allStored('2000'));
    expect(valuedBy(second)).toHaveLength(IDS.length);
    expect(errors).toEqual([]);
    await second.close();
    await processor.close();
    await Promise.all(buses.map((bus) => bus.close()));
  });
});
