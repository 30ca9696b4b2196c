import { Redis } from 'ioredis';
import pg from 'pg';
import {
  InMemoryPortfolioRepository,
  TickmarkError,
  type EventBus,
  type Lock,
  type Portfolio,
  type PortfolioRepository,
} from 'tickmark';
import { PostgresPortfolioRepository, migrate } from 'tickmark/postgres';
import { RedisLock, RedisPubSubEventBus } from 'tickmark/redis';

/** Where portfolios, events and locks are. Without `bus` and `lock` they are in memory. */
export interface Stores {
  readonly repository: PortfolioRepository;
  readonly bus?: EventBus;
  readonly lock?: Lock;
  /** Their names, for the page. */
  readonly names: readonly string[];
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Connects to the servers whose addresses are given. @throws the errors of the servers. */
export async function openStores(environment: Environment, isReplay: boolean): Promise<Stores> {
  const { TICKMARK_POSTGRES_URL: postgresUrl, TICKMARK_REDIS_URL: redisUrl } = environment;
  const names: string[] = [];
  const closing: Array<() => Promise<unknown>> = [];
  const close = async (): Promise<void> => {
    for (const each of closing.reverse()) await each().catch(() => undefined);
  };
  try {
    let repository: PortfolioRepository = new InMemoryPortfolioRepository();
    if (postgresUrl) {
      const pool = new pg.Pool({ connectionString: postgresUrl, max: 5, connectionTimeoutMillis: 5_000 });
      // An idle connection broke; the pool opens another.
      pool.on('error', () => undefined);
      closing.push(() => pool.end());
      const schema = isReplay ? 'tickmark_demo_replay' : 'tickmark_demo';
      // Portfolios of another recording hold other symbols.
      if (isReplay) await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await migrate(pool, { schema });
      const stored = (repository = new PostgresPortfolioRepository(pool, { schema }));
      closing.push(() => stored.close());
      names.push('PostgreSQL');
    }
    if (!redisUrl) return { repository, names, close };
    const client = new Redis(redisUrl, { maxRetriesPerRequest: 1, lazyConnect: true });
    client.on('error', () => undefined);
    closing.push(async () => client.disconnect());
    await client.connect();
    const bus = new RedisPubSubEventBus(client);
    const lock = new RedisLock(client);
    closing.push(
      () => bus.close(),
      () => lock.close(),
    );
    names.push('Redis');
    return { repository, bus, lock, names, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Stores the portfolios that do not exist from an earlier run. */
export async function savePortfolios(
  repository: PortfolioRepository,
  portfolios: readonly Portfolio[],
): Promise<void> {
  for (const each of portfolios) {
    await repository.save(each).catch((error: unknown) => {
      if (!(error instanceof TickmarkError) || error.code !== 'VERSION_CONFLICT') throw error;
    });
  }
}
