import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import {
  Decimal,
  InMemoryEventBus,
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  Portfolio,
  PortfolioValuationService,
  markToMarket,
  type DomainEvent,
  type TickmarkError,
} from 'tickmark';
import { PostgresLock, PostgresPortfolioRepository, migrate } from 'tickmark/postgres';
import { RedisLock, RedisPubSubEventBus, RedisStreamEventBus } from 'tickmark/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeArguments } from '../examples/child.js';
import { emptyPglite } from '../postgres/empty-pglite.js';
import { privateRedis, canStartRedis, type PrivateRedis } from '../servers/redis.js';
import { blocks, chapters, defaultsIn, root, tableAt } from './guide.js';

const guide = readFileSync(join(root, 'docs/operations.md'), 'utf8');

describe('the guide to operations', () => {
  const folder = mkdtempSync(join(root, 'test/readme-docs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.for(blocks(guide, 'ts').map((text, index) => ({ text, index })))(
    'has programs that run: $index',
    { timeout: 60_000 },
    async ({ text, index }) => {
      const file = join(folder, `program-${index}.ts`);
      writeFileSync(file, text);
      const command = nodeArguments(relative(root, file));
      const run = promisify(execFile)(process.execPath, command, { cwd: root });
      expect((await run).stdout).not.toBe('');
    },
  );

  it('has a chapter for each line of its contents', () => {
    const named = [...guide.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor]) => anchor!);
    expect(named.length).toBeGreaterThan(8);
    for (const anchor of named) expect(chapters(guide)).toContain(anchor);
  });

  const sources: Record<string, readonly string[]> = {
    '`PostgresPortfolioRepository` options': [
      'src/postgres/retried-transactions.ts',
      'src/postgres/postgres-portfolio-repository.ts',
    ],
    '`RedisLock` and `PostgresLock` options': ['src/core/locking/store-lock-options.ts'],
    'Redis bus options': ['src/redis/redis-bus-options.ts'],
    '`RedisPubSubEventBus` options': ['src/redis/redis-pub-sub-event-bus.ts'],
    '`RedisStreamEventBus` options': ['src/redis/redis-stream-bus-options.ts'],
    '`markToMarket()` options': [
      'src/core/valuation/mark-to-market-engine-options.ts',
      'src/core/market-data/price-stream-processor-options.ts',
    ],
  };
  it.each(Object.keys(sources))('tells the defaults that the sources tell: %s', (chapter) => {
    const rows = tableAt(guide, chapter);
    expect(rows.length).toBeGreaterThan(0);
    const documented = defaultsIn(sources[chapter]!.map((path) => readFileSync(join(root, path), 'utf8')));
    for (const [option, value] of rows) expect([option, documented.get(option!)]).toEqual([option, value]);
  });
});

describe('the counters of the guide', () => {
  const repository = new InMemoryPortfolioRepository();
  const database = emptyPglite();
  afterAll(() => database.close());
  // A client that never connects: counters can be read all the same.
  const client = new Redis({ lazyConnect: true });

  const told = (chapter: string): string[] =>
    tableAt(guide, chapter).flatMap(([names]) => names!.split(', '));
  const check = (chapter: string, stats: object): void =>
    expect(told(chapter).sort()).toEqual(Object.keys(stats).sort());

  it('are those of markToMarket(), processor and engine', async () => {
    const stream = new MockPriceStreamAdapter();
    const marking = await markToMarket({ stream, repository, bus: new InMemoryEventBus() });
    check('`marking.stats()`', marking.stats());
    check('`PriceStreamProcessor`', marking.stats().processor);
    check('`MarkToMarketEngine`', marking.stats().engine);
    await marking.close();
  });

  it('are those of the repository, the locks and the service', () => {
    check('`PostgresPortfolioRepository`', new PostgresPortfolioRepository(database).stats());
    check('`RedisLock` and `PostgresLock`', new RedisLock(client).stats());
    check('`RedisLock` and `PostgresLock`', new PostgresLock(database).stats());
    check('`PortfolioValuationService`', new PortfolioValuationService({ repository }).stats());
  });

  it('are those of the buses', () => {
    check('`RedisPubSubEventBus`', new RedisPubSubEventBus(client).stats());
    check('`RedisStreamEventBus`', new RedisStreamEventBus(client).stats());
  });
});

describe('the roles of PostgreSQL', () => {
  const database = emptyPglite();
  afterAll(() => database.close());
  const schema = 'tickmark';

  beforeAll(async () => {
    await migrate(database, { schema });
    for (const sql of blocks(guide, 'sql')) await database.exec(sql);
  });

  it('let the application do all that it does', async () => {
    await database.exec('SET ROLE tickmark_app');
    const repository = new PostgresPortfolioRepository(database, { schema });
    const positions = [{ symbol: 'ACME', quantity: 10 }];
    const first = await repository.save(Portfolio.create({ id: 'desk', currency: 'USD', positions }));
    const second = await repository.save(first.buy('ACME', 1, 100).sell('ACME', 11, 100).buy('NEWCO', 1, 2));
    const service = new PortfolioValuationService({ repository });
    const updates = [{ symbol: 'NEWCO', price: 3, timestamp: 1_000 }];
    expect((await service.revaluatePortfolio('desk', { updates })).outcome).toBe('saved');
    await repository.savePrices([{ symbol: 'NEWCO', price: Decimal.from(3), timestamp: 1_000 }]);
    expect(await repository.findHolders('NEWCO')).toEqual(['desk']);
    expect(await repository.loadValuations(['desk'])).toHaveLength(1);
    expect(await repository.loadPrices()).toHaveLength(1);
    for await (const { version } of repository.stream()) expect(version).toBe(2);
    await repository.delete('desk', second.version);

    const lock = new PostgresLock(database, { schema });
    const lease = await lock.acquire('desk');
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
    'SELECT * FROM tickmark.tickmark_migrations',
  ])('keep the application from: %s', async (sql) => {
    await database.exec('SET ROLE tickmark_app');
    await expect(database.exec(sql)).rejects.toThrow(/permission denied|must be owner/);
  });

  it('show readers the views and nothing else', async () => {
    await database.exec('SET ROLE tickmark_reader');
    for (const view of ['portfolio_values', 'position_values', 'cash_balances'])
      await database.exec(`SELECT * FROM tickmark.tickmark_${view}`);
    await expect(database.exec('SELECT * FROM tickmark.tickmark_positions')).rejects.toThrow(
      /permission denied/,
    );
  });
});

describe.skipIf(!canStartRedis())('the access rules of Redis', () => {
  let server: PrivateRedis;
  let client: Redis;
  const event = (id: string): DomainEvent => ({ type: 'test.done', id, occurredAt: 1 });

  beforeAll(async () => {
    server = await privateRedis();
    const admin = new Redis(server.url);
    const [acl] = blocks(guide, 'text').filter((text) => text.startsWith('ACL SETUSER'));
    const [command, ...args] = acl!.trim().split(' ');
    await admin.call(command!, ...args);
    admin.disconnect();
    client = new Redis(server.url.replace('//', '//tickmark:choose-a-password@'));
  });
  afterAll(async () => {
    client.disconnect();
    await server.dispose();
  });

  it('let locks be taken, extended and given back', async () => {
    const lock = new RedisLock(client);
    const lease = await lock.acquire('desk');
    await lease.extend();
    await lease.release();
    await lock.close();
    expect(lock.stats()).toMatchObject({ granted: 1, lost: 0, failed: 0 });
  });

  it('let events pass through Pub/Sub, one and several', async () => {
    await using bus = new RedisPubSubEventBus(client);
    const ids: string[] = [];
    const all = new Promise<void>((resolve) =>
      bus.subscribe('test.done', ({ id }) => void (ids.push(id) === 3 && resolve())),
    );
    await bus.publish(event('1'));
    await bus.publish([event('2'), event('3')]);
    await all;
    expect(ids).toEqual(['1', '2', '3']);
  });

  it('let events pass through a stream, be tried again, kept, claimed and given up', async () => {
    const codes = new Set<string>();
    const times = { handledForMs: 1_000, claimIdleMs: 100, retryDelayMs: 1 };
    const onError = ({ code }: TickmarkError): void => void codes.add(code);
    await using bus = new RedisStreamEventBus(client, {
      group: 'group',
      maxDeliveries: 2,
      ...times,
      onError,
    });
    const ids: string[] = [];
    const all = new Promise<void>((resolve) =>
      bus.subscribe('test.done', ({ id }) => {
        if (id === '2') throw new Error('poison');
        if (ids.push(id) === 3) resolve();
      }),
    );
    await bus.publish(event('1'));
    await bus.publish([event('2'), event('3'), event('4')]);
    await all;
    await expect.poll(() => bus.stats().deadLettered).toBe(1);
    // Long enough for entries to be kept and claimed.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(bus.stats()).toMatchObject({ handled: 3, lost: 0, malformed: 0, reconnects: 0 });
    expect([...codes]).toEqual(['HANDLER_FAILED']);
    expect(await client.call('EXISTS', '{tickmark}:dead')).toBe(1);
  });

  it.each([
    ['SET', 'other', '1'],
    ['FLUSHALL'],
    ['KEYS', '*'],
    ['CONFIG', 'GET', '*'],
    ['PUBLISH', 'other', '1'],
  ])('keep out of the rest: %s', async (command, ...args) => {
    await expect(client.call(command, ...args)).rejects.toThrow(/NOPERM/);
  });
});
