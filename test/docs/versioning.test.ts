import { Portfolio, type DomainEvent } from 'tickmark';
import {
  PostgresDayStore,
  PostgresInstrumentStore,
  PostgresPortfolioRepository,
  migrate,
} from 'tickmark/postgres';
import { EventCodecs } from 'tickmark/redis';
import { afterAll, describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION, SUBPROTOCOL, parseServerMessage } from '../../src/protocol/server-messages.js';
import { parseClientMessage } from '../../src/protocol/client-messages.js';
import { parseTopic } from '../../src/protocol/topic.js';
import { emptyPglite } from '../postgres/empty-pglite.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { readPage } from './pages.js';

const { text } = readPage('docs/versioning.md');
const database = emptyPglite();
afterAll(() => database.close());

describe('the guide to versions', () => {
  it('names the version of the protocol', () => {
    expect(text).toContain(`\`protocol: ${PROTOCOL_VERSION}\``);
    expect(text).toContain(`\`${SUBPROTOCOL}\``);
  });
});

describe('two versions that meet', { timeout: SLOW_TEST_MS }, () => {
  it('a client takes a message of an unknown type', () => {
    const message = '{"type":"later","serverTime":1,"more":true}';
    expect(parseServerMessage(message)).toMatchObject({ type: 'later' });
  });

  it('a gateway ignores unknown fields, and rejects unknown types', () => {
    const subscribe = { type: 'subscribe', topics: ['portfolio:desk'] };
    expect(parseClientMessage(JSON.stringify({ ...subscribe, later: 1 }))).toEqual(subscribe);
    expect(parseTopic('later:desk')).toEqual({ kind: 'later', id: 'desk' });
    expect(() => parseClientMessage('{"type":"later"}')).toThrow(/message\.type/);
  });

  it.each(['json', 'compact'] as const)('a bus reads both forms, here %s', (encoding) => {
    const event: DomainEvent = { type: 'test.done', id: '1', occurredAt: 1 };
    const origin = { source: 'here', sequence: null };
    const message = new EventCodecs({ encoding }).encode(event, origin);
    for (const reader of ['json', 'compact'] as const)
      expect(new EventCodecs({ encoding: reader }).decode(message).event).toEqual(event);
  });

  it('a bus refuses another compact version', () => {
    const message = new EventCodecs({ encoding: 'compact' }).encode(
      { type: 'test.done', id: '1', occurredAt: 1 },
      { source: 'here', sequence: null },
    ) as Uint8Array;
    message[2] = 2;
    expect(() => new EventCodecs().decode(message)).toThrow(/version/);
  });

  it('migrate() of older code applies nothing to newer tables', async () => {
    const applied = await migrate(database);
    await database.exec(`
      ALTER TABLE tickmark_prices ADD COLUMN later text;
      INSERT INTO tickmark_migrations (version) VALUES (${applied.length + 1});`);
    expect(await migrate(database)).toEqual([]);
    expect(await new PostgresPortfolioRepository(database).load('desk')).toBeNull();
  });

  it('code refuses tables that a newer version has changed so that it would misread them, and writes nothing', async () => {
    await migrate(database);
    const stores = [new PostgresPortfolioRepository(database), new PostgresPortfolioRepository(database)];
    await database.exec('INSERT INTO tickmark_migrations (version, oldest_code) VALUES (99, 98)');
    const portfolio = Portfolio.create({ id: 'desk', currency: 'USD' });
    const said =
      /newer version of tickmark has changed the tables \(they need code that knows migration 98; this one knows \d+\)/;
    for (const call of [
      () => migrate(database),
      () => stores[0]!.save(portfolio),
      () => stores[0]!.load('desk'),
      () => stores[1]!.loadPrices(),
      () => new PostgresInstrumentStore(database).loadInstruments(),
      () => new PostgresDayStore(database).loadCloses(['us-equities'], 1),
    ])
      await expect(call()).rejects.toMatchObject({
        code: 'REPOSITORY_FAILED',
        retryable: false,
        message: expect.stringMatching(said) as string,
      });
    await database.exec('DELETE FROM tickmark_migrations WHERE version = 99');
    expect(await stores[0]!.load('desk')).toBeNull();
  });

  it('code says so also when the tables are changed while it runs', async () => {
    await migrate(database);
    const store = new PostgresPortfolioRepository(database);
    expect(await store.loadPrices()).toEqual([]);
    await database.exec(`
      ALTER TABLE tickmark_prices RENAME COLUMN price TO newest_price;
      INSERT INTO tickmark_migrations (version, oldest_code) VALUES (99, 98)`);
    await expect(store.loadPrices()).rejects.toThrow(/newer version of tickmark/);
    await database.exec(`
      ALTER TABLE tickmark_prices RENAME COLUMN newest_price TO price;
      DELETE FROM tickmark_migrations WHERE version = 99`);
  });
});
