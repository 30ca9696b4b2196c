import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TickmarkError } from '../../../src/core/errors.js';
import { PRICES_CHANGED, PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import { PriceStreamProcessor } from '../../../src/core/ingest/price-stream-processor.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { MarkToMarketEngine } from '../../../src/core/engine/mark-to-market-engine.js';
import { PORTFOLIOS_VALUED } from '../../../src/core/engine/portfolio-valued-event.js';
import { InMemoryPortfolioRepository } from '../../../src/memory/in-memory-portfolio-repository.js';
import { RedisPubSubEventBus } from '../../../src/redis/pub-sub/redis-pub-sub-event-bus.js';
import { RedisStreamEventBus } from '../../../src/redis/streams/redis-stream-event-bus.js';
import { redisServer } from '../../servers/redis.js';
import { SLOW_TEST_MS, until } from '../../waiting.js';
import { UNHURRIED, ioredis, ownPrefix } from '../redis-clients.js';

const server = await redisServer();
const COUNT = 500;
// Chinese, so that a message has more bytes than characters.
const idOf = (at: number) => `${'组合'.repeat(30)}${at}`;

describe.skipIf(!server)('messages above maxMessageBytes', { timeout: SLOW_TEST_MS }, () => {
  let redis: Redis;
  beforeAll(() => {
    redis = ioredis(server!.url);
  });
  afterAll(() => redis.disconnect());

  test.each([
    ['RedisPubSubEventBus', 'json', RedisPubSubEventBus],
    ['RedisPubSubEventBus', 'compact', RedisPubSubEventBus],
    ['RedisStreamEventBus', 'json', RedisStreamEventBus],
  ] as const)('are divided by processor and engine, and all arrives (%s, %s)', async (_, encoding, Bus) => {
    const errors: TickmarkError[] = [];
    const onError = (error: TickmarkError) => void errors.push(error);
    const options = { prefix: ownPrefix(), ...UNHURRIED, encoding, maxMessageBytes: 20_000, onError };
    const bus = new Bus(redis, options);
    const repository = new InMemoryPortfolioRepository();
    for (let at = 0; at < COUNT; at++)
      await repository.save(
        Portfolio.create({
          id: idOf(at),
          currency: 'USD',
          positions: [{ symbol: idOf(at), quantity: 1, averageCost: 1 }],
        }),
      );
    const valued = new Map<string, string>();
    bus.subscribe(PORTFOLIOS_VALUED, (batch) => {
      for (const each of batch) valued.set(each.portfolioId, each.priced.marketValue.toString());
    });
    let messages = 0;
    bus.subscribe(PRICES_CHANGED, () => void messages++);
    const engine = new MarkToMarketEngine({ repository, bus, onError });
    const processor = new PriceStreamProcessor({ bus, onError, batchSize: 100_000 });
    await engine.start();
    for (let at = 0; at < COUNT; at++)
      processor.push({ symbol: idOf(at), price: at + 1, timestamp: Date.now() });
    await processor.flush();
    await until('every value has arrived', () => {
      for (let at = 0; at < COUNT; at++) if (valued.get(idOf(at)) !== `${at + 1}.00`) return false;
      return true;
    });
    expect(messages).toBeGreaterThan(5);
    expect(errors).toEqual([]);
    expect(engine.stats()).toMatchObject({ publishRetries: 0, unsendable: 0 });
    await processor.close();
    await engine.close();
    await bus.close();
  });

  test('are rejected with MESSAGE_TOO_LARGE, and nothing that was published with them is sent', async () => {
    const bus = new RedisPubSubEventBus(redis, { prefix: ownPrefix(), ...UNHURRIED, maxMessageBytes: 500 });
    const seen: number[] = [];
    bus.subscribe(PRICES_CHANGED, (batch) => void seen.push(batch.length));
    const batch = (count: number) =>
      PriceChangedBatch.ofUpdates(
        Array.from({ length: count }, (_, at) => ({ symbol: `S${at}`, price: 1, timestamp: 1 })),
        Date.now(),
      );
    await bus.publish(batch(1));
    await expect(bus.publish([batch(2), batch(100)])).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      retryable: false,
    });
    await bus.publish(batch(3));
    await until('the last has arrived', () => seen.includes(3));
    expect(seen).toEqual([1, 3]);
    await bus.close();
  });
});
