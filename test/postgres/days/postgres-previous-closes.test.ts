import { beforeAll, describe, expect, test } from 'vitest';
import { usEquities } from '../../../src/calendars/us-equities.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { SESSIONS, load, sampleClose } from '../../../src/conformance/previous-closes/sample-closes.js';
import {
  PostgresPreviousCloses,
  type PostgresPreviousClosesOptions,
} from '../../../src/postgres/days/postgres-previous-closes.js';
import { rejection } from '../../rejection.js';
import { SLOW_TEST_MS } from '../../waiting.js';
import { sharedPglite } from '../empty-pglite.js';
import { FakePool, driverError } from '../fake-pool.js';

const database = sharedPglite();
const FRIDAY = SESSIONS[2];

beforeAll(
  () =>
    database.exec(`
CREATE TABLE closes (symbol text, price numeric, closed_at timestamptz);
CREATE INDEX ON closes (symbol, closed_at);
CREATE TABLE days (symbol text, price double precision, day date)`),
  SLOW_TEST_MS,
);

const closesOf = (options: Partial<PostgresPreviousClosesOptions> = {}) =>
  new PostgresPreviousCloses(database, { table: 'closes', ...options });
const byDate = (calendar: PostgresPreviousClosesOptions['calendar']) =>
  closesOf({ table: 'days', columns: { date: 'day' }, ...(calendar && { calendar }) });

describe('previous closes in PostgreSQL', { timeout: SLOW_TEST_MS }, () => {
  test('pass over what is no price', async () => {
    await database.exec(`INSERT INTO closes VALUES
      ('A', 1.50, '2026-11-25 21:00Z'), ('A', NULL, '2026-11-27 18:00Z'),
      ('B', 2, '2026-11-25 21:00Z'), ('B', 'NaN', '2026-11-27 18:00Z'),
      ('C', 'Infinity', '2026-11-27 18:00Z'), ('D', '-Infinity', '2026-11-27 18:00Z'),
      ('E', 5, '-infinity'), ('F', 6, 'infinity'), ('G', 7, NULL)`);
    expect(await load(closesOf(), ['A', 'B', 'C', 'D', 'E', 'F', 'G'])).toEqual([
      { symbol: 'A', price: '1.50', closedAt: SESSIONS[1] },
      { symbol: 'B', price: '2', closedAt: SESSIONS[1] },
    ]);
  });

  test('are of the same times whatever zone and style the database has', async () => {
    await database.exec(`
      CREATE TABLE local_closes AS SELECT 'A' AS symbol, 1 AS price, timestamp '2026-11-27 18:00' AS closed_at;
      INSERT INTO closes VALUES ('zoned', 1, '2026-11-27 18:00Z');
      SET TimeZone = 'Asia/Tokyo'; SET datestyle = 'German, DMY'`);
    for (const [table, symbol] of [
      ['local_closes', 'A'],
      ['closes', 'zoned'],
    ] as const) {
      const source = closesOf({ table });
      expect(await load(source, [symbol], { at: FRIDAY })).toMatchObject([{ closedAt: FRIDAY }]);
      expect(await load(source, [symbol], { at: FRIDAY - 1 })).toEqual([]);
    }
    await database.exec('RESET TimeZone; RESET datestyle');
  });

  test('of a date need its session, and are of no symbol without a calendar', async () => {
    await database.exec(`INSERT INTO days VALUES
      ('AAPL', 231.5, '2026-11-27'), ('AAPL', 231.5, '2026-11-28'), ('HOLIDAY', 1, '2026-11-26'),
      ('NONE', 2, '2026-11-27'), ('TINY', 1e-7, '2026-11-27')`);
    const calendar = (symbol: string) => (symbol === 'NONE' ? null : usEquities);
    const given = await load(byDate(calendar), ['AAPL', 'HOLIDAY', 'NONE', 'TINY']);
    expect(given).toHaveLength(2);
    expect(given).toContainEqual(sampleClose('AAPL', '231.5'));
    expect(given).toContainEqual(sampleClose('TINY', '1e-07'));
    expect(await load(byDate(calendar), ['NONE'])).toEqual([]);
    expect(await load(byDate(usEquities), ['AAPL'], { at: Date.parse('2050-01-01') })).toEqual([]);
  });

  test('of a date without a session do not hide the close before it', async () => {
    // A table with a row for each day; one that has something on Thanksgiving alone, and one that has nothing before the weekend.
    await database.exec(`INSERT INTO days VALUES
      ('FILLED', 7, '2026-11-25'), ('FILLED', 8, '2026-11-26'),
      ('EACH', 1, '2026-11-20'), ('EACH', 2, '2026-11-21'), ('EACH', 3, '2026-11-22'),
      ('OLD', 4, '2026-07-02'), ('OLD', 5, '2026-07-04')`);
    const given = await load(byDate(usEquities), ['FILLED', 'EACH']);
    expect(given).toHaveLength(2);
    expect(given).toContainEqual(sampleClose('FILLED', '7', { closedAt: SESSIONS[1] }));
    expect(given).toContainEqual(sampleClose('EACH', '1', { closedAt: Date.parse('2026-11-20T21:00Z') }));
    const afterJuly4 = { at: Date.parse('2026-07-06T12:00Z') };
    expect(await load(byDate(usEquities), ['OLD'], afterJuly4)).toMatchObject([{ price: '4' }]);
  });

  test('are read through a view', async () => {
    await database.exec(`
      CREATE SCHEMA market;
      CREATE VIEW market.today AS SELECT upper(symbol) AS symbol, price, closed_at FROM closes WHERE symbol = 'v'
      UNION ALL SELECT 'V', 9, '2026-11-27 18:00Z'`);
    const source = closesOf({ schema: 'market', table: 'today' });
    expect(await load(source, ['V'])).toEqual([sampleClose('V', '9')]);
  });

  test('are found by index, however many there are', async () => {
    await database.exec(`
      INSERT INTO closes SELECT 'S' || n % 200, n, timestamptz '2026-11-27 18:00Z' - n * interval '1 hour'
      FROM generate_series(1, 20000) n; ANALYZE closes`);
    const sent: string[] = [];
    const pool = new FakePool((text, values) => {
      if (!text.includes('SELECT asked')) return [];
      sent.push(text.replace('$1', `'${String(values[0])}'`).replace('$2', `'${String(values[1])}'`));
      return [];
    });
    await load(new PostgresPreviousCloses(pool, { table: 'closes' }), ['S1', 'S2']);
    const plan = await database.query(`EXPLAIN ${sent[0]!}`);
    expect(JSON.stringify(plan.rows)).not.toMatch(/Seq Scan|Sort/);
    expect(sent).toHaveLength(1);
  });

  test('need the table, which migrate() does not create', async () => {
    const error = await rejection(load(closesOf({ table: 'nowhere' }), ['A']));
    expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: false });
    expect(error.message).toBe(
      'PostgresPreviousCloses.load() failed: relation "public.nowhere" does not exist (42P01)',
    );
  });

  test('ask for nothing that no table can hold, and for each symbol once', async () => {
    const asked: unknown[] = [];
    const pool = new FakePool((text, values) => {
      if (text.includes('SELECT asked')) asked.push(values[0]);
      return [];
    });
    const source = new PostgresPreviousCloses(pool, { table: 'closes' });
    await load(source, ['A', 'A', 'a\0b', '\uD83D', '📈']);
    await load(source, ['\0']);
    expect(asked).toEqual(['{"A","📈"}']);
  });

  test.each([NaN, Infinity, 9e15])('refuse the time %s', async (at) => {
    expect(await rejection(load(closesOf(), ['A'], { at }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('a call that is aborted', () => {
  test('ends at once, closes its connection, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    const pool = new FakePool((text) =>
      text.includes('SELECT asked') ? new Promise<never>(() => undefined) : [],
    );
    const call = new AbortController();
    const source = new PostgresPreviousCloses(pool, { table: 'closes', clock });
    const loading = rejection(load(source, ['A'], { signal: call.signal }));
    await clock.advance(0);
    expect(pool.sent).toEqual(['BEGIN', 'STATEMENT']);
    call.abort();
    expect(await loading).toMatchObject({ code: 'ABORTED' });
    expect(pool.released).toHaveLength(1);
    expect(pool.released[0]).toBeInstanceOf(Error);
    expect(clock.pending).toBe(0);
  });

  test.each(['of the call', 'of the source'])('is not repeated: signal %s', async (whose) => {
    const clock = new FakeClock();
    const pool = new FakePool((text) => {
      if (text.includes('SELECT asked')) throw driverError('40001');
      return [];
    });
    const [call, all] = [new AbortController(), new AbortController()];
    const source = new PostgresPreviousCloses(pool, {
      table: 'closes',
      clock,
      random: () => 1,
      signal: all.signal,
    });
    const loading = rejection(load(source, ['A'], { signal: call.signal }));
    await clock.advance(0);
    (whose === 'of the call' ? call : all).abort();
    expect(await loading).toMatchObject({ code: 'ABORTED' });
    expect(clock.pending).toBe(0);
    expect(pool.sent.filter((name) => name === 'STATEMENT')).toHaveLength(1);
  });
});

describe('options of previous closes', () => {
  const refused = (options: object): string => {
    try {
      new PostgresPreviousCloses(database, options as PostgresPreviousClosesOptions);
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      return (error as Error).message;
    }
    return 'accepted';
  };

  test.each([
    [{}, 'PostgresPreviousCloses: table'],
    [{ table: 'market.closes' }, 'PostgresPreviousCloses: table'],
    [{ table: 'closes"; DROP TABLE closes; --' }, 'PostgresPreviousCloses: table'],
    [{ table: 'x'.repeat(64) }, 'at most 63'],
    [{ table: 'closes', schema: '' }, 'PostgresPreviousCloses: schema'],
    [{ table: 'closes', columns: { price: 'close price' } }, 'PostgresPreviousCloses: columns.price'],
    [{ table: 'closes', columns: { close: 'close' } }, 'unknown option "close"'],
    [{ table: 'closes', column: {} }, 'did you mean "columns"?'],
    [{ table: 'closes', columns: { date: 'day' } }, 'columns.date needs a calendar'],
    [{ table: 'closes', calendar: usEquities }, 'calendar is for columns.date only'],
    [{ table: 'closes', columns: { date: 'day' }, calendar: 'us' }, 'expected a TradingCalendar'],
    [
      { table: 'closes', columns: { date: 'day', closedAtMs: 'at' }, calendar: usEquities },
      'expected one of',
    ],
    [{ table: 'closes', attempts: 0 }, 'PostgresPreviousCloses: attempts'],
  ])('%o is refused', (options, message) => {
    expect(refused(options)).toContain(message);
  });

  test('are needed', () => {
    expect(refused(undefined as never)).toContain('PostgresPreviousCloses: options');
  });
});
