import PQueue from 'p-queue';
import type { Pool } from 'pg';
import { FillBooker } from '../../src/core/fills/fill-booker.js';
import type { Fill, FillMessage, FillStream } from '../../src/core/fills/fill-stream.js';
import { HoldingsEditor } from '../../src/core/portfolio/holdings-editor.js';
import type { LedgerEntryInput } from '../../src/core/portfolio/ledger/ledger-entry.js';
import { seededRandom } from '../../src/core/random.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { compare, mapSpread, timesFaster, type Bench } from '../harness.js';
import { EPOCH, cents } from '../market.js';
import type { OwnWork, Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';
import { missing, postgresWith, sqlite, type Postgres, type Sqlite } from '../stores.js';
import { World } from '../world.js';

const PORTFOLIOS = 100;
const LIST = 1_000;
const SYMBOLS = 50;
const MEASURED = `fills booked durably into ledgers in PostgreSQL and SQLite, ${PORTFOLIOS} portfolios, lists of ${LIST.toLocaleString('en')} fills`;
const OURS = 'FillBooker';
const IN_SQLITE = 'FillBooker, SQLite';
const PLAIN = 'a transaction for each fill: INSERT of the fill, UPDATE of position and cash; p-queue 8';

/** What it costs to book the fills of a broker, each once. */
export async function fills(bench: Bench): Promise<CaseReport> {
  const store = await opened();
  if (store instanceof Error) return missing(MEASURED, store);
  const { pool, schema, close } = store;
  await pool.query(`
    CREATE TABLE ${schema}.fills (id text PRIMARY KEY, portfolio_id text, symbol text, quantity numeric, price numeric);
    CREATE TABLE ${schema}.held (portfolio_id text, symbol text, quantity numeric, cost numeric, PRIMARY KEY (portfolio_id, symbol));
    CREATE TABLE ${schema}.money (portfolio_id text PRIMARY KEY, cash numeric)`);
  const file = await sqlite().catch((error: unknown) => error as Error);
  if (file instanceof Error) {
    await close();
    return missing(MEASURED, file);
  }
  const world = new World(PORTFOLIOS, SYMBOLS);
  for (let number = 0; number < PORTFOLIOS; number++) await file.repository.save(world.portfolio(number));
  const broker = new Broker();
  const lists = bench.quick ? 2 : 10;
  const timings = await compare(bench, [
    { name: OURS, round: () => booked(store, broker, lists) },
    { name: IN_SQLITE, round: () => booked(file, broker, lists) },
    { name: PLAIN, round: () => plainly(pool, schema, broker.list().slice(0, bench.quick ? 200 : LIST)) },
  ]);
  await close();
  await file.close();
  const group = 'fills';
  const figures = [...timings].map(([name, time]): Figure => {
    return { group, name, unit: 'k fills/s', ...mapSpread(time, (ns) => 1e6 / ns) };
  });
  return {
    measured: MEASURED,
    figures,
    ratios: [
      { name: OURS, value: 1e6 / timings.get(OURS)!.median, unit: 'k fills/s', floor: 10 },
      { name: IN_SQLITE, value: 1e6 / timings.get(IN_SQLITE)!.median, unit: 'k fills/s', floor: 20 },
      { name: `${OURS} / ${PLAIN}`, value: timesFaster(timings, OURS, PLAIN), unit: 'x' },
    ],
  };
}

/** The work of tickmark alone; the server's own time does not count. */
export async function fillsWork(): Promise<OwnWork | Unmeasurable> {
  const store = await opened();
  if (store instanceof Error) return { measured: MEASURED, void: store.message };
  const broker = new Broker();
  return {
    measured: MEASURED,
    parts: [{ name: OURS, operation: 'fill', round: () => booked(store, broker, 5) }],
    close: store.close,
  };
}

const opened = (): Promise<Postgres | Error> =>
  postgresWith(new World(PORTFOLIOS, SYMBOLS)).catch((error: unknown) => error as Error);

/** New fills without end. */
class Broker {
  readonly #random = seededRandom(11);
  readonly #world = new World(PORTFOLIOS, SYMBOLS);
  #number = 0;

  list(): Fill[] {
    return Array.from({ length: LIST }, () => this.#fill());
  }

  #fill(): Fill {
    const random = this.#random;
    const number = this.#number++;
    const entry: LedgerEntryInput = {
      id: `fill-${number}`,
      at: EPOCH + number,
      type: random() < 0.5 ? 'buy' : 'sell',
      symbol: this.#world.symbols[Math.floor(random() * SYMBOLS)]!,
      quantity: 1 + Math.floor(random() * 100),
      price: cents(random).toFixed(2),
    };
    return { type: 'fill', account: this.#world.id(Math.floor(random() * PORTFOLIOS)), entry };
  }
}

async function booked(
  { repository }: Pick<Postgres | Sqlite, 'repository'>,
  broker: Broker,
  lists: number,
): Promise<number> {
  const messages = Array.from({ length: lists }, () => broker.list());
  const stream: FillStream = {
    async *read(): AsyncGenerator<readonly FillMessage[]> {
      yield* messages;
    },
  };
  const holdings = new HoldingsEditor({ repository, bus: new InMemoryEventBus() });
  const booker = new FillBooker({ stream, holdings, repository });
  booker.start();
  await booker.finished();
  if (booker.stats().booked !== lists * LIST) throw new Error('Some fills were not booked.');
  return lists * LIST;
}

async function plainly(pool: Pool, schema: string, list: readonly Fill[]): Promise<number> {
  const queue = new PQueue({ concurrency: 8 });
  await queue.addAll(
    list.map(({ account, entry }) => async () => {
      const { id, symbol, quantity, price } = entry as unknown as Record<string, string>;
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query(`INSERT INTO ${schema}.fills VALUES ($1, $2, $3, $4, $5)`, [
          id,
          account,
          symbol,
          quantity,
          price,
        ]);
        await client.query(
          `INSERT INTO ${schema}.held AS h VALUES ($1, $2, $3, $3::numeric * $4::numeric)
           ON CONFLICT (portfolio_id, symbol) DO UPDATE SET quantity = h.quantity + excluded.quantity, cost = h.cost + excluded.cost`,
          [account, symbol, quantity, price],
        );
        await client.query(
          `INSERT INTO ${schema}.money AS m VALUES ($1, -$2::numeric * $3::numeric)
           ON CONFLICT (portfolio_id) DO UPDATE SET cash = m.cash + excluded.cash`,
          [account, quantity, price],
        );
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    }),
  );
  return list.length;
}
