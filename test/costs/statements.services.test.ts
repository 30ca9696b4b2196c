import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { RedisPubSubEventBus } from '../../src/redis/pub-sub/redis-pub-sub-event-bus.js';
import {
  samplePortfolio,
  samplePrice,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import { freshRepository, pgStore } from '../postgres/stores.js';
import { postgresServer } from '../servers/postgres.js';
import { redisServer } from '../servers/redis.js';

const server = await postgresServer();
const redis = await redisServer();

/** A pool whose clients count what is sent to the server: one for each wait for its answer. */
function counted(pool: pg.Pool): { pool: pg.Pool; sent: () => number } {
  let sent = 0;
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      sent++;
      return query(...args);
    }) as typeof client.query;
  });
  return { pool, sent: () => sent };
}

// Less than a page.
const COUNT = 150;

describe.skipIf(!server)('a set of portfolios in PostgreSQL', () => {
  test('is one statement in one transaction, whatever is saved or loaded', async () => {
    const store = pgStore(server!);
    const { sent } = counted(store.pool);
    const { repository, dispose } = await freshRepository(store);
    const portfolios = Array.from({ length: COUNT }, (_, number) => samplePortfolio(`p${number}`));
    const ids = portfolios.map(({ id }) => id);
    const costs: Record<string, number> = {};
    const count = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      const before = sent();
      await work();
      costs[what] = sent() - before;
    };
    await repository.loadPrices();
    await count('saveMany', () => repository.saveMany(portfolios));
    await count('loadMany', () => repository.loadMany(ids));
    await count('stream', async () => {
      for await (const { id } of repository.stream()) expect(ids).toContain(id);
    });
    await count('saveValuations', () => repository.saveValuations(ids.map((id) => sampleValuation(id))));
    await count('loadValuations', () => repository.loadValuations(ids));
    await count('savePrices', () => repository.savePrices(ids.map((id) => samplePrice(id, '1.5'))));
    await count('loadPrices', () => repository.loadPrices());
    await count('changesSince', () => repository.changesSince(null));
    // The begin with its settings, the statement, the commit.
    expect(new Set(Object.values(costs)), JSON.stringify(costs)).toEqual(new Set([3]));
    await dispose();
    await store.end();
  });
});

describe.skipIf(!redis)('a batch of events on Redis', () => {
  test('is one transaction, with a command for each event', async () => {
    const client = new Redis(redis!.url);
    const writes: string[] = [];
    noteWrites(client, writes);
    const bus = new RedisPubSubEventBus(client, { prefix: `costs-${randomUUID()}` });
    await bus.publish({ type: 'none', id: 'none', occurredAt: 1 });
    writes.length = 0;
    await bus.publish(Array.from({ length: COUNT }, (_, n) => ({ type: 'tick', id: `${n}`, occurredAt: 1 })));
    expect(writes).toEqual(['multi', ...Array.from({ length: COUNT }, () => 'publish'), 'exec']);
    await bus.close();
    client.disconnect();
  });
});

/** Notes the commands of a client and of its duplicates. */
function noteWrites(client: Redis, writes: string[]): void {
  const send = client.sendCommand.bind(client) as (...args: unknown[]) => unknown;
  client.sendCommand = ((command: { name: string }, ...rest: unknown[]) => {
    writes.push(command.name);
    return send(command, ...rest);
  }) as typeof client.sendCommand;
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (...options) => {
    const copy = duplicate(...options);
    noteWrites(copy, writes);
    return copy;
  };
}
