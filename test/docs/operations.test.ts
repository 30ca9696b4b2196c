import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import {
  InMemoryEventBus,
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  Portfolio,
  markToMarket,
} from 'tickmark';
import { PortfolioValuationService, priceRecord } from 'tickmark/parts';
import { KafkaEventBus } from 'tickmark/kafka';
import { PostgresDayStore, PostgresLock, PostgresPortfolioRepository, migrate } from 'tickmark/postgres';
import { RedisLock, RedisPubSubEventBus, RedisStreamEventBus } from 'tickmark/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleClose, sampleResult } from '../../src/conformance/day-store/sample-days.js';
import { emptyPglite } from '../postgres/empty-pglite.js';
import { simulatedClients } from '../kafka/simulated-broker.js';
import { HUNG_AFTER_MS, SLOW_TEST_MS } from '../waiting.js';
import { root } from '../examples/child.js';
import { blocks, defaultsIn, tableAt } from './guide.js';

const guide = readFileSync(join(root, 'docs/operations.md'), 'utf8');

const database = emptyPglite();
afterAll(() => database.close());

describe('the guide to operations', () => {
  const sources: Record<string, readonly string[]> = {
    '`PostgresPortfolioRepository` options': [
      'src/postgres/retried-transactions.ts',
      'src/postgres/postgres-portfolio-repository.ts',
    ],
    '`RedisLock` and `PostgresLock` options': ['src/core/locking/store-lock.ts'],
    'Redis bus options': ['src/redis/redis-bus-options.ts'],
    '`RedisPubSubEventBus` options': ['src/redis/pub-sub/redis-pub-sub-event-bus-options.ts'],
    '`RedisStreamEventBus` options': ['src/redis/streams/redis-stream-event-bus-options.ts'],
    '`KafkaEventBus` options': ['src/kafka/kafka-event-bus-options.ts'],
    '`markToMarket()` options': [
      'src/core/engine/mark-to-market-engine-options.ts',
      'src/core/ingest/price-stream-processor-options.ts',
    ],
  };
  it.each(Object.keys(sources))('has the defaults that the sources document: %s', (chapter) => {
    const rows = tableAt(guide, chapter);
    expect(rows.length).toBeGreaterThan(0);
    const documented = defaultsIn(sources[chapter]!.map((path) => readFileSync(join(root, path), 'utf8')));
    for (const [option, value] of rows) expect([option, documented.get(option!)]).toEqual([option, value]);
  });
});

describe('the tables of counters', { timeout: SLOW_TEST_MS }, () => {
  const repository = new InMemoryPortfolioRepository();
  // A client that never connects: counters need no connection.
  const client = new Redis({ lazyConnect: true });

  const listed = (chapter: string): string[] =>
    tableAt(guide, chapter).flatMap(([names]) => names!.split(', '));
  const check = (chapter: string, stats: object): void =>
    expect(listed(chapter).sort()).toEqual(Object.keys(stats).sort());

  it('list the counters of markToMarket(), its processor and its engine', async () => {
    const stream = new MockPriceStreamAdapter();
    const marking = await markToMarket({ stream, repository, bus: new InMemoryEventBus() });
    check('`marking.stats()`', marking.stats());
    check('`PriceStreamProcessor`', marking.stats().processor);
    check('`MarkToMarketEngine`', marking.stats().engine);
    await marking.close();
  });

  it('list the counters of the repository, the locks and the valuation service', () => {
    check('`PostgresPortfolioRepository`', new PostgresPortfolioRepository(database).stats());
    check('`RedisLock` and `PostgresLock`', new RedisLock(client).stats());
    check('`RedisLock` and `PostgresLock`', new PostgresLock(database).stats());
    check('`PortfolioValuationService`', new PortfolioValuationService({ repository }).stats());
  });

  it('list the counters of the buses', () => {
    check('`RedisPubSubEventBus`', new RedisPubSubEventBus(client).stats());
    check('`RedisStreamEventBus`', new RedisStreamEventBus(client).stats());
    const clients = simulatedClients();
    check('`KafkaEventBus`', new KafkaEventBus(clients).stats());
    check('`KafkaEventBus`', new KafkaEventBus(clients, { delivery: 'at-least-once' }).stats());
  });
});

describe('the roles of PostgreSQL', { timeout: SLOW_TEST_MS }, () => {
  const schema = 'tickmark';

  beforeAll(async () => {
    await migrate(database, { schema });
    for (const sql of blocks(guide, 'sql')) await database.exec(sql);
  }, SLOW_TEST_MS);

  it('allow everything that the application does', async () => {
    await database.exec('SET ROLE tickmark_app');
    const repository = new PostgresPortfolioRepository(database, { schema });
    const positions = [{ symbol: 'ACME', quantity: 10 }];
    const first = await repository.save(Portfolio.create({ id: 'desk', currency: 'USD', positions }));
    const second = await repository.save(first.buy('ACME', 1, 100).sell('ACME', 11, 100).buy('NEWCO', 1, 2));
    const service = new PortfolioValuationService({ repository });
    const updates = [{ symbol: 'NEWCO', price: 3, timestamp: 1_000 }];
    expect((await service.revaluatePortfolio('desk', { updates })).outcome).toBe('saved');
    await repository.savePrices([priceRecord(updates[0]!)]);
    expect(await repository.findHolders('NEWCO')).toEqual(['desk']);
    expect(await repository.loadValuations(['desk'])).toHaveLength(1);
    expect(await repository.loadPrices()).toHaveLength(1);
    for await (const { version } of repository.stream()) expect(version).toBe(2);
    await repository.delete('desk', second.version);

    const days = new PostgresDayStore(database, { schema });
    for (const source of ['recorded', 'official'] as const)
      expect(await days.saveCloses([sampleClose('NEWCO', 3, { source })])).toMatchObject([{ source }]);
    expect(await days.loadCloses(['X'], 1)).toHaveLength(1);
    for (const pnl of [1, 2]) await days.saveResults([sampleResult('desk', pnl)]);
    expect(await days.loadResults('desk')).toHaveLength(1);

    const lock = new PostgresLock(database, { schema, callTimeoutMs: HUNG_AFTER_MS });
    const lease = await lock.acquire('desk', { ttlMs: HUNG_AFTER_MS, waitMs: HUNG_AFTER_MS });
    await lease.extend();
    await lease.release();
    await lock.prune(0);
    await lock.close();
  });

  it.each([
    'CREATE TABLE tickmark.other (id text)',
    'DROP TABLE tickmark.tickmark_prices',
    'DELETE FROM tickmark.tickmark_portfolios',
    'TRUNCATE tickmark.tickmark_valuations',
    'UPDATE tickmark.tickmark_migrations SET oldest_code = 9',
  ])('forbid the application: %s', async (sql) => {
    await database.exec('SET ROLE tickmark_app');
    await expect(database.exec(sql)).rejects.toThrow(/permission denied|must be owner/);
  });

  it('allow readers only the views', async () => {
    await database.exec('SET ROLE tickmark_reader');
    for (const view of ['portfolio_values', 'position_values', 'cash_balances'])
      await database.exec(`SELECT * FROM tickmark.tickmark_${view}`);
    await expect(database.exec('SELECT * FROM tickmark.tickmark_positions')).rejects.toThrow(
      /permission denied/,
    );
  });
});
