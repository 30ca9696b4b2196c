import type { Redis } from 'ioredis';
import { SymbolTable } from '../../src/core/prices/symbol-table.js';
import { seededRandom } from '../../src/core/random.js';
import { RedisPubSubEventBus } from '../../src/redis/pub-sub/redis-pub-sub-event-bus.js';
import { compare, mapSpread, spread, timesFaster, type Bench } from '../harness.js';
import { cents, EPOCH, priceBatch, sample, symbolNames } from '../market.js';
import type { OwnWork, Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure, Ratio } from '../report.js';
import { missing, redis, redisBenchmark } from '../stores.js';

const SYMBOLS = 10_000;
const BATCH = 1_000;
const BENCHMARK_ROUNDS = 5;
const MEASURED = `price changes into Redis Pub/Sub without subscribers, one message for ${BATCH.toLocaleString('en')} of them`;
const JSON_BATCHES = 'RedisPubSubEventBus, JSON';
const COMPACT_BATCHES = 'RedisPubSubEventBus, compact';
const AWAITED = 'ioredis publish of one event, awaited';
const BENCHMARK = 'redis-benchmark PUBLISH of 112 bytes, -P 500';

/** What it costs to hand price changes to other processes. */
export async function publish(bench: Bench): Promise<CaseReport> {
  const client = await redis().catch((error: unknown) => error as Error);
  if (client instanceof Error) return missing(MEASURED, client);
  const prefix = `tickmark-bench-${process.pid}`;
  const { json, compact, closeBuses } = publishing(bench, client, prefix);
  const one = JSON.stringify({ s: 'S00042', o: '123.45', n: '123.46', t: EPOCH, id: 'x'.repeat(50) }).padEnd(
    112,
  );

  const timings = await compare(bench, [
    { name: JSON_BATCHES, round: json },
    { name: COMPACT_BATCHES, round: compact },
    {
      name: AWAITED,
      round: async () => {
        for (let i = 0; i < BATCH; i++) await client.publish(`${prefix}:one`, one);
        return BATCH;
      },
    },
  ]);
  const peers: number[] = [];
  for (let round = 0; round < (bench.quick ? 1 : BENCHMARK_ROUNDS); round++) {
    bench.progress('redis-benchmark');
    const rate = await redisBenchmark(500, bench.quick ? 10_000 : 1_000_000, [
      'PUBLISH',
      `${prefix}:one`,
      one,
    ]);
    if (rate !== null) peers.push(rate / 1e3);
  }
  await closeBuses();
  client.disconnect();

  const group = `batches of ${BATCH.toLocaleString('en')} price changes`;
  const unit = 'k events/s';
  const figures = [...timings].map(([name, time]): Figure => {
    return { group, name, unit, ...mapSpread(time, (ns) => 1e6 / ns) };
  });
  const ratios: Ratio[] = [
    { name: `JSON / ${AWAITED}`, value: timesFaster(timings, JSON_BATCHES, AWAITED), unit: 'x' },
    { name: 'compact / JSON', value: timesFaster(timings, COMPACT_BATCHES, JSON_BATCHES), unit: 'x' },
  ];
  if (peers.length === 0)
    return { measured: MEASURED, figures, ratios, void: 'redis-benchmark is not installed' };
  const peer = spread(peers);
  figures.push({ group, name: BENCHMARK, unit, ...peer });
  ratios.unshift({
    name: `JSON / ${BENCHMARK}`,
    value: figures[0]!.median / peer.median,
    unit: 'x',
    floor: 0.35,
  });
  return { measured: MEASURED, figures, ratios };
}

/** The work of tickmark alone. */
export async function publishWork(bench: Bench): Promise<OwnWork | Unmeasurable> {
  const client = await redis().catch((error: unknown) => error as Error);
  if (client instanceof Error) return { measured: MEASURED, void: client.message };
  const { json, compact, closeBuses } = publishing(bench, client, `tickmark-bench-${process.pid}`);
  return {
    measured: MEASURED,
    parts: [
      { name: 'as JSON', operation: 'price change', round: json },
      { name: 'in compact form', operation: 'price change', round: compact },
    ],
    async close() {
      await closeBuses();
      client.disconnect();
    },
  };
}

function publishing(bench: Bench, client: Redis, prefix: string) {
  const random = seededRandom(11);
  const symbols = new SymbolTable();
  for (const symbol of symbolNames(SYMBOLS)) symbols.idOf(symbol);
  const batches = Array.from({ length: bench.quick ? 10 : 200 }, () => {
    const batch = priceBatch(symbols, sample(BATCH, SYMBOLS, random), random);
    for (let row = 0; row < batch.length; row++) batch.oldUnits[row] = Math.round(cents(random) * 100);
    batch.oldScales.fill(2);
    return batch;
  });
  const buses = (['json', 'compact'] as const).map(
    (encoding) => new RedisPubSubEventBus(client, { prefix, encoding }),
  );
  const [json, compact] = buses.map((bus) => async () => {
    for (const batch of batches) await bus.publish(batch);
    return batches.length * BATCH;
  });
  const closeBuses = async () => {
    for (const bus of buses) await bus.close();
  };
  return { json: json!, compact: compact!, closeBuses };
}
