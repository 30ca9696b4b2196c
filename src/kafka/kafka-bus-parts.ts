import { PortfolioValueCodec } from '../core/engine/portfolio-value-codec.js';
import { knownCodecs } from '../core/engine/known-codecs.js';
import type { Clock } from '../core/clock.js';
import { errorReporter } from '../core/error-reporter.js';
import type { TickmarkError } from '../core/errors.js';
import { EventCodecs } from '../core/messaging/event-codec.js';
import { EventIds } from '../core/messaging/event-ids.js';
import type { RandomSource } from '../core/random.js';
import type { KafkaErrorSource } from '../kafka-client/kafka-client-error.js';
import type { DeadLetter } from '../kafka-client/dead-letters.js';
import type { KafkaTopicPartition } from '../kafka-client/kafka-consumer.js';
import { KafkaCounts } from '../kafka-client/kafka-counts.js';
import {
  kafkaBusSettings,
  type KafkaBusSettings,
  type KafkaEventBusClients,
  type KafkaEventBusOptions,
} from './kafka-event-bus-options.js';
import { EventReader } from './reading/event-reader.js';
import { TopicDirectory } from './topic-directory.js';
import { TopicNames } from './topic-names.js';

const COUNTERS = [
  'received',
  'malformed',
  'duplicates',
  'handled',
  'failed',
  'deadLettered',
  'reconnects',
] as const;

/** What the parts of a bus share. */
export interface KafkaBusParts {
  readonly where: string;
  readonly clients: KafkaEventBusClients;
  readonly settings: KafkaBusSettings;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly source: KafkaErrorSource;
  readonly names: TopicNames;
  readonly directory: TopicDirectory;
  readonly codecs: EventCodecs;
  readonly reader: EventReader;
  readonly counts: KafkaCounts<(typeof COUNTERS)[number]>;
  /** Ids of gap events. */
  readonly gapIds: EventIds;
  /** Unique name of this bus: `source` of its events. */
  readonly publisher: string;
  readonly report: (error: TickmarkError) => void;
  /** A group that nobody else uses. */
  readonly freshGroup: () => string;
  /** A subscription has its positions. */
  readonly onPositioned: () => void;
  /** Sends a record to the dead-letter topic; resolves when it is there. @throws TickmarkError `BUS_FAILED`. */
  readonly deadLetter: (letter: DeadLetter, place: KafkaTopicPartition) => Promise<void>;
}

/** What {@link kafkaBusParts} is given by the bus. */
export type KafkaBusHooks = Pick<KafkaBusParts, 'onPositioned' | 'deadLetter'> & {
  /** Ends questions when the bus is closed. */
  readonly signal: AbortSignal;
};

/** @throws TickmarkError `INVALID_ARGUMENT`. */
export function kafkaBusParts(
  clients: KafkaEventBusClients,
  options: KafkaEventBusOptions,
  where: string,
  { signal, ...hooks }: KafkaBusHooks,
): KafkaBusParts {
  const settings = kafkaBusSettings(clients, options, where);
  const { clock, random, maxMessageBytes, partitions, replicationFactor } = settings;
  const { codecs: own = [], encoding, formats } = options;
  const codecs = new EventCodecs({
    codecs: [...knownCodecs(), new PortfolioValueCodec(), ...own],
    ...(encoding !== undefined && { encoding }),
    ...(formats && { formats }),
    maxMessageBytes,
  });
  const names = new TopicNames(settings.prefix, settings.topics, where);
  const source: KafkaErrorSource = { name: where, secrets: options.secrets ?? [], code: 'BUS_FAILED' };
  const publisher = `tickmark/${Math.floor(random() * 2 ** 52).toString(36)}`;
  let groups = 0;
  return {
    where,
    clients,
    settings,
    clock,
    random,
    source,
    names,
    directory: new TopicDirectory({
      clock,
      admin: clients.admin,
      source,
      partitions: (topic) => (names.isKeyed(topic) ? partitions : 1),
      replicationFactor,
      limitMs: settings.connectTimeoutMs,
      maxAgeMs: settings.lookEveryMs,
      signal,
    }),
    codecs,
    reader: new EventReader(codecs, where),
    counts: new KafkaCounts(COUNTERS),
    gapIds: new EventIds(`${publisher}:gap`, random),
    publisher,
    report: errorReporter(options),
    freshGroup: () => `${settings.prefix}.${publisher.replace('/', '-')}.${++groups}`,
    ...hooks,
  };
}
