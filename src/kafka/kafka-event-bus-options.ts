import type { Logger } from '../core/logger.js';
import { checkDelay, systemClock, type Clock } from '../core/clock.js';
import { invalidArgument, type TickmarkError } from '../core/errors.js';
import type { DeliveryGuarantee, EventBusStats } from '../core/messaging/event-bus.js';
import type { EventCodec, EventEncoding } from '../core/messaging/event-codec.js';
import {
  checkNumber,
  withDefaults,
  ERROR_RECEIVERS,
  TIME_AND_CHANCE,
  checkOptions,
  type OptionShapes,
} from '../core/options.js';
import { systemRandom, type RandomSource } from '../core/random.js';
import { DEFAULT_SHARD_COUNT, MAX_SHARD_COUNT } from '../core/shards/shard-of.js';
import { checkDuration } from '../kafka-client/client-checks.js';
import type { KafkaBatchProducer, KafkaConsumer, KafkaTopicAdmin } from '../kafka-client/kafka-consumer.js';

/** What a `KafkaEventBus` makes clients with. None of them may be connected, nor used by anybody else. */
export interface KafkaEventBusClients {
  /** Makes a consumer of a group. It needs events (`on()`), `seek()` and `stop()`. */
  readonly consumer: (groupId: string) => KafkaConsumer;
  /** Makes a producer. */
  readonly producer: () => KafkaBatchProducer;
  /** Makes an administrative client. */
  readonly admin: () => KafkaTopicAdmin;
}

/** How a `KafkaEventBus` creates topics that are missing. */
export interface KafkaTopicCreation {
  /** Partitions of the topics of portfolios and values, which are the shards of portfolios: 1 to 65,536. Others have one. Default 64. */
  readonly partitions?: number;
  /** Default: that of the brokers. */
  readonly replicationFactor?: number;
}

/** Options of one subscription of a `KafkaEventBus`. */
export interface KafkaSubscribeOptions {
  /**
   * Group of a bus that delivers at least once; it shares the events of the type among its subscriptions. `null` for all events. Default: the
   * group of the bus.
   */
  readonly group?: string | null;
}

/** Options of `KafkaEventBus`. */
export interface KafkaEventBusOptions {
  /** Start of the names of topics. Default `'tickmark'`. */
  readonly prefix?: string;
  /** Topics by type of event, instead of the usual ones. */
  readonly topics?: Readonly<Record<string, string>>;
  /** Creates topics that are missing. Default: they are an error. */
  readonly createTopics?: KafkaTopicCreation;
  /** What the bus guarantees. Default `'at-most-once'`. */
  readonly delivery?: DeliveryGuarantee;
  /** Group of subscriptions that give none; needs `delivery: 'at-least-once'`. Default: none, so each subscription gets all events. */
  readonly group?: string;
  /**
   * How values are sent: `packed`, a record for each shard of a batch, in columns; `each`, a record for each value, with the portfolio as key,
   * as plain JSON. Every reader understands both. Default `packed`.
   */
  readonly values?: 'packed' | 'each';
  /** Codecs of the application's own event types. Those of tickmark's events are built in. */
  readonly codecs?: readonly EventCodec[];
  /** Encoding of the data that this bus sends. It reads both. Default `'json'`. */
  readonly encoding?: EventEncoding;
  /** Version of the format that this bus sends, by event type, during an upgrade; see docs/versioning.md. Default: what each codec writes. */
  readonly formats?: Readonly<Record<string, number>>;
  /** Longest data of a record, and most bytes that one request sends to a partition. Keep it below `max.message.bytes` of the topics. Default 1,000,000. */
  readonly maxMessageBytes?: number;
  /** Most events that wait for one subscription that is delivered to at most once, see `EventBusStats.lost`. Default 1,000. */
  readonly maxBacklog?: number;
  /** Deliveries of an event before it goes to the dead-letter topic, with at-least-once. Default 5. */
  readonly maxDeliveries?: number;
  /** Longest wait before an event whose handler failed is delivered again, ms; doubles each time, with full jitter. Default 100. */
  readonly retryDelayMs?: number;
  /** Time limit of `publish`, ms. Longer than the producer tries by itself. Default 10,000. */
  readonly publishTimeoutMs?: number;
  /** Time limit of connecting, and of questions about topics, ms. Default 30,000. */
  readonly connectTimeoutMs?: number;
  /** Time without a response of any broker after which a link counts as broken, ms. Above the consumer's `maxWaitTimeInMs`. Default 10,000. */
  readonly silenceMs?: number;
  /** Time between two looks at a topic, for partitions that were added and records that were deleted, ms. Default 3,000. */
  readonly lookEveryMs?: number;
  /** Passwords and tokens of the client, which are masked in error messages. Default: none. */
  readonly secrets?: readonly string[];
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance, for ids and the jitter of retries. Default: the machine's. */
  readonly random?: RandomSource;
  /**
   * Called with errors that no caller awaits: `BUS_FAILED` or `UNAUTHORIZED` when a link breaks, `MALFORMED_INPUT` for a record that cannot be
   * read, `HANDLER_FAILED`. Errors it throws are dropped. Default: only counters.
   */
  readonly onError?: (error: TickmarkError) => void;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
}

const SHAPES: OptionShapes<KafkaEventBusOptions> = {
  ...TIME_AND_CHANCE,
  ...ERROR_RECEIVERS,
  prefix: 'string',
  topics: true,
  createTopics: true,
  delivery: true,
  group: true,
  values: true,
  codecs: true,
  encoding: true,
  formats: true,
  maxMessageBytes: true,
  maxBacklog: true,
  maxDeliveries: true,
  retryDelayMs: true,
  publishTimeoutMs: true,
  connectTimeoutMs: true,
  silenceMs: true,
  lookEveryMs: true,
  secrets: true,
};

/** Counters of a `KafkaEventBus`. */
export interface KafkaEventBusStats extends EventBusStats {
  /** Events that `publish` rejected, including those of which it is unknown whether Kafka got them. */
  readonly rejected: number;
  /** Records read, including those of types that are not subscribed. */
  readonly received: number;
  /** Records that could not be read. */
  readonly malformed: number;
  /** Records that had come before, because a producer sent them twice. */
  readonly duplicates: number;
  /** Records sent to the dead-letter topic. */
  readonly deadLettered: number;
  /** Links that were restored. */
  readonly reconnects: number;
}

/** Checked options with their defaults. */
export interface KafkaBusSettings {
  readonly prefix: string;
  readonly topics: Readonly<Record<string, string>>;
  readonly partitions: number;
  /** `null`: no topic is created. */
  readonly replicationFactor: number | null;
  readonly delivery: DeliveryGuarantee;
  readonly group: string | null;
  readonly values: 'packed' | 'each';
  readonly maxMessageBytes: number;
  readonly maxDeliveries: number;
  readonly retryDelayMs: number;
  readonly publishTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly silenceMs: number;
  readonly lookEveryMs: number;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** Checks the options and fills in the defaults. @throws TickmarkError `INVALID_ARGUMENT`. */
export function kafkaBusSettings(
  clients: KafkaEventBusClients,
  options: KafkaEventBusOptions,
  where: string,
): KafkaBusSettings {
  checkOptions(where, options, SHAPES);
  if (options.createTopics)
    checkOptions(`${where}: createTopics`, options.createTopics, {
      partitions: true,
      replicationFactor: true,
    });
  const settings = withDefaults(options, {
    prefix: 'tickmark',
    topics: {} as Readonly<Record<string, string>>,
    delivery: 'at-most-once' as DeliveryGuarantee,
    values: 'packed' as 'packed' | 'each',
    maxMessageBytes: 1_000_000,
    maxDeliveries: 5,
    retryDelayMs: 100,
    publishTimeoutMs: 10_000,
    connectTimeoutMs: 30_000,
    silenceMs: 10_000,
    lookEveryMs: 3000,
    clock: systemClock,
    random: systemRandom,
  });
  const { delivery, values } = settings;
  const { group = null, createTopics } = options;
  for (const name of ['consumer', 'producer', 'admin'] as const)
    if (typeof clients?.[name] !== 'function')
      throw invalidArgument(`${where}: ${name}`, clients?.[name], 'a function that makes one');
  if (delivery !== 'at-most-once' && delivery !== 'at-least-once')
    throw invalidArgument(`${where}: delivery`, delivery, "'at-most-once' or 'at-least-once'");
  if (values !== 'packed' && values !== 'each')
    throw invalidArgument(`${where}: values`, values, "'packed' or 'each'");
  checkGroup(`${where}: group`, group);
  if (group !== null && delivery !== 'at-least-once')
    throw invalidArgument(`${where}: group`, group, "none without delivery: 'at-least-once'");
  const { partitions, replicationFactor } = {
    partitions: DEFAULT_SHARD_COUNT,
    replicationFactor: BROKERS_DEFAULT,
    ...createTopics,
  };
  const range = { from: 1, to: MAX_SHARD_COUNT, isWhole: true };
  checkNumber(`${where}: createTopics.partitions`, partitions, range);
  if (replicationFactor !== BROKERS_DEFAULT)
    checkNumber(`${where}: createTopics.replicationFactor`, replicationFactor, {
      from: 1,
      to: 32_767,
      isWhole: true,
    });
  checkNumber(`${where}: maxDeliveries`, settings.maxDeliveries, { from: 1, isWhole: true });
  checkDelay(settings.retryDelayMs, `${where}: retryDelayMs`);
  for (const name of ['publishTimeoutMs', 'connectTimeoutMs', 'silenceMs', 'lookEveryMs'] as const)
    checkDuration(where, name, settings[name]);
  return {
    ...settings,
    group,
    partitions,
    replicationFactor: createTopics ? replicationFactor : null,
  };
}

// Source: https://kafka.apache.org/protocol#The_Messages_CreateTopics
const BROKERS_DEFAULT = -1;

/** @throws TickmarkError `INVALID_ARGUMENT` for a group without a name. */
export function checkGroup(where: string, group: unknown): void {
  if (group === null || (typeof group === 'string' && group !== '')) return;
  throw invalidArgument(where, group, 'a string that is not empty, or null');
}
