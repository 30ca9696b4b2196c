import { invalidArgument } from '../../../core/errors.js';
import { murmur2 } from '../../../core/shards/shard-of.js';
import { GroupConsumer } from '../group-consumer.js';
import { checkClientSettings, checkConsumerSettings } from '../consumer-settings.js';
import type { KafkaClients, KafkaConsumerSettings } from '../kafka-clients.js';
import { platformaticAdmin } from './platformatic-admin.js';
import { PlatformaticMember } from './platformatic-member.js';
import type { PlatformaticAdmin, PlatformaticModule, PlatformaticProducer } from './platformatic-module.js';
import { platformaticProducer } from './platformatic-producer.js';

/** Options of the clients of `@platformatic/kafka`. All others that it has are passed on, too. */
export interface PlatformaticKafkaOptions {
  /** Name of this program in logs of the brokers. */
  readonly clientId: string;
  /** Addresses, such as `['127.0.0.1:9092']`. */
  readonly bootstrapBrokers:
    readonly string[] | ReadonlyArray<{ readonly host: string; readonly port: number }>;
  /** Options of `tls.connect()`. */
  readonly tls?: object;
  /** Login, such as `{ mechanism: 'SCRAM-SHA-256', username, password }`. */
  readonly sasl?: object;
  /** Time limit of an answer, in ms, above `maxWaitTimeInMs` of consumers. A broker that is frozen is noticed after it. Default 5,000. */
  readonly requestTimeout?: number;
  /** Time limit of a connection, in ms. Default 5,000. */
  readonly connectTimeout?: number;
  readonly [option: string]: unknown;
}

const NAME = 'platformaticKafka';
const DEFAULT_SESSION_MS = 10_000;
const DEFAULT_WAIT_MS = 500;
const DEFAULT_ANSWER_MS = 5_000;
const LONGEST_HEARTBEAT_MS = 1_000;

/**
 * Makes the clients that `KafkaPriceStreamAdapter`, `KafkaFillStream`, `KafkaEventBus` and `KafkaShardAssignment` take, with the package
 * `@platformatic/kafka` (1.x on Node 20), which is given.
 *
 * - A consumer opens two connections to each broker: one as a member of its group, and one that reads.
 * - Links that break are tried again every second at the latest, by the same member of the group.
 * - Records are sent to the partition of Kafka's default partitioner.
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for another package, or a group of {@link KafkaShardAssignment} with `groupProtocol: 'classic'`.
 *
 * @example
 * ```ts
 * import * as platformatic from '@platformatic/kafka';
 * import { KafkaPriceStreamAdapter, platformaticKafka } from 'tickmark/kafka';
 *
 * const kafka = platformaticKafka(platformatic, { clientId: 'desk', bootstrapBrokers: ['127.0.0.1:9092'] });
 * const stream = new KafkaPriceStreamAdapter({
 *   consumer: () => kafka.consumer({ groupId: 'desk' }),
 *   topics: 'prices',
 *   admin: { client: () => kafka.admin(), groupId: 'desk' },
 * });
 * await stream.connect();
 * ```
 */
export function platformaticKafka(
  client: PlatformaticModule,
  options: PlatformaticKafkaOptions,
): KafkaClients {
  for (const name of ['Consumer', 'Producer', 'Admin'] as const)
    if (typeof client?.[name] !== 'function')
      throw invalidArgument(`${NAME}: client`, client, "import * as platformatic from '@platformatic/kafka'");
  checkClientSettings(`${NAME}: options`, options);
  const { requestTimeout = DEFAULT_ANSWER_MS } = options;
  const asking = { retries: 5, retryDelay: 200, ...options, requestTimeout };
  return {
    consumer(settings) {
      const maxWaitMs = settings.maxWaitTimeInMs ?? DEFAULT_WAIT_MS;
      const own = { ...options, requestTimeout, ...memberSettings(settings) };
      const member = { client, settings: own, maxWaitMs };
      return new GroupConsumer(() => new PlatformaticMember(member), settings);
    },
    producer: () =>
      platformaticProducer(
        () =>
          new client.Producer({
            // Its own takes another one for half of the keys, where the number of partitions is no power of two.
            partitioner: (_message: unknown, key?: Uint8Array) => (key ? murmur2(key) & 0x7fffffff : 0),
            ...asking,
          }) as PlatformaticProducer,
      ),
    admin: () => platformaticAdmin(() => new client.Admin(asking) as PlatformaticAdmin),
  };
}

function memberSettings(settings: KafkaConsumerSettings): Record<string, unknown> {
  const groupProtocol = checkConsumerSettings(NAME, settings);
  const { groupId, sessionTimeout = DEFAULT_SESSION_MS } = settings;
  // What is tried again is decided here: the client would go on with partitions that it has lost.
  if (groupProtocol === 'consumer') return { groupId, groupProtocol, retries: 0 };
  return {
    groupId,
    retries: 0,
    sessionTimeout,
    rebalanceTimeout: settings.rebalanceTimeout ?? sessionTimeout,
    heartbeatInterval:
      settings.heartbeatInterval ?? Math.min(LONGEST_HEARTBEAT_MS, Math.floor(sessionTimeout / 3)),
  };
}
