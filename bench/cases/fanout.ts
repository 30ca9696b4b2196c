import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { MarkToMarketEngine } from '../../src/core/engine/mark-to-market-engine.js';
import { Gateway } from '../../src/gateway/gateway.js';
import { nodeHandler } from '../../src/gateway/http/node-handler.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import { spread, type Bench } from '../harness.js';
import type { OwnWork } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';

const PORTFOLIOS = 200;
/** Everybody reads a hundred portfolios, and each is revalued once a second. */
const VALUES_PER_SECOND = 100;
const FLOOR_P99_MS = 100;
const PERIOD_MS = 10_000_000;

interface Measured {
  readonly values: number;
  readonly bytes: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

interface Run {
  readonly name: string;
  readonly readers: number;
  /** How many sets of portfolios the readers are subscribed to. */
  readonly groups: number;
}

/** One gateway and its readers: time from a price to its value in the reader's hands, and what that computes. */
export async function fanout(bench: Bench): Promise<CaseReport> {
  const rounds = bench.quick ? 1 : 3;
  const seconds = bench.quick ? 2 : 10;
  const most = bench.quick ? 100 : 1000;
  const runs: Run[] = [10, 100, 1000]
    .filter((readers) => readers <= most)
    .map((readers) => ({ name: `${readers} readers of the same`, readers, groups: 1 }));
  runs.push({ name: `${most} readers, each of others`, readers: most, groups: PORTFOLIOS });

  const figures: Figure[] = [];
  let p99 = NaN;
  // A gateway that is held up conflates, and then readers get fewer values.
  let least = Infinity;
  for (const run of runs) {
    const samples = new Map<string, number[]>();
    const keep = (unit: string, value: number) => samples.set(unit, [...(samples.get(unit) ?? []), value]);
    for (let round = 0; round < rounds; round++) {
      bench.progress(`${run.name}: round ${round + 1} of ${rounds}`);
      const { measured, cpu, frames, serialized } = await measure(run, seconds);
      const rate = measured.values / seconds / run.readers;
      if (measured.failed > 0) throw new Error(`${measured.failed} readers lost their stream.`);
      least = Math.min(least, rate);
      keep('ms, p50', measured.p50);
      keep('ms, p99', measured.p99);
      keep('% of a core', cpu * 100);
      keep('µs a value and reader', (cpu * 1e6) / (measured.values / seconds));
      keep('frames made a second', frames / seconds);
      keep('values serialized a second', serialized / seconds);
    }
    for (const [unit, values] of samples)
      figures.push({ group: unit, name: run.name, unit, ...spread(values) });
    if (run.groups === 1) p99 = spread(samples.get('ms, p99')!).median;
  }
  return {
    ...(least < VALUES_PER_SECOND * 0.9 && {
      void: `readers got ${Math.round(least)} of ${VALUES_PER_SECOND} values a second: the machine had no core to spare`,
    }),
    measured:
      `${PORTFOLIOS} portfolios, each reader is subscribed to 100 and gets ${VALUES_PER_SECOND} values a second over ` +
      'server-sent events on loopback; readers in another process; from the publishing of a price to its value read',
    figures,
    ratios: [
      {
        name: `${FLOOR_P99_MS} ms / p99 at ${most} readers of the same`,
        value: FLOOR_P99_MS / p99,
        unit: 'x',
        floor: 1,
      },
    ],
  };
}

/** The work of tickmark alone; the readers are another process, whose time does not count. */
export async function fanoutWork(bench: Bench): Promise<OwnWork> {
  const readers = bench.quick ? 100 : 1000;
  const { round, close } = await open({ name: '', readers, groups: 1 });
  return {
    measured: `${PORTFOLIOS} portfolios revalued once a second, ${readers} readers of ${VALUES_PER_SECOND} of them`,
    parts: [
      {
        name: 'values to readers',
        operation: 'value and reader',
        async round() {
          const { values, failed } = await round(1);
          if (failed > 0) throw new Error(`${failed} readers lost their stream.`);
          return values;
        },
      },
    ],
    close,
  };
}

async function measure(
  run: Run,
  seconds: number,
): Promise<{ measured: Measured; cpu: number; frames: number; serialized: number }> {
  const { gateway, round, close } = await open(run);
  const before = { cpu: process.cpuUsage(), stats: gateway.stats() };
  const measured = await round(seconds);
  const { user, system } = process.cpuUsage(before.cpu);
  const after = gateway.stats();
  await close();
  return {
    measured,
    cpu: (user + system) / 1e6 / seconds,
    frames: after.frames - before.stats.frames,
    serialized: after.serialized - before.stats.serialized,
  };
}

/** A gateway with its readers; a round answers what they read in some seconds. */
async function open({ readers, groups }: Run) {
  const bus = new InMemoryEventBus();
  const repository = new InMemoryPortfolioRepository();
  for (let id = 0; id < PORTFOLIOS; id++) {
    const positions = [{ symbol: `S${id}`, quantity: 1, averageCost: 1 }];
    await repository.save(Portfolio.create({ id: `${id}`, currency: 'USD', positions }));
  }
  const engine = new MarkToMarketEngine({ bus, repository });
  await engine.start();
  const gateway = new Gateway({
    bus,
    values: engine,
    authenticate: () => ({ subject: 'reader' }),
    authorize: () => true,
    allowMissingOrigin: true,
    limits: { connectionsPerAddress: Infinity, openingsPerAddress: Infinity, topicsPerAddress: Infinity },
  });
  const server = createServer(nodeHandler(gateway));
  server.listen(0, '127.0.0.1', 2048);
  await once(server, 'listening');

  // All are revalued evenly: 200 prices a second, one after the other.
  let next = 0;
  const begin = performance.now();
  const ticking = setInterval(() => {
    const due = ((performance.now() - begin) / 1000) * PORTFOLIOS;
    const now = Date.now();
    for (; next < due; next++) {
      const price = Math.max(1, now % PERIOD_MS);
      const update = { symbol: `S${next % PORTFOLIOS}`, price, timestamp: now };
      void bus.publish(PriceChangedBatch.ofUpdates([update], now));
    }
  }, 5);

  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const file = fileURLToPath(new URL('../peers/stream-readers.ts', import.meta.url));
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, ['--import', tsx, file, `${port}`, `${readers}`, `${groups}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  await setTimeout(1000);
  return {
    gateway,
    async round(seconds: number): Promise<Measured> {
      child.stdin.write('measure\n');
      await setTimeout(seconds * 1000);
      child.stdin.write('report\n');
      return JSON.parse((await lines.next()).value as string) as Measured;
    },
    async close(): Promise<void> {
      clearInterval(ticking);
      child.kill();
      await gateway.close({ timeoutMs: 100 });
      await engine.close();
      await bus.close();
      server.close();
    },
  };
}
