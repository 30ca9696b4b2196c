import type {
  KafkaBatchProducer,
  KafkaConsumer,
  KafkaProducer,
  KafkaTopicAdmin,
} from '../../kafka-client/kafka-consumer.js';
import type { KafkaShardConsumerSettings } from '../shards/kafka-shard-assignment-options.js';

/** Settings of a consumer of {@link KafkaClients}. Times are in ms. */
export interface KafkaConsumerSettings extends Partial<KafkaShardConsumerSettings> {
  /** Name of the group. */
  readonly groupId: string;
  /**
   * How the group shares its partitions. `classic`: its members do, as with kafkajs. `consumer`: the brokers do, and only what must move moves
   * (KIP-848, Kafka 4.0 and newer); the session timeout is then a setting of the brokers or the group. Default `classic`, and `consumer` for
   * `KafkaShardAssignment`.
   */
  readonly groupProtocol?: 'classic' | 'consumer';
  /** The group gives the partitions of a member to others when it has not heard from it for so long. Default 10,000. */
  readonly sessionTimeout?: number;
  /** Time between two signs of life. Default 1,000, and at most a third of `sessionTimeout`. */
  readonly heartbeatInterval?: number;
  /** Longest wait of a broker for records. Records that are there are sent at once. Default 500. */
  readonly maxWaitTimeInMs?: number;
}

/** Makes clients that `KafkaPriceStreamAdapter`, `KafkaFillStream`, `KafkaEventBus` and `KafkaShardAssignment` take. */
export interface KafkaClients {
  /** Makes a consumer that is not connected. */
  consumer(settings: KafkaConsumerSettings): KafkaConsumer;
  /** Makes a producer that is not connected. */
  producer(): KafkaBatchProducer & KafkaProducer;
  /** Makes an administrative client that is not connected. */
  admin(): KafkaTopicAdmin;
}
