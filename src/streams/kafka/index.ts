/**
 * Price streams from Kafka topics.
 * @module tickmark/kafka
 */
export type { KafkaDeadLetterOptions } from './dead-letters.js';
export {
  decodeJsonPrice,
  type DecodedRecord,
  type KafkaDecoder,
  type KafkaRejection,
} from './json-price-decoder.js';
export type {
  KafkaBatchPayload,
  KafkaConsumer,
  KafkaConsumerEvent,
  KafkaHeaders,
  KafkaOffsets,
  KafkaMessage,
  KafkaTopicPartition,
  KafkaProducer,
  KafkaRecord,
} from './kafka-consumer.js';
export type { KafkaStreamStats } from './kafka-counts.js';
export { KafkaClientError } from './kafka-client-error.js';
export type { KafkaPriceStreamAdapterOptions, TombstoneEffect } from './kafka-options.js';
export { KafkaPriceStreamAdapter } from './kafka-price-stream-adapter.js';
