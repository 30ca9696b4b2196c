import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InstrumentStore } from '../../../src/core/instruments/instrument-store.js';
import { bond, future, inversePerpetual } from '../../../src/core/instruments/instrument-presets.js';
import { InMemoryInstrumentStore } from '../../../src/memory/in-memory-instrument-store.js';
import { PostgresInstrumentStore } from '../../../src/postgres/instruments/postgres-instrument-store.js';
import { migrate } from '../../../src/postgres/schema.js';
import { SLOW_TEST_MS } from '../../waiting.js';

const LIST = [
  future({
    symbol: 'ESZ6',
    currency: 'USD',
    multiplier: 50,
    name: 'E-mini "S&P" \\ 500',
    tags: { sector: 'Index' },
  }),
  inversePerpetual({ symbol: 'BTC-PERP', currency: 'USD', settlementCurrency: 'BTC', multiplier: 10 }),
  bond({ symbol: 'UST', currency: 'USD' }),
];
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const bySymbol = plain([LIST[1], LIST[0], LIST[2]]);

let database: PGlite;
beforeAll(async () => {
  database = new PGlite();
  await migrate(database);
}, SLOW_TEST_MS);
afterAll(() => database.close());

describe.each<[string, () => InstrumentStore]>([
  ['in memory', () => new InMemoryInstrumentStore()],
  ['in PostgreSQL', () => new PostgresInstrumentStore(database)],
])('instruments %s', (_, open) => {
  test('come back as they were stored, all or some, by symbol', { timeout: SLOW_TEST_MS }, async () => {
    const store = open();
    await store.saveInstruments(LIST);
    expect(plain(await store.loadInstruments())).toEqual(bySymbol);
    const some = await store.loadInstruments(['UST', 'nobody', 'ESZ6', 'UST']);
    expect(some.map(({ symbol }) => symbol)).toEqual(['ESZ6', 'UST']);
  });

  test('replace those of the same symbol; a bad one stores none', { timeout: SLOW_TEST_MS }, async () => {
    const store = open();
    await store.saveInstruments(LIST);
    await store.saveInstruments([{ symbol: 'UST', currency: 'EUR' }]);
    expect((await store.loadInstruments(['UST']))[0]!.currency).toBe('EUR');
    const bad = [
      { symbol: 'UST', currency: 'GBP' },
      { symbol: 'X', currency: 'USD', multiplier: -1 },
    ];
    await expect(store.saveInstruments(bad)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect((await store.loadInstruments(['UST', 'X'])).map(({ currency }) => currency)).toEqual(['EUR']);
    await store.saveInstruments([]);
  });
});
