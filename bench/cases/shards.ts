import { MarkToMarketEngine } from '../../src/core/engine/mark-to-market-engine.js';
import type { ShardAssignment, ShardHandlers } from '../../src/core/shards/shard-assignment.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { compare, mapSpread, type Bench } from '../harness.js';
import type { OwnWork, Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';
import { missing, postgresWith, type Postgres } from '../stores.js';
import { World } from '../world.js';

const SHARDS = 4;
const IN_A_SHARD = 15_000;
const SYMBOLS = 1_000;
const CEILING_S = 1;
const OURS = 'an engine that takes the shard over';
const PLAIN = 'a SELECT of its positions with node-postgres';

const measuredWith = (portfolios: number) =>
  `one of ${SHARDS} shards of ${portfolios.toLocaleString('en')} portfolios with 10 positions each, loaded from PostgreSQL`;

/** How long it takes until an engine values a shard that it was assigned. */
export async function shards(bench: Bench): Promise<CaseReport> {
  const portfolios = bench.quick ? 2_000 : SHARDS * IN_A_SHARD;
  const measured = measuredWith(portfolios);
  const taker = await opened(portfolios);
  if (taker instanceof Error) return missing(measured, taker);
  const { pool, schema } = taker.store;
  const timings = await compare(bench, [
    { name: OURS, round: () => taker.take() },
    {
      name: PLAIN,
      round: async () => {
        const { rows } = await pool.query<{ portfolio_id: string }>(
          `SELECT h.* FROM ${schema}.tickmark_positions h JOIN ${schema}.tickmark_portfolios p ON p.id = h.portfolio_id
           WHERE p.shard_hash % ${SHARDS} = 0`,
        );
        return new Set(rows.map(({ portfolio_id }) => portfolio_id)).size;
      },
    },
  ]);
  await taker.close();
  const seconds = (ns: number) => (ns * IN_A_SHARD) / 1e9;
  const figures = [...timings].map(([name, time]): Figure => {
    return {
      group: `a shard of ${IN_A_SHARD.toLocaleString('en')}`,
      name,
      unit: 's',
      ...mapSpread(time, seconds),
    };
  });
  return {
    measured,
    figures,
    ratios: [
      { name: OURS, value: seconds(timings.get(OURS)!.median), unit: 's', floor: CEILING_S, isCeiling: true },
    ],
  };
}

/** The work of tickmark alone; the server's own time does not count. */
export async function shardsWork(): Promise<OwnWork | Unmeasurable> {
  const portfolios = 2_000;
  const measured = measuredWith(portfolios);
  const taker = await opened(portfolios);
  if (taker instanceof Error) return { measured, void: taker.message };
  return {
    measured,
    parts: [{ name: OURS, operation: 'portfolio', round: () => taker.take() }],
    close: () => taker.close(),
  };
}

/** An engine that takes the first shard and gives it away again. */
class Taker implements ShardAssignment {
  readonly shardCount = SHARDS;
  readonly store: Postgres;
  readonly #engine: MarkToMarketEngine;
  #handlers!: ShardHandlers;

  constructor(store: Postgres) {
    this.store = store;
    this.#engine = new MarkToMarketEngine({
      bus: new InMemoryEventBus(),
      repository: store.repository,
      shards: this,
      // Storing is measured elsewhere.
      persistMs: 2 ** 30,
    });
  }

  async open(): Promise<this> {
    await this.#engine.start();
    return this;
  }

  async start(handlers: ShardHandlers): Promise<void> {
    this.#handlers = handlers;
  }

  async stop(): Promise<void> {
    this.#handlers.lost([0]);
  }

  async take(): Promise<number> {
    this.#handlers.lost([0]);
    await this.#handlers.assigned([0]);
    return this.#engine.stats().portfolios;
  }

  async close(): Promise<void> {
    await this.#engine.close({ timeoutMs: 0 });
    await this.store.close();
  }
}

const opened = (portfolios: number): Promise<Taker | Error> =>
  postgresWith(new World(portfolios, SYMBOLS))
    .then((store) => new Taker(store).open())
    .catch((error: unknown) => error as Error);
