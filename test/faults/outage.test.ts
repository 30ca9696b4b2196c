import { describe, expect, test } from 'vitest';
import { Dice } from '../oracle/dice.js';
import { seed, sized } from '../sizes.js';
import { privatePostgres, canStartPostgres } from '../servers/postgres.js';
import { privateRedis, canStartRedis } from '../servers/redis.js';
import { worker, type Worker } from '../servers/worker.js';
import { pause, until } from '../waiting.js';
import { openPlace, type OpenPlace } from './adapters.js';
import { printFigure } from './figures.js';
import { figuresAt, figuresOf, holdingsAfter, holdingsOf, newPortfolio, type Trade } from './market.js';
import type { Sample } from './outage-worker.js';

const OUTAGE_MS = sized({ quick: 1_000, gate: 5_000, full: 10_000 });
// A quiet machine needs less than 5 s, and 1 s a publish.
const BACK_WITHIN_MS = 60_000;
const PUBLISH_WITHIN_MS = 10_000;
const HEAP_GROWTH = 50 * 2 ** 20;
const PORTFOLIOS = 200;

type Stopped = ReadonlyArray<'redis' | 'postgres'>;
const both: Stopped = ['redis', 'postgres'];
// Outages of an application, one after the other; applications side by side, each with servers of its own.
const applications = sized<Stopped[][]>({
  quick: [[both]],
  gate: [[['redis']], [both]],
  full: [
    [both, ['redis']],
    [['postgres'], both],
  ],
});

const isAvailable = canStartRedis() && canStartPostgres();
const ids = Array.from({ length: PORTFOLIOS }, (_, at) => `p${at}`);
const starts = ids.map((id, at) => newPortfolio(id, new Dice(seed + at)).withVersion(1));

const nameOf = (outages: Stopped[]) => outages.map((stopped) => stopped.join(' and ')).join(', then of ');

function subsets<Item>(items: readonly Item[]): Item[][] {
  return items.reduce<Item[][]>((all, item) => [...all, ...all.map((each) => [...each, item])], [[]]);
}

/** An application under load, and servers of its own. */
async function openRig() {
  const [redis, postgres] = await Promise.all([privateRedis(), privatePostgres()]);
  const servers = { redis, postgres };
  const place = (await openPlace(servers))!;
  for (const portfolio of starts) await place.repository.save(portfolio.withVersion(0));
  const application: Worker<'sample' | 'halt' | 'finish', Sample | 'started'> = worker(
    new URL('outage-worker.ts', import.meta.url),
    { ...place.parts, ids, seed },
  );
  return {
    servers,
    place,
    application,
    async ask(what: 'sample' | 'halt' | 'finish') {
      application.send(what);
      return (await application.next()) as Sample;
    },
    async close() {
      await application.kill();
      await place.remove();
      await redis.dispose();
      await postgres.dispose();
    },
  };
}

type Rig = Awaited<ReturnType<typeof openRig>>;

/** Whether every portfolio is stored at prices of that time or newer. */
async function allNewerThan({ repository }: OpenPlace, time: number): Promise<boolean> {
  const stored = await repository.loadValuations(ids).catch(() => []);
  return stored.length === PORTFOLIOS && stored.every(({ priceTime }) => priceTime >= time);
}

async function outage({ servers, place, ask }: Rig, stopped: Stopped, start: Sample): Promise<void> {
  const before = await ask('sample');
  await Promise.all(stopped.map((name) => servers[name].stop()));
  const samples: Sample[] = [];
  const takeSample = async () => {
    const sample = await ask('sample');
    samples.push(sample);
    return sample;
  };
  for (const end = performance.now() + OUTAGE_MS; performance.now() < end; await pause(500))
    await takeSample();
  // It was under load, and it did notice.
  const busFailures = ({ publishes }: Sample) => publishes.failed.BUS_FAILED ?? 0;
  await until('the application notices', async () => {
    const now = await takeSample();
    return (
      now.stats.processor.received - before.stats.processor.received > OUTAGE_MS / 10 &&
      (!stopped.includes('redis') || busFailures(now) > busFailures(before)) &&
      (!stopped.includes('postgres') || now.storeFaults > before.storeFaults)
    );
  });
  await Promise.all(stopped.map((name) => servers[name].start()));
  const returnedAt = Date.now();
  const isCurrent = async () =>
    (await allNewerThan(place, returnedAt)) && (await ask('sample')).valuedAt >= returnedAt;
  const currentAfter = await until('values are current', isCurrent, { hungAfterMs: BACK_WITHIN_MS });
  const after = await takeSample();
  printFigure(
    `${stopped.join(' and ')}: current after ${Math.round(currentAfter)} ms, slowest publish ${Math.round(after.publishes.slowestMs)} ms, ` +
      `heap +${Math.round((Math.max(...samples.map(({ heapUsed }) => heapUsed)) - start.heapUsed) / 1024)} KiB, ` +
      `publishes failed ${JSON.stringify(after.publishes.failed)}, reported ${JSON.stringify(after.reported)}`,
  );

  expect(after.publishes.slowestMs).toBeLessThanOrEqual(PUBLISH_WITHIN_MS);
  for (const { heapUsed } of samples) expect(heapUsed - start.heapUsed).toBeLessThan(HEAP_GROWTH);
  expect(after.gaps - before.gaps).toBe(stopped.includes('redis') ? 1 : 0);
  expect(Object.keys(after.publishes.failed).filter((code) => code !== 'BUS_FAILED')).toEqual([]);
}

async function expectAllThere({ servers, place, application, ask }: Rig): Promise<void> {
  // The last prices of all come while the store is away, and nothing follows them that would touch their portfolios again.
  await servers.postgres.stop();
  const { received } = (await ask('sample')).stats.processor;
  await until(
    'prices come while the store is away',
    async () => (await ask('sample')).stats.processor.received > received,
  );
  await ask('halt');
  await servers.postgres.start();
  const { stats, publishes, trades, lastTime } = await ask('finish');
  application.end();
  expect(await application.exited, application.stderr).toEqual({ code: 0, signal: null });
  const { processor, engine, bus } = stats;
  expect(processor.received).toBe(
    processor.delivered + processor.conflated + processor.rejected + processor.outdated,
  );
  expect([processor.pending, processor.overflowed, engine.unsaved, engine.unpublished]).toEqual([0, 0, 0, 0]);
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
  const valuations = await place.repository.loadValuations(ids);
  const stored = new Map(valuations.map((each) => [each.portfolioId, each]));
  for (const portfolio of portfolios)
    expect(figuresOf(stored.get(portfolio.id)!)).toEqual(figuresAt(portfolio, lastTime));
}

describe.skipIf(!isAvailable)(`an application whose servers stop for ${OUTAGE_MS} ms under load`, () => {
  test.concurrent.each(applications.map((outages) => ({ outages, name: nameOf(outages) })))(
    'after an outage of $name: values become current, counters add up, no trade is lost, and the last values are stored',
    async ({ outages }) => {
      const rig = await openRig();
      try {
        expect(await rig.application.next()).toBe('started');
        await until('every portfolio is valued', () => allNewerThan(rig.place, 1));
        const start = await rig.ask('sample');
        expect(start.gaps).toBe(0);
        for (const stopped of outages) await outage(rig, stopped, start);
        await expectAllThere(rig);
      } finally {
        await rig.close();
      }
    },
  );
});
