import { Redis } from 'ioredis';
import pg from 'pg';
import { MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
import { PostgresPortfolioRepository, migrate } from 'tickmark/postgres';
import { RedisLock, RedisPubSubEventBus } from 'tickmark/redis';

const pool = new pg.Pool({ connectionString: process.env.TICKMARK_POSTGRES_URL });
const client = new Redis(process.env.TICKMARK_REDIS_URL!);
await migrate(pool, { schema: 'tickmark' });

const repository = new PostgresPortfolioRepository(pool, { schema: 'tickmark' });
const bus = new RedisPubSubEventBus(client);
const lock = new RedisLock(client);
const marking = await markToMarket({ stream: new MockPriceStreamAdapter(), repository, bus, lock });
const positions = [{ symbol: 'SAP', quantity: 40, averageCost: '96.10' }];
await marking.create(Portfolio.create({ id: 'pension', currency: 'EUR', positions }));
marking.onValued((batch) => {
  for (const { portfolioId, marketValue } of batch) console.log(portfolioId, marketValue?.toString());
});

setTimeout(async () => {
  await marking.close();
  for (const part of [bus, lock, repository]) await part.close();
  client.disconnect();
  await pool.end();
}, 1_000);
