import { invalidArgument } from '../../../core/errors.js';
import { GroupConsumer } from '../group-consumer.js';
import { checkClientSettings, checkConsumerSettings } from '../consumer-settings.js';
import type { KafkaClients, KafkaConsumerSettings } from '../kafka-clients.js';
import { confluentAdmin } from './confluent-admin.js';
import { ConfluentMember } from './confluent-member.js';
import type { ConfluentAdmin, ConfluentModule, ConfluentProducer } from './confluent-module.js';
import { confluentProducer } from './confluent-producer.js';

/** Settings of librdkafka. All of its settings are passed on: https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md */
export interface ConfluentKafkaSettings {
  /** Addresses, such as `'127.0.0.1:9092'`, with commas between them. */
  readonly 'bootstrap.servers': string;
  /** Name of this program in logs of the brokers. */
  readonly 'client.id'?: string;
  /** Default `plaintext`. */
  readonly 'security.protocol'?: 'plaintext' | 'ssl' | 'sasl_plaintext' | 'sasl_ssl';
  readonly 'sasl.mechanism'?: string;
  readonly 'sasl.username'?: string;
  readonly 'sasl.password'?: string;
  readonly [setting: string]: unknown;
}

const NAME = 'confluentKafka';
const DEFAULT_SESSION_MS = 10_000;
const DEFAULT_WAIT_MS = 500;
const LONGEST_HEARTBEAT_MS = 1_000;

/**
 * Makes the clients that `KafkaPriceStreamAdapter`, `KafkaFillStream`, `KafkaEventBus` and `KafkaShardAssignment` take, with the package
 * `@confluentinc/kafka-javascript` (librdkafka), which is given.
 *
 * - Its consumers have no events, so that of a broker is found out by librdkafka's statistics, every 500 ms (`statistics.interval.ms`).
 * - Producers are idempotent, choose the partition of Kafka's default partitioner (`partitioner: 'murmur2_random'`), and give a record up
 *   after 8 s (`message.timeout.ms`).
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for another package, or a group of {@link KafkaShardAssignment} with `groupProtocol: 'classic'`.
 *
 * @example
 * ```ts
 * import confluent from '@confluentinc/kafka-javascript';
 * import { KafkaPriceStreamAdapter, confluentKafka } from 'tickmark/kafka';
 *
 * const kafka = confluentKafka(confluent, { 'bootstrap.servers': '127.0.0.1:9092' });
 * const stream = new KafkaPriceStreamAdapter({
 *   consumer: () => kafka.consumer({ groupId: 'desk' }),
 *   topics: 'prices',
 *   admin: { client: () => kafka.admin(), groupId: 'desk' },
 * });
 * await stream.connect();
 * ```
 */
export function confluentKafka(client: ConfluentModule, settings: ConfluentKafkaSettings): KafkaClients {
  if (typeof client?.KafkaConsumer !== 'function' || typeof client.KafkaJS?.Kafka !== 'function')
    throw invalidArgument(
      `${NAME}: client`,
      client,
      "import confluent from '@confluentinc/kafka-javascript'",
    );
  checkClientSettings(`${NAME}: settings`, settings);
  // 0: it writes nothing to the console. What fails is reported.
  const kafka = new client.KafkaJS.Kafka({ kafkaJS: { logLevel: 0 }, ...TOPICS, ...settings });
  const memberOf = (own: KafkaConsumerSettings): ConfluentMember =>
    new ConfluentMember({ client, settings: { ...TOPICS, ...settings, ...memberSettings(own) } });
  return {
    consumer(own) {
      memberSettings(own);
      return new GroupConsumer(() => memberOf(own), own);
    },
    producer: () =>
      confluentProducer(() => kafka.producer({ ...PRODUCER, ...settings }) as ConfluentProducer),
    admin: () =>
      confluentAdmin(
        () => kafka.admin() as ConfluentAdmin,
        (groupId) => memberOf({ groupId }),
      ),
  };
}

const TOPICS = {
  // Topics and partitions that are added are found within seconds, and a broker that is back is tried again as soon.
  'topic.metadata.refresh.interval.ms': 3_000,
  'reconnect.backoff.max.ms': 1_000,
  // A broker that does not answer for so long is connected to anew.
  'socket.timeout.ms': 6_000,
  log_level: 0,
};

const PRODUCER = {
  partitioner: 'murmur2_random',
  // Records that are sent again stay in order.
  'enable.idempotence': true,
  'message.timeout.ms': 8_000,
  'linger.ms': 0,
};

function memberSettings(settings: KafkaConsumerSettings): Record<string, unknown> {
  const groupProtocol = checkConsumerSettings(NAME, settings);
  const { groupId, sessionTimeout = DEFAULT_SESSION_MS } = settings;
  const all = {
    'group.id': groupId,
    'group.protocol': groupProtocol,
    'fetch.wait.max.ms': settings.maxWaitTimeInMs ?? DEFAULT_WAIT_MS,
    'statistics.interval.ms': 500,
  };
  // With the other protocol, these are settings of the brokers.
  if (groupProtocol === 'consumer') return all;
  const heartbeatMs =
    settings.heartbeatInterval ?? Math.min(LONGEST_HEARTBEAT_MS, Math.floor(sessionTimeout / 3));
  return { ...all, 'session.timeout.ms': sessionTimeout, 'heartbeat.interval.ms': heartbeatMs };
}
