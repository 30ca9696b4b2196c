/**
 * Events and price streams over Kafka topics.
 * @module tickmark/kafka
 */
export type { KafkaDeadLetterOptions } from '../kafka-client/dead-letters.js';
export {
  decodeJsonPrice,
  type DecodedRecord,
  type KafkaDecoder,
} from '../streams/kafka/json-price-decoder.js';
export type { KafkaRejection } from '../kafka-client/record-reader.js';
export type {
  KafkaAdmin,
  KafkaBatchProducer,
  KafkaBatchPayload,
  KafkaConsumer,
  KafkaConsumerEvent,
  KafkaHeaders,
  KafkaOffsets,
  KafkaMessage,
  KafkaTopicPartition,
  KafkaProducer,
  KafkaRecord,
  KafkaTopicAdmin,
} from '../kafka-client/kafka-consumer.js';
export type { KafkaStreamStats } from '../streams/kafka/kafka-stream-stats.js';
export { KafkaClientError } from '../kafka-client/kafka-client-error.js';
export type {
  KafkaPriceAdmin,
  KafkaPriceStreamAdapterOptions,
  TombstoneEffect,
} from '../streams/kafka/kafka-options.js';
export { KafkaPriceStreamAdapter } from '../streams/kafka/kafka-price-stream-adapter.js';
export type { KafkaClients, KafkaConsumerSettings } from './clients/kafka-clients.js';
export { confluentKafka, type ConfluentKafkaSettings } from './clients/confluent/confluent-kafka.js';
export type { ConfluentModule } from './clients/confluent/confluent-module.js';
export {
  platformaticKafka,
  type PlatformaticKafkaOptions,
} from './clients/platformatic/platformatic-kafka.js';
export type { PlatformaticModule } from './clients/platformatic/platformatic-module.js';
export { KafkaEventBus } from './kafka-event-bus.js';
export type {
  KafkaEventBusClients,
  KafkaEventBusOptions,
  KafkaEventBusStats,
  KafkaSubscribeOptions,
  KafkaTopicCreation,
} from './kafka-event-bus-options.js';
export { KafkaShardAssignment } from './shards/kafka-shard-assignment.js';
export type {
  KafkaShardAssignmentOptions,
  KafkaShardConsumerSettings,
} from './shards/kafka-shard-assignment-options.js';
export type { KafkaPartitionAssigner } from './shards/sticky-shard-assigner.js';
export {
  EventCodecs,
  type DecodedMessage,
  type EventCodec,
  type EventCodecsOptions,
  type EventData,
  type EventEncoding,
} from '../core/messaging/event-codec.js';
export type { EventDataReader, EventDataWriter } from '../core/messaging/event-data.js';
export type { EventHeader, MessageOrigin } from '../core/messaging/event-envelope.js';
