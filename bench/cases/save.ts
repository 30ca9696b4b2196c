import type { Pool } from 'pg';
import { Decimal } from '../../src/core/money/decimal.js';
import type { ValuationRecord } from '../../src/core/portfolio/portfolio-repository.js';
import {
  STREAMED_FIGURES,
  mapFigures,
  type StreamedFigure,
} from '../../src/core/portfolio/figures/portfolio-totals.js';
import { COLUMN_FIGURES, PACKED_FIGURES, columnOf } from '../../src/postgres/statements/figure-columns.js';
import { compare, mapSpread, timesFaster, type Bench } from '../harness.js';
import { EPOCH } from '../market.js';
import type { OwnWork, Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';
import { missing, postgresWith } from '../stores.js';
import { World } from '../world.js';

const PORTFOLIOS = 10_000;
const SET = 1_000;
const MEASURED = `the ${STREAMED_FIGURES.length} totals of each portfolio into PostgreSQL, ${PORTFOLIOS.toLocaleString('en')} rows in the table, sets of ${SET.toLocaleString('en')}`;
const SETS = 'saveValuations, a set at a time';
const CONFLICTING = 'the same, one row in ten refused for its version';
const AWAITED = 'one UPDATE per portfolio, each committed and awaited';
const SERVER_SIDE = 'UPDATE of the same rows by the server itself';

/** What it costs to store totals under their versions. */
export async function save(bench: Bench): Promise<CaseReport> {
  const totals = await totalsInPostgres(bench, bench.quick ? SET : PORTFOLIOS, bench.quick ? 1 : 5);
  if (totals instanceof Error) return missing(MEASURED, totals);
  const { next, inSets, store } = totals;
  const { pool, schema, close } = store;

  const timings = await compare(bench, [
    { name: SETS, round: () => inSets(0, SET) },
    { name: CONFLICTING, round: () => inSets(10, SET * 0.9) },
    { name: AWAITED, round: () => awaited(pool, schema, next(0).slice(0, SET / 5)) },
    { name: SERVER_SIDE, round: () => onServer(pool, schema, next(0)) },
  ]);
  await close();

  const figures = [...timings].map(([name, time]): Figure => {
    return {
      group: 'totals of a portfolio',
      name,
      unit: 'k portfolios/s',
      ...mapSpread(time, (ns) => 1e6 / ns),
    };
  });
  return {
    measured: MEASURED,
    figures,
    ratios: [
      {
        name: `sets / ${SERVER_SIDE}`,
        value: timesFaster(timings, SETS, SERVER_SIDE),
        unit: 'x',
        floor: 0.25,
      },
      { name: `sets / ${AWAITED}`, value: timesFaster(timings, SETS, AWAITED), unit: 'x', floor: 18 },
      {
        name: 'one row in ten refused / none refused, time',
        value: timesFaster(timings, SETS, CONFLICTING),
        unit: 'x',
        floor: 1.5,
        isCeiling: true,
      },
    ],
  };
}

/** The work of tickmark alone; the server's own time does not count. */
export async function saveWork(bench: Bench): Promise<OwnWork | Unmeasurable> {
  const rows = bench.quick ? SET : 3 * SET;
  const measured = `the ${STREAMED_FIGURES.length} totals of each portfolio into PostgreSQL, ${rows} rows in the table, sets of ${SET}`;
  const totals = await totalsInPostgres(bench, rows, bench.quick ? 1 : 10);
  if (totals instanceof Error) return { measured, void: totals.message };
  const { inSets, store } = totals;
  return {
    measured,
    parts: [
      { name: 'none refused', operation: 'portfolio', round: () => inSets(0, SET) },
      { name: 'one row in ten refused', operation: 'portfolio', round: () => inSets(10, SET * 0.9) },
    ],
    close: store.close,
  };
}

/** A table of totals, and rounds of `sets` sets each into it. */
async function totalsInPostgres(bench: Bench, portfolios: number, sets: number) {
  bench.progress('filling the store');
  const store = await postgresWith(new World(portfolios, 1_000)).catch((error: unknown) => error as Error);
  if (store instanceof Error) return store;
  const { repository } = store;
  const ids = Array.from({ length: portfolios }, (_, n) => `P${String(n).padStart(6, '0')}`);
  let turn = 0;
  const next = (conflictsEach: number): ValuationRecord[] => {
    const from = (turn++ * SET) % ids.length;
    return ids
      .slice(from, from + SET)
      .map((id, row) => record(id, turn, conflictsEach > 0 && row % conflictsEach === 0 ? 2 : 1));
  };
  const inSets = async (conflictsEach: number, expected: number) => {
    for (let i = 0; i < sets; i++) {
      const outcomes = await repository.saveValuations(next(conflictsEach));
      const saved = outcomes.filter((outcome) => outcome === 'saved').length;
      if (saved !== expected) throw new Error(`${saved} of ${SET} were saved.`);
    }
    return sets * SET;
  };
  // Each row needs a first valuation before any is replaced.
  for (let i = 0; i < ids.length / SET; i++) await repository.saveValuations(next(0));
  return { next, inSets, store };
}

const cents = (units: number): Decimal => Decimal.ofUnits(units, 2);
// A portfolio with some history, without short positions or foreign cash, from which prices move twelve figures.
const STILL: Partial<Record<StreamedFigure, Decimal>> = {
  accruedInterest: cents(0),
  cash: cents(5_000_00),
  unsettledCash: cents(0),
  costBasis: cents(100_000_00),
  fxPnl: cents(0),
  realizedPnl: cents(1_234_56),
  income: cents(345_67),
  fees: cents(45_50),
  taxes: cents(12_34),
  expenses: cents(4_50),
  cashFxPnl: cents(0),
  netContributions: cents(90_000_00),
  shortExposure: cents(0),
};
/** The others, in units of 10^-2 or, in percent, 10^-4. */
const MOVING: Partial<Record<StreamedFigure, number>> = {
  marketValue: 123_456_00,
  equity: 128_456_00,
  unrealizedPnl: 23_456_00,
  unrealizedPnlPct: 23_4560,
  pricePnl: 23_456_00,
  totalPnl: 25_031_73,
  dayPnl: 1_234_50,
  dayPnlPct: 9704,
  longExposure: 123_456_00,
  grossExposure: 123_456_00,
  netExposure: 123_456_00,
  leverage: 9611,
};

function record(portfolioId: string, turn: number, version: number): ValuationRecord {
  const figures = mapFigures(
    (name) =>
      STILL[name] ??
      Decimal.ofUnits(MOVING[name]! + turn, name.endsWith('Pct') || name === 'leverage' ? 4 : 2),
  );
  return {
    portfolioId,
    version,
    priceOrder: orderOf(turn),
    basis: '',
    valuedAt: EPOCH + turn,
    priceTime: EPOCH + turn,
    receivedAt: EPOCH + turn,
    liveUntil: EPOCH + turn + 60_000,
    currency: 'USD',
    ...figures,
    priced: { marketValue: figures.marketValue! },
    complete: true,
    unpriced: [],
    unconverted: [],
  };
}

/** As long as an engine writes them. */
function orderOf(turn: number): string {
  return `0001AbCdEfGhI${String(turn).padStart(13, '0')}`;
}

const NUMERIC = [...COLUMN_FIGURES.map(columnOf), 'priced_market_value'];

async function awaited(pool: Pool, schema: string, records: readonly ValuationRecord[]): Promise<number> {
  const client = await pool.connect();
  const text = `UPDATE ${schema}.tickmark_valuations SET version = $2, price_order = $3, price_time = $4, valued_at = $5,
    received_at = $5, live_until = $5,
    ${[...NUMERIC, 'packed_figures'].map((name, n) => `${name} = $${n + 6}`).join(', ')}, complete = true
    WHERE portfolio_id = $1 AND holdings_version = $2 AND price_order < $3`;
  for (const each of records) {
    const amounts = [...COLUMN_FIGURES.map((name) => each[name]), each.priced.marketValue].map(String);
    const packed = PACKED_FIGURES.map((name) => each[name]).join(',');
    const times = [each.priceOrder, each.priceTime, each.valuedAt];
    await client.query({
      name: 'one',
      text,
      values: [each.portfolioId, each.version, ...times, ...amounts, packed],
    });
  }
  client.release();
  return records.length;
}

async function onServer(pool: Pool, schema: string, records: readonly ValuationRecord[]): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE ${schema}.tickmark_valuations SET price_time = price_time + 1, price_order = left(price_order, 13) || $3,
      valued_at = valued_at + 1, received_at = received_at + 1, live_until = live_until + 1, ${NUMERIC.map((name) => `${name} = ${name} + 0.01`).join(', ')},
      packed_figures = packed_figures || ''
      WHERE portfolio_id BETWEEN $1 AND $2`,
    [records[0]!.portfolioId, records.at(-1)!.portfolioId, records[0]!.priceOrder.slice(13)],
  );
  if (rowCount !== records.length) throw new Error(`${rowCount} rows were updated.`);
  return records.length;
}
