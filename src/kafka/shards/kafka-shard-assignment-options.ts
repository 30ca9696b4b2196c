import type { Clock } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { KafkaConsumer } from '../../kafka-client/kafka-consumer.js';
import type { KafkaPartitionAssigner } from './sticky-shard-assigner.js';
import { ERROR_RECEIVERS, TIME_AND_CHANCE, type OptionShapes } from '../../core/options.js';

/** Settings of a consumer that {@link KafkaShardAssignment} needs, to be given to `kafka.consumer()`. Source: https://kafka.js.org/docs/consuming#options */
export interface KafkaShardConsumerSettings {
  /** Shares the partitions so that as few as possible move. */
  readonly partitionAssigners: KafkaPartitionAssigner[];
  /** `sessionMs`. */
  readonly sessionTimeout: number;
  /** How long the group waits for its members when it shares the partitions anew, in ms. */
  readonly rebalanceTimeout: number;
  /** In ms. */
  readonly heartbeatInterval: number;
  /** In ms. Heartbeats wait for it. */
  readonly maxWaitTimeInMs: number;
  /** `false`: the brokers would create the topic with another number of partitions. */
  readonly allowAutoTopicCreation: boolean;
}

/** Options of {@link KafkaShardAssignment}. */
export interface KafkaShardAssignmentOptions {
  /**
   * Makes a consumer with these settings, with `kafkajs`, `platformaticKafka()` or `confluentKafka()`: `(settings) => kafka.consumer({ groupId: 'workers', ...settings })`. Processes with
   * the same group share the shards; nothing else may be in it. Called again if the consumer gives up.
   */
  readonly consumer: (settings: KafkaShardConsumerSettings) => KafkaConsumer;
  /** Topic whose partitions are the shards. It is not read. Default `'tickmark.portfolios'`, that of the changes of holdings. */
  readonly topic?: string;
  /** Number of all shards, 1 to 65,536: that of the topic's partitions. Default 64. */
  readonly shardCount?: number;
  /**
   * The shards of a process that no longer responds go to others after this time, in ms from 500 to 1,800,000. Brokers accept 6,000 and more,
   * unless `group.min.session.timeout.ms` is set. Default 6,000.
   */
  readonly sessionMs?: number;
  /** Longest wait in `start()` until this process is a member, in ms. Default 30,000. */
  readonly connectTimeoutMs?: number;
  readonly clock?: Clock;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
  /**
   * Called when the link to Kafka breaks, once for each outage, when a handler rejects, when the group has thrown this process out, and when
   * partitions were added to the topic. What it throws is dropped.
   */
  readonly onError?: (error: TickmarkError) => void;
}

/** What each option may be. */
export const KAFKA_SHARD_OPTIONS: OptionShapes<KafkaShardAssignmentOptions> = {
  ...ERROR_RECEIVERS,
  consumer: true,
  topic: true,
  shardCount: true,
  sessionMs: true,
  connectTimeoutMs: true,
  clock: TIME_AND_CHANCE.clock,
};
