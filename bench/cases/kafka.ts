import { Kafka, logLevel } from 'kafkajs';
import { ListedRows } from '../../src/core/book/valued-rows.js';
import { PORTFOLIOS_VALUED, PortfolioValuedBatch } from '../../src/core/engine/portfolio-valued-event.js';
import { Decimal } from '../../src/core/money/decimal.js';
import { STREAMED_FIGURES, type PortfolioTotals } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { KafkaEventBus, type KafkaConsumer, type KafkaEventBusOptions } from '../../src/kafka/index.js';
import { compare, mapSpread, timesFaster, type Bench } from '../harness.js';
import type { OwnWork, Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';
import { missing } from '../stores.js';

const BROKER = process.env.TICKMARK_KAFKA_BROKER ?? '127.0.0.1:9092';
const PORTFOLIOS = 20_000;
const EACH = 5_000;
const SHARDS = 64;
const MEASURED = `values of portfolios through Kafka, ${SHARDS} partitions, until a second bus has read them`;
const PACKED = 'packed, JSON';
const COMPACT = 'packed, compact';
const SINGLE = 'a record for each value';

/** What it costs to hand values to other processes over Kafka. */
export async function kafka(bench: Bench): Promise<CaseReport> {
  const lanes = await openLanes();
  if (lanes instanceof Error) return missing(MEASURED, lanes);
  const timings = await compare(bench, lanes);
  await Promise.all(lanes.map(({ close }) => close()));
  const figures = [...timings].map(([name, time]): Figure => {
    return { group: 'values', name, unit: 'k values/s', ...mapSpread(time, (ns) => 1e6 / ns) };
  });
  const ratios = [
    { name: `${PACKED} / ${SINGLE}`, value: timesFaster(timings, PACKED, SINGLE), unit: 'x' },
    { name: `${COMPACT} / ${PACKED}`, value: timesFaster(timings, COMPACT, PACKED), unit: 'x' },
  ];
  return { measured: MEASURED, figures, ratios };
}

/** The work of tickmark alone. */
export async function kafkaWork(): Promise<OwnWork | Unmeasurable> {
  const lanes = await openLanes();
  if (lanes instanceof Error) return { measured: MEASURED, void: lanes.message };
  return {
    measured: MEASURED,
    parts: lanes.map(({ name, round }) => ({ name, operation: 'value', round })),
    close: async () => void (await Promise.all(lanes.map(({ close }) => close()))),
  };
}

async function openLanes() {
  const client = new Kafka({ brokers: [BROKER], logLevel: logLevel.NOTHING, retry: { retries: 2 } });
  const admin = client.admin();
  try {
    await admin.connect();
  } catch (cause) {
    return new Error('no Kafka: start one, or set TICKMARK_KAFKA_BROKER', { cause });
  } finally {
    await admin.disconnect();
  }
  return [
    laneOf(client, PACKED, PORTFOLIOS, {}),
    laneOf(client, COMPACT, PORTFOLIOS, { encoding: 'compact' }),
    laneOf(client, SINGLE, EACH, { values: 'each' }),
  ];
}

function laneOf(client: Kafka, name: string, count: number, options: KafkaEventBusOptions) {
  const prefix = `tickmark-bench-${process.pid}-${name.replaceAll(/\W+/g, '-')}`;
  const open = (): KafkaEventBus =>
    new KafkaEventBus(
      {
        consumer: (groupId) => client.consumer({ groupId, maxWaitTimeInMs: 1000 }) as KafkaConsumer,
        producer: () => client.producer(),
        admin: () => client.admin(),
      },
      { prefix, createTopics: { partitions: SHARDS }, ...options },
    );
  const [bus, reader] = [open(), open()];
  let left = 0;
  let done = (): void => undefined;
  const hear = ({ length }: PortfolioValuedBatch): void => {
    left -= length;
    if (left <= 0) done();
  };
  reader.subscribe(PORTFOLIOS_VALUED, hear);
  const batch = valuesOf(count);
  let isReading = false;
  const publish = async (to: KafkaEventBus): Promise<void> => {
    left = count;
    const heard = new Promise<void>((resolve) => (done = resolve));
    await to.publish(batch);
    await heard;
  };
  const round = async (): Promise<number> => {
    // The first publish is the reader's own, which waits until it has its position.
    await publish(isReading ? bus : reader);
    isReading = true;
    return count;
  };
  return { name, round, close: () => Promise.all([bus.close(), reader.close()]) };
}

function valuesOf(count: number): PortfolioValuedBatch {
  const rows = Array.from({ length: count }, (_, n) => {
    const amount = Decimal.ofUnits(1_000_000 + 137 * n, 2);
    const zero = Decimal.ofUnits(0, 2);
    const totals = {
      ...Object.fromEntries(STREAMED_FIGURES.map((figure) => [figure, zero])),
      marketValue: amount,
      equity: amount,
      unrealizedPnl: amount,
      pricePnl: amount,
      totalPnl: amount,
      unrealizedPnlPct: null,
      dayPnl: null,
      dayPnlPct: null,
      priced: { marketValue: amount },
      complete: true,
    } as unknown as PortfolioTotals;
    return { portfolio: { id: `portfolio-${n}`, version: 1, currency: 'USD' }, totals: () => totals };
  });
  return new PortfolioValuedBatch('values', 1_700_000_000_000, new ListedRows(rows));
}
