import { HoldingsEditor } from '../../src/core/portfolio/holdings-editor.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { compare, mapSpread, type Bench } from '../harness.js';
import { EPOCH } from '../market.js';
import type { OwnWork, Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';
import { missing, postgresWith, type Postgres } from '../stores.js';
import { World } from '../world.js';

const HOLDERS = 50_000;
/** As many as a portfolio has positions, so that each portfolio holds each of them. */
const SYMBOLS = 10;
const CEILING_S = 5;
const OURS = 'corporateAction()';
const PLAIN = 'UPDATE of the positions alone: no ledger, no lots, no versions';

const measuredWith = (holders: number) =>
  `a split booked durably into the ledgers of ${holders.toLocaleString('en')} holders in PostgreSQL, ${SYMBOLS} positions each`;

/** What it costs to book a split into all portfolios. */
export async function split(bench: Bench): Promise<CaseReport> {
  const holders = bench.quick ? 2_000 : HOLDERS;
  const measured = measuredWith(holders);
  const store = await opened(holders);
  if (store instanceof Error) return missing(measured, store);
  const { pool, schema, close } = store;
  const symbols = new World(1, SYMBOLS).symbols;
  await pool.query(
    `CREATE TABLE ${schema}.held AS SELECT portfolio_id, symbol, quantity FROM ${schema}.tickmark_positions`,
  );
  await pool.query(`CREATE INDEX ON ${schema}.held (symbol)`);
  const timings = await compare(bench, [
    { name: OURS, round: () => booked(store, symbols) },
    {
      name: PLAIN,
      round: async () => {
        const { rowCount } = await pool.query(
          `UPDATE ${schema}.held SET quantity = quantity * 2 WHERE symbol = $1`,
          [symbols[0]],
        );
        return rowCount!;
      },
    },
  ]);
  await close();
  const seconds = (ns: number) => (ns * holders) / 1e9;
  const figures = [...timings].map(([name, time]): Figure => {
    return { group: 'split', name, unit: 's', ...mapSpread(time, seconds) };
  });
  return {
    measured,
    figures,
    ratios: [
      {
        name: OURS,
        value: seconds(timings.get(OURS)!.median),
        unit: 's',
        floor: (CEILING_S * holders) / HOLDERS,
        isCeiling: true,
      },
    ],
  };
}

/** The work of tickmark alone; the server's own time does not count. */
export async function splitWork(): Promise<OwnWork | Unmeasurable> {
  const holders = 2_000;
  const measured = measuredWith(holders);
  const store = await opened(holders);
  if (store instanceof Error) return { measured, void: store.message };
  const symbols = new World(1, SYMBOLS).symbols;
  return {
    measured,
    parts: [{ name: OURS, operation: 'holder', round: () => booked(store, symbols) }],
    close: store.close,
  };
}

const opened = (holders: number): Promise<Postgres | Error> =>
  postgresWith(new World(holders, SYMBOLS)).catch((error: unknown) => error as Error);

let actions = 0;

async function booked({ repository }: Postgres, symbols: readonly string[]): Promise<number> {
  const holdings = new HoldingsEditor({ repository, bus: new InMemoryEventBus() });
  const number = actions++;
  const { booked: holders } = await holdings.corporateAction({
    id: `split-${number}`,
    at: EPOCH + number,
    type: 'split',
    symbol: symbols[number % symbols.length]!,
    from: 1,
    to: 2,
  });
  return holders;
}
