// The production set-up: portfolios and values in PostgreSQL, events and the lock in Redis. Any number of processes may run it.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { MockPriceStreamAdapter, Portfolio, markToMarket, type TickmarkError } from 'tickmark';
import { PostgresPortfolioRepository, migrate } from 'tickmark/postgres';
import { RedisLock, RedisPubSubEventBus } from 'tickmark/redis';

const postgresUrl = process.env.TICKMARK_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test';
const redisUrl = process.env.TICKMARK_REDIS_URL ?? 'redis://127.0.0.1:6379';
const pool = new pg.Pool({ connectionString: postgresUrl, max: 10, connectionTimeoutMillis: 5_000 });
const client = new Redis(redisUrl, { maxRetriesPerRequest: 1 }).on('error', () => {});
const missing = await Promise.all([pool.query('SELECT'), client.ping()]).catch((error: Error) => error);
if (missing instanceof Error) {
  console.log(`Skipped: PostgreSQL or Redis does not answer (${missing.message}); see examples/README.md`);
  process.exit();
}

await migrate(pool, { schema: 'tickmark_example' });
const repository = new PostgresPortfolioRepository(pool, { schema: 'tickmark_example' });
const desk = Portfolio.create({ id: 'desk', currency: 'USD', positions: [{ symbol: 'ACME', quantity: 10 }] });
await repository.save(desk).catch((error: TickmarkError) => {
  if (error.code !== 'VERSION_CONFLICT') throw error; // It exists from an earlier run.
});

const [bus, lock] = [new RedisPubSubEventBus(client), new RedisLock(client)];
const stream = new MockPriceStreamAdapter({ startPrice: 184, volatility: 4 });
const marking = await markToMarket({ stream, repository, bus, lock, onError: console.error });
let shown = 0;
marking.onValued((batch) => {
  for (const { portfolioId, marketValue } of batch) console.log(`${portfolioId}: ${marketValue ?? '…'} USD`);
  shown += batch.length;
});
while (shown < 10) await sleep(100); // A real service runs until it is stopped.
await marking.close();
const [stored] = await repository.loadValuations(['desk']);
console.log(`stored: ${stored?.marketValue} USD, of holdings at version ${stored?.version}`);
// Who closes what: docs/ports.md.
await Promise.all([bus.close(), lock.close(), repository.close()]);
await Promise.all([pool.end(), client.quit()]);
