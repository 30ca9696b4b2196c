import type { Redis } from 'ioredis';
import PQueue from 'p-queue';
import { PriceStreamProcessor } from '../../src/core/ingest/price-stream-processor.js';
import { SymbolTable } from '../../src/core/prices/symbol-table.js';
import { seededRandom } from '../../src/core/random.js';
import { MarkToMarketEngine } from '../../src/core/engine/mark-to-market-engine.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { RedisPubSubEventBus } from '../../src/redis/pub-sub/redis-pub-sub-event-bus.js';
import type { DomainEvent, EventBus, EventHandler, EventType } from '../../src/core/messaging/event-bus.js';
import { PORTFOLIOS_VALUED } from '../../src/core/engine/portfolio-valued-event.js';
import { compare, eventLoopTurn, mapSpread, timesFaster, type Bench } from '../harness.js';
import { cents, EPOCH } from '../market.js';
import type { OwnWork, Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';
import { missing, postgresWith, redis, type Postgres } from '../stores.js';
import { World } from '../world.js';

const SYMBOLS = 1_000;
const CONCURRENCY = 8;
const NEVER_MS = 3_600_000;
const MEASURED =
  'prices in, values of portfolios published to Redis and saved in PostgreSQL under their versions, synchronous_commit on';
const SAVE_BATCH = 2_000;
const ENGINE = `tickmark: engine, sets of ${SAVE_BATCH.toLocaleString('en')} valuations, one message a batch`;
const SERIAL = 'lock, select, update, publish, unlock per portfolio, one by one';
const QUEUED = `the same under p-queue, ${CONCURRENCY} at once`;

/** What values cost that outlive the process and are heard by others. */
export async function durable(bench: Bench): Promise<CaseReport> {
  const world = new World(bench.quick ? 1_000 : 20_000, SYMBOLS);
  const servers = await serversWith(bench, world);
  if (servers instanceof Error) return missing(MEASURED, servers);
  const { client, store } = servers;
  const tickmark = await engineOver(world, store, client);
  const peer = new PeerWriter(world, store, client);

  const timings = await compare(bench, [
    { name: ENGINE, round: () => tickmark.run() },
    { name: SERIAL, round: () => peer.serial(bench.quick ? 20 : 300) },
    { name: QUEUED, round: () => peer.queued(bench.quick ? 40 : 1_000) },
  ]);
  await tickmark.close();
  await store.close();
  client.disconnect();

  const group = `${world.portfolios.toLocaleString('en')} portfolios of 10 positions, ${SYMBOLS.toLocaleString('en')} symbols`;
  const figures = [...timings].map(([name, time]): Figure => {
    return { group, name, unit: 'k portfolios/s', ...mapSpread(time, (ns) => 1e6 / ns) };
  });
  return {
    measured: MEASURED,
    figures,
    ratios: [
      { name: `tickmark / ${SERIAL}`, value: timesFaster(timings, ENGINE, SERIAL), unit: 'x', floor: 40 },
      { name: `tickmark / ${QUEUED}`, value: timesFaster(timings, ENGINE, QUEUED), unit: 'x', floor: 12 },
      { name: ENGINE, value: 1e6 / timings.get(ENGINE)!.median, unit: 'k portfolios/s', floor: 30 },
    ],
  };
}

/** The work of tickmark alone. Fewer portfolios, since each process fills a store anew; the servers' own time does not count. */
export async function durableWork(bench: Bench): Promise<OwnWork | Unmeasurable> {
  const world = new World(bench.quick ? 1_000 : 4_000, SYMBOLS);
  const turns = bench.quick ? 1 : 2;
  const measured = `new prices of ${SYMBOLS} symbols, values of ${world.portfolios} portfolios of 10 positions to Redis and PostgreSQL, ${SAVE_BATCH} a save`;
  const servers = await serversWith(bench, world);
  if (servers instanceof Error) return { measured, void: servers.message };
  const { client, store } = servers;
  const tickmark = await engineOver(world, store, client);
  const round = async () => {
    let portfolios = 0;
    for (let turn = 0; turn < turns; turn++) portfolios += await tickmark.run();
    return portfolios;
  };
  return {
    measured,
    parts: [{ name: 'values published and saved', operation: 'portfolio', round }],
    async close() {
      await tickmark.close();
      await store.close();
      client.disconnect();
    },
  };
}

async function serversWith(bench: Bench, world: World): Promise<{ client: Redis; store: Postgres } | Error> {
  bench.progress('filling the store');
  const client = await redis().catch((error: unknown) => error as Error);
  if (client instanceof Error) return client;
  const store = await postgresWith(world).catch((error: unknown) => error as Error);
  if (store instanceof Error) {
    client.disconnect();
    return store;
  }
  const { rows } = await store.pool.query<{ synchronous_commit: string }>('SHOW synchronous_commit');
  if (rows[0]!.synchronous_commit !== 'on') throw new Error('synchronous_commit is not on.');
  return { client, store };
}

/** Prices come from a processor in the process, values go out through Redis. */
class ValuesThroughRedis implements EventBus {
  readonly delivery = 'at-most-once';
  readonly #prices = new InMemoryEventBus();
  readonly #values: RedisPubSubEventBus;
  published = 0;

  constructor(values: RedisPubSubEventBus) {
    this.#values = values;
  }

  async publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    const isValues = !Array.isArray(events) && (events as DomainEvent).type === PORTFOLIOS_VALUED;
    await (isValues ? this.#values : this.#prices).publish(events);
    if (isValues) this.published += (events as unknown as { length: number }).length;
  }

  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>) {
    return this.#prices.subscribe(type, handler);
  }

  stats() {
    return this.#prices.stats();
  }

  async close(): Promise<void> {
    await this.#prices.close();
    await this.#values.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function engineOver(world: World, { repository }: Postgres, client: Redis) {
  const bus = new ValuesThroughRedis(
    new RedisPubSubEventBus(client, { prefix: `tickmark-bench-${process.pid}` }),
  );
  const symbols = new SymbolTable();
  const processor = new PriceStreamProcessor({ bus, symbols, batchSize: SYMBOLS, throttle: false });
  // Saves come when a round asks for them, so that each round has all of its own.
  const engine = new MarkToMarketEngine({
    bus,
    repository,
    symbols,
    persistMs: NEVER_MS,
    saveBatchSize: SAVE_BATCH,
  });
  await engine.start();
  const random = seededRandom(5);
  let tick = 0;
  return {
    async run(): Promise<number> {
      const before = engine.stats();
      for (const symbol of world.symbols) {
        processor.push({ symbol, price: cents(random), timestamp: EPOCH + ++tick });
      }
      await processor.flush();
      await eventLoopTurn();
      await engine.flush();
      const { saved, published, unsaved } = engine.stats();
      if (saved - before.saved !== world.portfolios || unsaved !== 0)
        throw new Error('Not every value was saved.');
      if (published === before.published) throw new Error('No value was published.');
      return world.portfolios;
    },
    async close(): Promise<void> {
      await processor.close();
      await engine.close();
      await bus.close();
    },
  };
}

const RELEASE =
  "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";

/** How services are seen to do it: for each portfolio a lock, its row, its positions, an update, a message. */
class PeerWriter {
  readonly #world: World;
  readonly #store: Postgres;
  readonly #redis: Redis;
  readonly #prefix = `tickmark-bench-${process.pid}`;
  #turn = 0;

  constructor(world: World, store: Postgres, client: Redis) {
    this.#world = world;
    this.#store = store;
    this.#redis = client;
  }

  async serial(count: number): Promise<number> {
    for (let i = 0; i < count; i++) await this.#revalue(this.#turn++);
    return count;
  }

  async queued(count: number): Promise<number> {
    const queue = new PQueue({ concurrency: CONCURRENCY });
    await queue.addAll(Array.from({ length: count }, () => () => this.#revalue(this.#turn++)));
    return count;
  }

  async #revalue(turn: number): Promise<void> {
    const { pool, schema } = this.#store;
    const id = this.#world.id(turn % this.#world.portfolios);
    const key = `${this.#prefix}:peer:${id}`;
    const owner = `${turn}`;
    if (!(await this.#redis.set(key, owner, 'PX', 10_000, 'NX'))) throw new Error('The lock is taken.');
    const { rows } = await pool.query<{ version: string; worth: number; cost: number }>({
      name: 'select',
      text: `SELECT v.holdings_version AS version, sum(s.quantity * 2)::float8 AS worth, sum(s.cost_basis)::float8 AS cost
        FROM ${schema}.tickmark_valuations v JOIN ${schema}.tickmark_positions s USING (portfolio_id)
        WHERE v.portfolio_id = $1 GROUP BY v.holdings_version`,
      values: [id],
    });
    const { version, worth, cost } = rows[0]!;
    const value = worth + (turn % 100);
    const { rowCount } = await pool.query({
      name: 'update',
      text: `UPDATE ${schema}.tickmark_valuations SET market_value = $2, cost_basis = $3, unrealized_pnl = $4, valued_at = $5
        WHERE portfolio_id = $1 AND holdings_version = $6`,
      values: [id, value, cost, value - cost, EPOCH + turn, version],
    });
    if (rowCount !== 1) throw new Error('The portfolio has changed.');
    await this.#redis.publish(
      `${this.#prefix}:peer`,
      JSON.stringify({ id, version, value, cost, at: EPOCH + turn }),
    );
    await this.#redis.eval(RELEASE, 1, key, owner);
  }
}
