import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Dice } from '../oracle/dice.js';
import { isLong } from '../oracle/test-counts.js';
import { privatePostgres, privatePostgresOrSkip, type PrivatePostgres } from '../servers/postgres.js';
import { privateRedis, privateRedisOrSkip, type PrivateRedis } from '../servers/redis.js';
import { worker, type Worker } from '../servers/worker.js';
import { openPlace, type OpenPlace } from './adapters.js';
import { figuresAt, figuresOf, holdingsAfter, holdingsOf, newPortfolio, type Trade } from './market.js';
import type { Sample } from './outage-worker.js';
import { pause, until } from './waiting.js';

const OUTAGE_MS = isLong ? 10_000 : 2_000;
const BACK_WITHIN_MS = 5_000;
const PUBLISH_WITHIN_MS = 1_000;
const HEAP_GROWTH = 50 * 2 ** 20;
const PORTFOLIOS = 200;
const outages = isLong
  ? ([['redis', 'postgres'], ['redis'], ['postgres'], ['redis', 'postgres']] as const)
  : ([['redis', 'postgres']] as const);

const isAvailable = privateRedisOrSkip() && privatePostgresOrSkip();

function subsets<Item>(items: readonly Item[]): Item[][] {
  return items.reduce<Item[][]>((all, item) => [...all, ...all.map((each) => [...each, item])], [[]]);
}

describe.skipIf(!isAvailable)(`servers stopped for ${OUTAGE_MS} ms under load and started again`, () => {
  const ids = Array.from({ length: PORTFOLIOS }, (_, at) => `p${at}`);
  let servers: { redis: PrivateRedis; postgres: PrivatePostgres };
  let place: OpenPlace;
  let application: Worker<'sample' | 'halt' | 'finish', Sample | 'started'>;
  let start: Sample;
  const starts = ids.map((id, at) => newPortfolio(id, new Dice(at)).withVersion(1));

  const ask = async (what: 'sample' | 'halt' | 'finish') => {
    application.send(what);
    return (await application.next()) as Sample;
  };
  const storedTimes = async () =>
    (await place.repository.loadValuations(ids)).map(({ priceTime }) => priceTime);
  const allNewerThan = async (time: number) => {
    const times = await storedTimes().catch(() => []);
    return times.length === PORTFOLIOS && times.every((each) => each >= time);
  };

  beforeAll(async () => {
    servers = { redis: await privateRedis(), postgres: await privatePostgres() };
    place = (await openPlace(servers))!;
    for (const portfolio of starts) await place.repository.save(portfolio.withVersion(0));
    application = worker(new URL('outage-worker.ts', import.meta.url), { ...place.parts, ids });
    expect(await application.next()).toBe('started');
    await until('every portfolio is valued', () => allNewerThan(1), 10_000);
    start = await ask('sample');
    expect(start.gaps).toBe(0);
  });

  afterAll(async () => {
    await application?.kill();
    await place?.remove();
    await servers?.redis.dispose();
    await servers?.postgres.dispose();
  });

  test.each(outages.map((stopped) => ({ stopped })))('$stopped', async ({ stopped }) => {
    const before = await ask('sample');
    await Promise.all(stopped.map((name) => servers[name].stop()));
    const samples: Sample[] = [];
    for (const until = performance.now() + OUTAGE_MS; performance.now() < until; await pause(500))
      samples.push(await ask('sample'));
    await Promise.all(stopped.map((name) => servers[name].start()));
    const returnedAt = Date.now();
    const isCurrent = async () =>
      (await allNewerThan(returnedAt)) && (await ask('sample')).valuedAt >= returnedAt;
    const currentAfter = await until('values are current', isCurrent, 20_000);
    const after = await ask('sample');
    samples.push(after);
    console.log(
      `${stopped.join(' and ')}: current after ${currentAfter} ms, slowest publish ${Math.round(after.publishes.slowestMs)} ms, ` +
        `heap +${Math.round((Math.max(...samples.map(({ heapUsed }) => heapUsed)) - start.heapUsed) / 1024)} KiB, ` +
        `publishes failed ${JSON.stringify(after.publishes.failed)}, reported ${JSON.stringify(after.reported)}`,
    );

    expect(currentAfter).toBeLessThanOrEqual(BACK_WITHIN_MS);
    expect(after.publishes.slowestMs).toBeLessThanOrEqual(PUBLISH_WITHIN_MS);
    for (const { heapUsed } of samples) expect(heapUsed - start.heapUsed).toBeLessThan(HEAP_GROWTH);
    expect(after.gaps - before.gaps).toBe((stopped as readonly string[]).includes('redis') ? 1 : 0);
    expect(Object.keys(after.publishes.failed).filter((code) => code !== 'BUS_FAILED')).toEqual([]);
    // It was under load, and it did notice.
    const { processor } = after.stats;
    expect(processor.received - before.stats.processor.received).toBeGreaterThan(OUTAGE_MS / 10);
    const { publishes, storeFaults } = after;
    if ((stopped as readonly string[]).includes('redis'))
      expect(publishes.failed.BUS_FAILED ?? 0).toBeGreaterThan(before.publishes.failed.BUS_FAILED ?? 0);
    if ((stopped as readonly string[]).includes('postgres'))
      expect(storeFaults).toBeGreaterThan(before.storeFaults);
  });

  test('in the end every counter adds up, no trade is lost, and the store has the last value of all', async () => {
    // The last prices of all come while the store is away, and nothing follows them that would touch their portfolios again.
    await servers.postgres.stop();
    await pause(500);
    await ask('halt');
    await servers.postgres.start();
    const { stats, publishes, trades, lastTime } = await ask('finish');
    application.end();
    expect(await application.exited, application.stderr).toEqual({ code: 0, signal: null });
    const { processor, engine, bus } = stats;
    expect(processor.received).toBe(
      processor.delivered + processor.conflated + processor.rejected + processor.outdated,
    );
    expect([processor.pending, processor.overflowed, engine.unsaved, engine.unpublished]).toEqual([
      0, 0, 0, 0,
    ]);
    const failed = Object.values(publishes.failed).reduce((sum, each) => sum + each, 0);
    expect(publishes.succeeded + failed).toBe(publishes.started);
    expect(bus.published).toBe(publishes.accepted);
    expect(bus.failed).toBe(0);

    const portfolios = await place.repository.loadMany(ids);
    for (const portfolio of portfolios) {
      const own = (trade: Trade) => trade.portfolioId === portfolio.id;
      const made = trades.made.filter(own);
      // A trade that failed because its answer was cut off may have been made, as its error says; no other, and none twice.
      const possible = subsets(trades.failed.filter(own)).map((failed) =>
        holdingsAfter(starts[ids.indexOf(portfolio.id)]!, [...made, ...failed]),
      );
      expect(possible).toContainEqual(holdingsOf(portfolio));
    }
    const stored = new Map(
      (await place.repository.loadValuations(ids)).map((each) => [each.portfolioId, each]),
    );
    for (const portfolio of portfolios)
      expect(figuresOf(stored.get(portfolio.id)!)).toEqual(figuresAt(portfolio, lastTime));
  });
});
