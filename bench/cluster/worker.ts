// tickmark from topic to topic: prices as JSON from a topic, values of portfolios to another one, until its input ends.
import * as platformatic from '@platformatic/kafka';
import { markToMarket } from 'tickmark';
import {
  KafkaEventBus,
  KafkaPriceStreamAdapter,
  platformaticKafka,
  type PlatformaticModule,
} from 'tickmark/kafka';
import { fixedShards } from 'tickmark/parts';
import { workerLink } from '../../test/servers/worker-link.js';
import { StoreElsewhere } from '../engine.js';
import { World } from '../world.js';
import { ValuesElsewhere } from './values-elsewhere.js';
import { VALUE_PARTITIONS, type WorkerArgs } from './worker-args.js';

// Nothing is stored: the topic of values is the output.
const NEVER_MS = 3_600_000;

const link = workerLink<WorkerArgs, never, 'ready'>();
const { broker, prices, prefix, group, portfolios, symbols, shards } = link.args;
const onError = (error: Error): void => {
  const cause = error.cause instanceof Error ? ` Cause: ${error.cause.message}` : '';
  process.stderr.write(`worker ${process.pid}: ${error.message}${cause}\n`);
};
const kafka = platformaticKafka(platformatic as PlatformaticModule, {
  clientId: group,
  bootstrapBrokers: [broker],
});
const values = new KafkaEventBus(
  {
    consumer: (groupId) => kafka.consumer({ groupId }),
    producer: () => kafka.producer(),
    admin: () => kafka.admin(),
  },
  { prefix, createTopics: { partitions: VALUE_PARTITIONS }, encoding: 'compact', onError },
);
const marking = await markToMarket({
  stream: new KafkaPriceStreamAdapter({
    consumer: () => kafka.consumer({ groupId: group }),
    topics: prices,
    fromBeginning: true,
    onError,
  }),
  bus: new ValuesElsewhere(values),
  repository: new StoreElsewhere(new World(portfolios, symbols)),
  lock: null,
  ...(shards && { shards: fixedShards(shards.index, shards.count, { shardCount: VALUE_PARTITIONS }) }),
  persistMs: NEVER_MS,
  batchSize: 10_000,
  throttle: false,
  onError,
});
link.send('ready');

while ((await link.next()) !== undefined);
await marking.close();
await values.close();
