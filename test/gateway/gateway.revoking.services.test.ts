import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InMemoryPortfolioRepository, Portfolio } from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { Gateway } from 'tickmark/gateway';
import { RedisPubSubEventBus, RedisStreamEventBus } from 'tickmark/redis';
import { LIBRARIES, ioredis, ownPrefix, removeKeys, type TestClient } from '../redis/redis-clients.js';
import { redisServer } from '../servers/redis.js';
import { until } from '../waiting.js';
import { FakeSocket } from './rig/fake-socket.js';
import { DESK } from './rig/gateway-rig.js';

const ORIGIN = 'https://app.example.com';
const shared = await redisServer();

// Two gateways with connections of their own, as in two processes.
describe.skipIf(!shared).each([
  ['Pub/Sub', RedisPubSubEventBus],
  ['streams', RedisStreamEventBus],
] as const)('over Redis %s', (_, Bus) => {
  const prefix = ownPrefix();
  const clients: TestClient[] = [];
  const buses: Array<RedisPubSubEventBus | RedisStreamEventBus> = [];
  const gateways: Gateway[] = [];
  let engine: MarkToMarketEngine;

  beforeAll(async () => {
    const repository = new InMemoryPortfolioRepository();
    await repository.save(Portfolio.create(DESK));
    for (const _each of [0, 1]) {
      const client = await LIBRARIES.ioredis!(shared!.url);
      clients.push(client);
      buses.push(new Bus(client.client, { prefix }));
    }
    engine = new MarkToMarketEngine({ bus: buses[0]!, repository });
    await engine.start();
    for (const bus of buses) {
      gateways.push(
        new Gateway({
          bus,
          values: engine,
          authenticate: () => ({ subject: 'alice' }),
          authorize: () => true,
          origins: [ORIGIN],
        }),
      );
    }
    await until('both buses deliver', () => gateways.every((each) => each.stats().busDelivers));
  });

  afterAll(async () => {
    for (const each of [...gateways, engine, ...buses]) await each?.close();
    const redis = ioredis(shared!.url);
    await removeKeys(redis, prefix);
    redis.disconnect();
    for (const client of clients) client.end();
  });

  const reader = async (at: number): Promise<FakeSocket> => {
    const socket = new FakeSocket();
    gateways[at]!.open(socket, new Request('https://api.example.com/live', { headers: { origin: ORIGIN } }));
    socket.say({ type: 'subscribe', topics: ['portfolio:desk', 'positions:desk'] });
    await until('it is subscribed', () => socket.of('snapshot').length > 0);
    return socket;
  };

  test('a revocation and a disconnection reach the gateway of another process', async () => {
    const [here, there] = [await reader(0), await reader(1)];
    await gateways[0]!.revoke({ subject: 'alice', portfolioId: 'desk' });
    expect(here.last('ended')).toMatchObject({ reason: 'revoked' });
    const tookMs = await until('the other process knows', () => there.of('ended').length > 0);
    expect(there.last('ended')).toMatchObject({ reason: 'revoked' });
    // A second is guaranteed; the rest is for a busy machine.
    expect(tookMs).toBeLessThan(30_000);
    const again = await reader(1);
    await gateways[0]!.disconnect({ subject: 'alice' });
    await until('the other process knows', () => again.closeCode === 4401);
  });
});
