import { cpus } from 'node:os';
import { Kafka, logLevel } from 'kafkajs';
import { platformaticKafka, type KafkaClients, type PlatformaticModule } from 'tickmark/kafka';
import { fixedShards } from 'tickmark/parts';
import {
  canStartKafkaBroker,
  kafkaBrokerPrograms,
  privateKafka,
  USUAL_JVM,
} from '../../test/servers/kafka-broker.js';
import { BrokerEcho } from '../cluster/broker-echo.js';
import { Contender, type ContenderOptions } from '../cluster/contender.js';
import {
  compileStreams,
  plainValues,
  producePositions,
  type StreamsProgram,
} from '../cluster/kafka-streams.js';
import { PRICE_PARTITIONS, PriceFeed } from '../cluster/price-feed.js';
import { hasProcessFigures } from '../cluster/process-figures.js';
import { cents, packedValues, startWorkers } from '../cluster/tickmark-workers.js';
import { WrongValues } from '../cluster/value-watch.js';
import { VALUE_PARTITIONS, type WorkerArgs } from '../cluster/worker-args.js';
import { startMarking } from '../engine.js';
import { eventLoopTurn, spread, type Bench } from '../harness.js';
import { EPOCH, randomTicks, TICK_CYCLE } from '../market.js';
import type { Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure, Ratio } from '../report.js';
import { World } from '../world.js';

const ONE = 'tickmark, one worker';
const TWO = 'tickmark, two workers with half of the shards each';
const STREAMS = 'Kafka Streams';
const ECHO = 'the broker alone, from a record sent to the record read';
const SPEED = 'prices as fast as they are taken';
const LATENCY = 'one price at a time, to the last of its values';
const P99 = 'the same, and 99 of 100 take no longer';
const MEMORY = 'resident memory after a round';
const PROCESSOR = 'processor time of the workers';
const VALUES =
  'values published a tick: more where a worker has time for more, so that fewer prices share a value';
const PROCESSOR_OF_VALUE = 'processor time of the workers for each of these values';
const MEASURED =
  'prices as JSON in one topic, to the values of portfolios in another, on a broker of its own';

/** How much is done. */
interface Size {
  readonly portfolios: number;
  readonly symbols: number;
  readonly rounds: number;
  /** Prices of a round of tickmark, and of Kafka Streams. */
  readonly ticks: number;
  readonly streamsTicks: number;
  /** Single prices of a round. */
  readonly singles: number;
  /** Prices a second, and seconds, where processor time is compared. */
  readonly pace: number;
  readonly seconds: number;
}

const FULL: Size = {
  portfolios: 100_000,
  symbols: 10_000,
  rounds: 5,
  ticks: 300_000,
  streamsTicks: 2_000,
  singles: 200,
  pace: 5_000,
  seconds: 6,
};
const QUICK: Size = {
  ...FULL,
  portfolios: 2_000,
  symbols: 200,
  rounds: 2,
  ticks: 20_000,
  streamsTicks: 500,
  singles: 20,
  seconds: 1,
};

/** From topic to topic, beside the same join in Kafka Streams on the same broker. */
export async function cluster(bench: Bench): Promise<CaseReport> {
  const size = bench.quick ? QUICK : FULL;
  const program = await programOrReason();
  if (typeof program === 'string') return { measured: MEASURED, figures: [], ratios: [], void: program };
  const world = new World(size.portfolios, size.symbols);
  const kafka = await privateKafka([], USUAL_JVM);
  const contenders: Contender[] = [];
  const samples = new Samples();
  let echo: BrokerEcho | null = null;
  // Also where a signal ends this process, what it has started ends with it.
  try {
    const stage = await openStage(kafka.broker, world, size);
    const one = stage.tickmark(ONE, 'one', [null]);
    const two = stage.tickmark(TWO, 'two', [
      { index: 0, count: 2 },
      { index: 1, count: 2 },
    ]);
    const streams = await stage.streams(program, bench);
    contenders.push(one, two, streams);
    echo = stage.echo();
    await echo.start();
    for (const each of contenders) {
      bench.progress(`starting ${each.name}`);
      const startMs = await each.start();
      bench.progress(`${each.name}: every portfolio had a value after ${(startMs / 1000).toFixed(1)} s`);
    }
    for (let round = -1; round < size.rounds; round++) {
      bench.progress(round < 0 ? 'warming up' : `round ${round + 1} of ${size.rounds}`);
      const echoes = await echo.latencies(size.singles, PAUSE_MS);
      if (round >= 0) addLatencies(samples, ECHO, echoes);
      for (let turn = 0; turn < contenders.length; turn++) {
        const contender = contenders[(turn + round + 1) % contenders.length]!;
        await measure(contender, size, round >= 0 ? samples : null, contender === streams);
      }
    }
  } catch (error) {
    if (!(error instanceof WrongValues)) throw error;
    return { measured: MEASURED, figures: [], ratios: [], void: error.message };
  } finally {
    for (const each of contenders) await each.stop();
    await echo?.close();
    await kafka.dispose();
  }
  bench.progress('sharding in one process');
  await measureSharding(world, bench.quick, samples);
  return reportOf(size, samples);
}

/** The work is done by other processes, whose time `--against` does not see. */
export function clusterWork(): Promise<Unmeasurable> {
  return Promise.resolve({ measured: MEASURED, void: 'its workers are processes of their own' });
}

async function programOrReason(): Promise<StreamsProgram | string> {
  if (!hasProcessFigures()) return 'no /proc: memory and processor time of other processes are unknown';
  const { isThere, howToGet } = kafkaBrokerPrograms();
  if (!isThere || !(await canStartKafkaBroker())) return `no Kafka broker: ${howToGet}`;
  try {
    return await compileStreams();
  } catch (error) {
    return (error as Error).message;
  }
}

async function measure(
  contender: Contender,
  size: Size,
  samples: Samples | null,
  isStreams: boolean,
): Promise<void> {
  const { name } = contender;
  const fast = await contender.round();
  samples?.add(SPEED, name, 'ticks/s', fast.ticksPerSecond);
  samples?.add(MEMORY, name, 'MB', contender.residentMegabytes());
  const singles = await contender.latencies(isStreams ? Math.ceil(size.singles / 10) : size.singles);
  if (samples) addLatencies(samples, name, singles);
  if (isStreams) return;
  const paced = await contender.round(size.pace * size.seconds, size.pace);
  samples?.add(PROCESSOR, name, 'µs a tick', paced.processorUs);
  samples?.add(VALUES, name, 'values a tick', paced.values);
  samples?.add(PROCESSOR_OF_VALUE, name, 'µs a value', paced.processorUs / paced.values);
}

function addLatencies(samples: Samples, name: string, latencies: readonly number[]): void {
  const sorted = [...latencies].sort((a, b) => a - b);
  samples.add(LATENCY, name, 'ms, median', spread(sorted).median);
  samples.add(P99, name, 'ms, p99', sorted[Math.ceil(0.99 * sorted.length) - 1]!);
}

interface Stage {
  echo(): BrokerEcho;
  tickmark(name: string, prefix: string, parts: ReadonlyArray<WorkerArgs['shards']>): Contender;
  streams(program: StreamsProgram, bench: Bench): Promise<Contender>;
}

async function openStage(broker: string, world: World, size: Size): Promise<Stage> {
  // Loaded here, since only this case needs it.
  const platformatic = (await import('@platformatic/kafka')) as PlatformaticModule;
  const clients: KafkaClients = platformaticKafka(platformatic, {
    clientId: 'values',
    bootstrapBrokers: [broker],
    // While this process checks values it hears nothing; a reader that gives up begins anew.
    requestTimeout: 60_000,
  });
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const prefixes = ['one', 'two', 'streams'];
  await admin.createTopics({
    topics: [
      ...prefixes.map((prefix) => ({ topic: `${prefix}.prices`, numPartitions: PRICE_PARTITIONS })),
      { topic: 'echo', numPartitions: 1 },
      { topic: 'one.values', numPartitions: VALUE_PARTITIONS },
      { topic: 'two.values', numPartitions: VALUE_PARTITIONS },
      { topic: 'streams.positions', numPartitions: PRICE_PARTITIONS },
      { topic: 'streams.values', numPartitions: PRICE_PARTITIONS },
    ],
    waitForLeaders: true,
  });
  await admin.disconnect();
  const optionsOf = (prefix: string): Pick<ContenderOptions, 'world' | 'feed' | 'clients' | 'values'> => ({
    world,
    feed: new PriceFeed(world, broker, `${prefix}.prices`),
    clients,
    values: `${prefix}.values`,
  });
  return {
    echo: () => new BrokerEcho(clients, broker, 'echo'),
    tickmark: (name, prefix, parts) =>
      new Contender({
        ...optionsOf(prefix),
        name,
        decode: packedValues,
        unitsOf: cents,
        start: () =>
          startWorkers(
            {
              broker,
              prices: `${prefix}.prices`,
              prefix,
              portfolios: world.portfolios,
              symbols: world.symbols.length,
            },
            parts,
          ),
        ticks: size.ticks,
        patienceMs: 30_000,
        pauseMs: PAUSE_MS,
      }),
    async streams(program, bench) {
      bench.progress('producing positions for Kafka Streams');
      const topics = {
        prices: 'streams.prices',
        positions: 'streams.positions',
        values: 'streams.values',
      };
      await producePositions(world, broker, topics.positions);
      return new Contender({
        ...optionsOf('streams'),
        name: STREAMS,
        decode: plainValues,
        unitsOf: (worth) => worth,
        start: () => program.start(broker, topics),
        ticks: size.streamsTicks,
        patienceMs: 120_000,
        pauseMs: PAUSE_MS,
      });
    },
  };
}

/** Least pause between single prices, at most twice as long. */
const PAUSE_MS = 20;
const SHARDED = 'one engine in memory, with all shards';
const UNSHARDED = 'one engine in memory, without shards';

/** The same ticks through two engines in this process, in turns: one of them owns all shards. */
async function measureSharding(world: World, isQuick: boolean, samples: Samples): Promise<void> {
  const { symbolIds, prices } = randomTicks(world.symbols.length);
  const batch = 10_000;
  const engines = await Promise.all(
    [UNSHARDED, SHARDED].map(async (name) => {
      const shards = fixedShards(0, 1, { shardCount: VALUE_PARTITIONS });
      const options = { batchSize: batch, hasStore: false, ...(name === SHARDED && { shards }) };
      return { name, marking: await startMarking(world, options) };
    }),
  );
  let at = 0;
  const run = async ({ processor }: (typeof engines)[number]['marking']): Promise<number> => {
    const before = process.cpuUsage();
    const from = at;
    for (; at < from + 10 * batch; at++) {
      const cycle = at & (TICK_CYCLE - 1);
      processor.push({
        symbol: world.symbols[symbolIds[cycle]!]!,
        price: prices[cycle]!,
        timestamp: EPOCH + at,
      });
      if ((at + 1) % batch === 0) {
        await processor.flush();
        await eventLoopTurn();
      }
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (at - from);
  };
  const rounds = isQuick ? 4 : 40;
  for (let round = -2; round < rounds; round++) {
    // ABBA, so that slow changes of the machine meet both alike.
    for (const { name, marking } of round % 2 === 0 ? engines : [...engines].reverse()) {
      const cost = await run(marking);
      if (round >= 0) samples.add(PROCESSOR, name, 'µs a tick', cost);
    }
  }
  for (const { marking } of engines) await marking.close();
}

/** What was measured, by what it is and whose it is. */
class Samples {
  readonly #values = new Map<string, { group: string; name: string; unit: string; values: number[] }>();

  add(group: string, name: string, unit: string, value: number): void {
    const key = `${group}/${name}`;
    const found = this.#values.get(key);
    if (found) found.values.push(value);
    else this.#values.set(key, { group, name, unit, values: [value] });
  }

  of(group: string, name: string): readonly number[] {
    return this.#values.get(`${group}/${name}`)?.values ?? [];
  }

  median(group: string, name: string): number {
    return spread(this.of(group, name)).median;
  }

  figures(group: string): Figure[] {
    return [...this.#values.values()]
      .filter((each) => each.group === group)
      .map(({ name, unit, values }) => ({ group, name, unit, ...spread(values) }));
  }
}

function reportOf(size: Size, samples: Samples): CaseReport {
  const p99 = samples.median(P99, ONE);
  const speedOf = (name: string): number => samples.median(SPEED, name);
  const hasCores = cpus().length >= 4;
  const sharding = samples.median(PROCESSOR, SHARDED) / samples.median(PROCESSOR, UNSHARDED);
  const ratios: Ratio[] = [
    { name: ONE, value: speedOf(ONE), unit: 'ticks/s', floor: 60_000 },
    { name: `${ONE} / ${STREAMS}`, value: speedOf(ONE) / speedOf(STREAMS), unit: 'x', floor: 100 },
    { name: `p99 of a tick, ${ONE}`, value: p99, unit: 'ms', floor: 10, isCeiling: true },
    { name: `p50 of a tick, ${ONE}`, value: samples.median(LATENCY, ONE), unit: 'ms' },
    { name: `p99 of ${ECHO}`, value: samples.median(P99, ECHO), unit: 'ms' },
    { name: `p99 of a tick, ${STREAMS}`, value: samples.median(P99, STREAMS), unit: 'ms' },
    {
      name: `memory of ${ONE} / ${STREAMS}`,
      value: samples.median(MEMORY, ONE) / samples.median(MEMORY, STREAMS),
      unit: 'x',
      floor: 1,
      isCeiling: true,
    },
    {
      name: `processor time a tick, two workers / one, ${size.pace.toLocaleString('en')} ticks/s`,
      value: samples.median(PROCESSOR, TWO) / samples.median(PROCESSOR, ONE),
      unit: 'x',
      floor: 1.1,
      isCeiling: true,
    },
    {
      name: 'processor time a value, two workers / one, in the same rounds',
      value: samples.median(PROCESSOR_OF_VALUE, TWO) / samples.median(PROCESSOR_OF_VALUE, ONE),
      unit: 'x',
      floor: 1.1,
      isCeiling: true,
    },
    {
      name: 'throughput, two workers / one',
      value: speedOf(TWO) / speedOf(ONE),
      unit: 'x',
      // Two workers, the broker and this process need a core each.
      ...(hasCores && { floor: 1.8 }),
    },
    {
      name: 'processor time of sharding in one process',
      value: 100 * (sharding - 1),
      unit: '%',
      floor: 3,
      isCeiling: true,
    },
  ];
  const world = `${size.portfolios.toLocaleString('en')} portfolios of 10 positions, ${size.symbols.toLocaleString('en')} symbols`;
  return {
    measured: `${MEASURED}; ${world}; all values checked`,
    figures: [SPEED, LATENCY, P99, MEMORY, PROCESSOR, VALUES, PROCESSOR_OF_VALUE].flatMap((group) =>
      samples.figures(group),
    ),
    ratios,
  };
}
