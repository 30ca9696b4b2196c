import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { worker, type Worker } from '../servers/worker.js';
import { pause, until } from '../waiting.js';
import { openPlace, type OpenPlace } from './adapters.js';
import { printFigure } from './figures.js';
import type { EngineFigures, LargeBookArguments } from './large-book-worker.js';

const PORTFOLIOS = Number(process.env.TICKMARK_BOOK ?? 200_000);
const POSITIONS = 5;
const SYMBOLS = 2_000;
const TICKS_PER_SECOND = 5_000;
const LASTS_MS = Number(process.env.TICKMARK_BOOK_MINUTES ?? 5) * 60_000;
const OLDEST_VALUE_MS = 15_000;
const OLDEST_PRICE_MS = 1_000;
const LOAD_WITHIN_MS = 300_000;

type Member = Worker<'sample', 'ready' | EngineFigures>;

const place = await openPlace();

describe.skipIf(!place)(`${PORTFOLIOS} portfolios at ${TICKS_PER_SECOND} ticks/s, two engines`, () => {
  const { parts } = place ?? ({} as OpenPlace);
  const members: Member[] = [];
  const pool = new pg.Pool({ connectionString: parts?.postgresUrl, max: 2 });

  afterAll(async () => {
    for (const member of members) await member.kill();
    await pool.end();
    await place!.remove();
  });

  const start = async (role: LargeBookArguments['role']): Promise<Member> => {
    const program = new URL('large-book-worker.ts', import.meta.url);
    const member: Member = worker(program, {
      ...parts,
      role,
      symbols: SYMBOLS,
      ticksPerSecond: TICKS_PER_SECOND,
    });
    members.push(member);
    expect(await member.next()).toBe('ready');
    return member;
  };
  const one = async (text: string): Promise<Record<string, number>> =>
    (await pool.query<Record<string, number>>(text)).rows[0]!;

  test('keep stored values and prices young, and one of them stores at a time', async () => {
    const { schema } = parts;
    await pool.query(`
INSERT INTO ${schema}.tickmark_portfolios (id, version, currency, account_kind, cash_currencies, cash_amounts,
    realized_currencies, realized_amounts, recent_saves)
  SELECT 'p' || n, 1, 'USD', 'cash', '{}', '{}', '{}', '{}', '{}' FROM generate_series(1, ${PORTFOLIOS}) n;
INSERT INTO ${schema}.tickmark_valuations (portfolio_id, holdings_version)
  SELECT 'p' || n, 1 FROM generate_series(1, ${PORTFOLIOS}) n;
INSERT INTO ${schema}.tickmark_positions (portfolio_id, symbol, ordinal, version, currency, quantity, cost_basis, realized_pnl)
  SELECT 'p' || n, 'S' || ((n * 7 + k * 131) % ${SYMBOLS}), k, 1, 'USD', 1 + n % 50, 100, 0
  FROM generate_series(1, ${PORTFOLIOS}) n, generate_series(1, ${POSITIONS}) k;`);
    await pool.query(`VACUUM ANALYZE ${schema}.tickmark_positions`);
    await start('ingest');
    const engines = [await start('engine'), await start('engine')];
    const ages = (): Promise<Record<string, number>> =>
      one(`SELECT
  (SELECT extract(epoch FROM clock_timestamp()) * 1000 - min(coalesce(valued_at, 0)) FROM ${schema}.tickmark_valuations)::float8 AS value,
  (SELECT extract(epoch FROM clock_timestamp()) * 1000 - min(received_at) FROM ${schema}.tickmark_prices)::float8 AS price`);
    await until('every portfolio is valued', async () => (await ages()).value! < 3_600_000, {
      hungAfterMs: LOAD_WITHIN_MS,
      everyMs: 1000,
    });
    const values: number[] = [];
    const prices: number[] = [];
    let saved = [0, 0];
    let writers = 0;
    for (const end = performance.now() + LASTS_MS; performance.now() < end; await pause(2000)) {
      const { value, price } = await ages();
      values.push(value!);
      prices.push(price!);
      const figures: EngineFigures[] = [];
      for (const engine of engines) {
        engine.send('sample');
        figures.push((await engine.next()) as EngineFigures);
      }
      const now = figures.map((each) => each.saved);
      if (values.length > 1 && now.every((count, at) => count > saved[at]!)) writers++;
      saved = now;
    }
    const worst = (list: readonly number[]): string =>
      `${Math.round(Math.max(...list))} ms at most, ${Math.round(list.toSorted((a, b) => a - b)[list.length >> 1]!)} at the median`;
    printFigure(
      `stored values ${worst(values)} old; stored prices ${worst(prices)}; ${saved.join(' and ')} values saved by the two engines, ` +
        `both in ${writers} of ${values.length} looks`,
    );
    expect(Math.max(...values)).toBeLessThanOrEqual(OLDEST_VALUE_MS);
    expect(Math.max(...prices)).toBeLessThanOrEqual(OLDEST_PRICE_MS);
    expect(writers).toBe(0);
  });
});
