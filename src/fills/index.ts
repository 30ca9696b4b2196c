/**
 * Fills of brokers into portfolios: the port, what books fills and compares accounts, and streams.
 * @packageDocumentation
 */
export type { AccountSnapshot, Fill, FillGap, FillMessage, FillStream } from '../core/fills/fill-stream.js';
export { FillBooker } from '../core/fills/fill-booker.js';
export type { EntryBooker, FillBookerOptions, FillBookerStats } from '../core/fills/fill-booker-options.js';
export { accountDifferences, type AccountDifference } from '../core/fills/account-differences.js';
export { MockFillStream, type MockFillStreamOptions } from './mock-fill-stream.js';
export { CcxtFillStream, type CcxtExchange, type CcxtFillStreamOptions } from './ccxt-fill-stream.js';
export { fillsOfCcxt, type CcxtFee, type CcxtTrade } from './ccxt-trade.js';
export { CsvFillStream, type CsvFillStreamStats } from './csv-fill-stream.js';
export type { CsvFillStreamOptions, CsvSource } from './csv-fill-stream-options.js';
export type { CsvColumns, CsvField } from './csv-entry.js';
export type { CsvRow } from './csv-row.js';
export { AlpacaFillStream } from './alpaca-fill-stream.js';
export type { AlpacaFillStreamOptions } from './alpaca-fill-stream-options.js';
export type { FillSocket, FillSocketClass } from './alpaca-updates.js';
export { KafkaFillStream } from './kafka/kafka-fill-stream.js';
export type { KafkaFillAdmin, KafkaFillStreamOptions } from './kafka/kafka-fill-stream-options.js';
export type { KafkaFillStreamStats } from './kafka/kafka-fill-counts.js';
export { decodeJsonFill, type DecodedFill, type KafkaFillDecoder } from './kafka/json-fill-decoder.js';
export type { KafkaRejection } from '../kafka-client/record-reader.js';
export type { KafkaDeadLetterOptions } from '../kafka-client/dead-letters.js';
export type {
  KafkaAdmin,
  KafkaBatchPayload,
  KafkaConsumer,
  KafkaConsumerEvent,
  KafkaHeaders,
  KafkaMessage,
  KafkaOffsets,
  KafkaProducer,
  KafkaRecord,
  KafkaTopicPartition,
} from '../kafka-client/kafka-consumer.js';
export type { FetchBody, FetchFunction, FetchInit, FetchResponse } from '../streams/connection/http-fetch.js';
