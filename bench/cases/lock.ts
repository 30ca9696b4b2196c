import type { Redis } from 'ioredis';
import { PostgresLock } from '../../src/postgres/postgres-lock.js';
import { RedisLock } from '../../src/redis/lock/redis-lock.js';
import { compare, mapSpread, timesFaster, type Bench } from '../harness.js';
import type { OwnWork, Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure, Ratio } from '../report.js';
import { missing, postgresWith, redis, redisBenchmark } from '../stores.js';
import { World } from '../world.js';

const MEASURED = 'a free lock acquired and released, over and over';
const AT_ONCE = 100;
const MANY = 1_000;
const SERIAL = 'RedisLock, one after the other';
const CONCURRENT = `RedisLock, ${AT_ONCE} at once`;
const MANY_KEYS = `RedisLock, ${MANY.toLocaleString('en')} keys a call`;
const POSTGRES = 'PostgresLock, one after the other';
const PLAIN = 'ioredis SET NX PX, then compare and delete, one after the other';
const RELEASE =
  "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";

/** What a lock costs. */
export async function lock(bench: Bench): Promise<CaseReport> {
  const scale = bench.quick ? 0.1 : 1;
  const locks = await freeLocks(scale);
  if (locks instanceof Error) return missing(MEASURED, locks);
  const { client, prefix, one, atOnce, many, oneInPostgres, close } = locks;

  const timings = await compare(bench, [
    { name: SERIAL, round: one },
    { name: CONCURRENT, round: atOnce },
    { name: MANY_KEYS, round: many },
    { name: POSTGRES, round: oneInPostgres },
    { name: PLAIN, round: () => plain(client, prefix, 1_000 * scale) },
  ]);
  const limit = await redisBenchmark(1, bench.quick ? 1_000 : 30_000, ['-c', '1', 'PING']);
  await close();

  const group = 'acquired and released';
  const unit = 'k keys/s';
  const figures = [...timings].map(([name, time]): Figure => {
    return { group, name, unit, ...mapSpread(time, (ns) => 1e6 / ns) };
  });
  if (limit !== null) {
    const value = limit / 2e3;
    figures.push({
      group,
      name: 'two round trips of redis-benchmark, -P 1 -c 1',
      unit,
      median: value,
      min: value,
      max: value,
    });
  }
  const ratios: Ratio[] = [
    { name: `${SERIAL} / without fencing token`, value: timesFaster(timings, SERIAL, PLAIN), unit: 'x' },
    { name: `${MANY_KEYS} / one after the other`, value: timesFaster(timings, MANY_KEYS, SERIAL), unit: 'x' },
  ];
  return { measured: MEASURED, figures, ratios };
}

/** The work of tickmark alone. */
export async function lockWork(bench: Bench): Promise<OwnWork | Unmeasurable> {
  const locks = await freeLocks(bench.quick ? 0.1 : 0.2);
  if (locks instanceof Error) return { measured: MEASURED, void: locks.message };
  const { one, atOnce, many, oneInPostgres, close } = locks;
  return {
    measured: MEASURED,
    parts: [
      { name: 'Redis, one after the other', operation: 'key', round: one },
      { name: `Redis, ${AT_ONCE} at once`, operation: 'key', round: atOnce },
      { name: `Redis, ${MANY} keys a call`, operation: 'key', round: many },
      { name: 'PostgreSQL, one after the other', operation: 'key', round: oneInPostgres },
    ],
    close,
  };
}

async function freeLocks(scale: number) {
  const client = await redis().catch((error: unknown) => error as Error);
  if (client instanceof Error) return client;
  const store = await postgresWith(new World(1, 10), 2).catch((error: unknown) => error as Error);
  if (store instanceof Error) {
    client.disconnect();
    return store;
  }
  const prefix = `tickmark-bench-${process.pid}`;
  const inRedis = new RedisLock(client, { prefix });
  const inPostgres = new PostgresLock(store.pool, { schema: store.schema });
  const keys = Array.from({ length: MANY }, (_, n) => `k${n}`);
  const serial = async (lock: RedisLock | PostgresLock, count: number) => {
    for (let i = 0; i < count; i++) await (await lock.acquire('one')).release();
    return count;
  };
  return {
    client,
    prefix,
    one: () => serial(inRedis, 1_000 * scale),
    async atOnce() {
      const rounds = 30 * scale;
      for (let round = 0; round < rounds; round++) {
        await Promise.all(
          Array.from({ length: AT_ONCE }, async (_, n) => (await inRedis.acquire(`${n}`)).release()),
        );
      }
      return rounds * AT_ONCE;
    },
    async many() {
      const rounds = 20 * scale;
      for (let round = 0; round < rounds; round++) await (await inRedis.acquireMany(keys)).release();
      return rounds * MANY;
    },
    oneInPostgres: () => serial(inPostgres, 300 * scale),
    async close() {
      await inRedis.close();
      await inPostgres.close();
      const left = await client.keys(`${prefix}*`);
      if (left.length > 0) await client.del(...left);
      client.disconnect();
      await store.close();
    },
  };
}

async function plain(client: Redis, prefix: string, count: number): Promise<number> {
  for (let i = 0; i < count; i++) {
    const owner = `${i}`;
    await client.set(`${prefix}:plain`, owner, 'PX', 10_000, 'NX');
    await client.eval(RELEASE, 1, `${prefix}:plain`, owner);
  }
  return count;
}
