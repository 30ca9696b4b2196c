import { BoundedCalls, checkDelay, sleep, systemClock, type Clock } from '../../core/clock.js';
import { errorReporter } from '../../core/error-reporter.js';
import { TickmarkError, invalidArgument, quote } from '../../core/errors.js';
import { checkNumber, withDefaults, checkOptions } from '../../core/options.js';
import type { ShardAssignment, ShardHandlers } from '../../core/shards/shard-assignment.js';
import { DEFAULT_SHARD_COUNT, checkShardCount } from '../../core/shards/shard-of.js';
import { isTopic } from '../../kafka-client/client-checks.js';
import { hasEvents, type KafkaConsumer } from '../../kafka-client/kafka-consumer.js';
import { GroupMembership } from './group-membership.js';
import {
  KAFKA_SHARD_OPTIONS,
  type KafkaShardAssignmentOptions,
  type KafkaShardConsumerSettings,
} from './kafka-shard-assignment-options.js';
import { OwnedShards } from './owned-shards.js';
import { stickyShardAssigner, type KafkaPartitionAssigner } from './sticky-shard-assigner.js';
import { keepRaw } from '../../core/keep-raw.js';

const NAME = 'KafkaShardAssignment';
/** Wait before another consumer is made. */
const RETRY_MS = 1_000;
/** Longest time between two heartbeats. A member hears from them that others have come or gone. */
const HEARTBEAT_MS = 300;

/**
 * Shares the shards by a consumer group of Kafka: the partitions of a topic are the shards, and the member that is assigned a partition owns
 * the shard. The topic is not read. All parts differ by one shard at most, and no shard moves that need not.
 *
 * The shards of a process that stops go to others within about a second, after its last values are stored. Those of one that has crashed
 * follow after `sessionMs`. When a process joins, it gets its part at once, while the others still store the last values of these shards: for
 * that moment a shard has two owners, which does no harm. While Kafka cannot be reached, all shards are given up, and taken again
 * afterwards.
 *
 * Needs events (`on()`), `pause()` and assigners: a consumer of `kafkajs`, or one of `platformaticKafka()` or `confluentKafka()`, with which the brokers
 * share the partitions (KIP-848).
 *
 * @example
 * ```ts
 * import { Kafka } from 'kafkajs';
 * import { KafkaShardAssignment } from 'tickmark/kafka';
 *
 * const kafka = new Kafka({ brokers: ['127.0.0.1:9092'] });
 * const shards = new KafkaShardAssignment({
 *   consumer: (settings) => kafka.consumer({ groupId: 'workers', ...settings }),
 * });
 * console.log(shards.shardCount); // 64
 * ```
 */
export class KafkaShardAssignment implements ShardAssignment {
  static {
    keepRaw(this);
  }

  readonly shardCount: number;
  readonly #topic: string;
  readonly #sessionMs: number;
  readonly #connectTimeoutMs: number;
  readonly #clock: Clock;
  readonly #makeConsumer: KafkaShardAssignmentOptions['consumer'];
  readonly #report: (error: TickmarkError) => void;
  readonly #stopped = new AbortController();
  #owned: OwnedShards | null = null;
  #membership: GroupMembership | null = null;
  #opening: Promise<void> = Promise.resolve();
  #isFailing = false;
  #hasStarted = false;
  #isGrown = false;
  #stopping: Promise<void> | null = null;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option out of range. */
  constructor(options: KafkaShardAssignmentOptions) {
    checkOptions(NAME, options, KAFKA_SHARD_OPTIONS);
    const { topic, shardCount, sessionMs, connectTimeoutMs, clock } = withDefaults(options, {
      topic: 'tickmark.portfolios',
      shardCount: DEFAULT_SHARD_COUNT,
      sessionMs: 6_000,
      connectTimeoutMs: 30_000,
      clock: systemClock,
    });
    checkShardCount(shardCount, `${NAME}: shardCount`);
    checkNumber(`${NAME}: sessionMs`, sessionMs, { from: 500, to: 1_800_000, isWhole: true });
    checkNumber(`${NAME}: connectTimeoutMs`, connectTimeoutMs, { from: 1 });
    checkDelay(connectTimeoutMs, `${NAME}: connectTimeoutMs`);
    if (!isTopic(topic)) throw invalidArgument(`${NAME}: topic`, topic, 'the name of a topic');
    if (typeof options.consumer !== 'function')
      throw invalidArgument(`${NAME}: consumer`, options.consumer, CONSUMER_IS);
    this.shardCount = shardCount;
    this.#topic = topic;
    this.#sessionMs = sessionMs;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#clock = clock;
    this.#makeConsumer = options.consumer;
    this.#report = errorReporter(options);
  }

  /**
   * @throws TickmarkError `INVALID_ARGUMENT` if the topic has another number of partitions than `shardCount`, and for a consumer that is not made
   * with the settings or has no events; `BUS_FAILED`, `UNAUTHORIZED` or `TIMEOUT` if it cannot join.
   */
  async start(handlers: ShardHandlers): Promise<void> {
    this.#owned = new OwnedShards(handlers, (cause) => {
      const message = 'A handler of the shard assignment failed.';
      this.#report(new TickmarkError('HANDLER_FAILED', message, { cause }));
    });
    this.#opening = this.#open();
    await this.#opening;
    this.#hasStarted = true;
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    await this.#stopping;
  }

  async #stop(): Promise<void> {
    await this.#owned?.stop();
    this.#stopped.abort();
    // Whatever still joins is kept out by the assigner.
    await this.#leave(this.#membership);
    await this.#opening.catch(() => undefined);
  }

  async #open(): Promise<void> {
    const { topic, shardCount } = { topic: this.#topic, shardCount: this.shardCount };
    const assigner = stickyShardAssigner({
      topic,
      shardCount,
      claim: () => ({ shards: this.#owned!.list, generation: membership.generation }),
      joining: (partitions) => {
        membership.checkOpen();
        this.#checkPartitions(partitions);
      },
    });
    const membership = new GroupMembership({
      consumer: this.#consumer(assigner),
      topic,
      clock: this.#clock,
      sessionMs: this.#sessionMs,
      source: { name: NAME, secrets: [], code: 'BUS_FAILED' },
      assigned: (partitions) => {
        this.#isFailing = false;
        this.#owned!.replace(partitions.filter((partition) => partition < shardCount));
      },
      lost: () => this.#owned!.lose(),
      warn: this.#report,
      failed: (error, isOver) => this.#failed(membership, error, isOver),
    });
    this.#membership = membership;
    try {
      const calls = new BoundedCalls(this.#clock, this.#connectTimeoutMs);
      await calls.run(`${NAME}: joining the group`, () => membership.open());
    } catch (error) {
      void this.#leave(membership);
      throw error;
    }
  }

  #consumer(assigner: KafkaPartitionAssigner): KafkaConsumer {
    let isUsed = false;
    const settings: KafkaShardConsumerSettings = {
      partitionAssigners: [
        (config) => {
          isUsed = true;
          return assigner(config);
        },
      ],
      sessionTimeout: this.#sessionMs,
      rebalanceTimeout: this.#sessionMs,
      heartbeatInterval: Math.min(HEARTBEAT_MS, Math.floor(this.#sessionMs / 10)),
      maxWaitTimeInMs: Math.min(HEARTBEAT_MS, Math.floor(this.#sessionMs / 10)),
      allowAutoTopicCreation: false,
    };
    const consumer = this.#makeConsumer(settings);
    if (!hasEvents(consumer) || !consumer.pause)
      throw invalidArgument(
        `${NAME}: consumer`,
        consumer,
        'a consumer of kafkajs, platformaticKafka() or confluentKafka(), with on() and pause()',
      );
    if (isUsed) return consumer;
    const message = `${NAME}: consumer: the consumer does not use partitionAssigners of the settings that it has to be made with. Accepted: ${CONSUMER_IS}.`;
    throw new TickmarkError('INVALID_ARGUMENT', message);
  }

  // Portfolios do not change their shards when partitions are added: those that exist go on being shared.
  #checkPartitions(partitions: number): void {
    if (partitions === this.shardCount) return;
    const message =
      `${NAME}: topic ${quote(this.#topic)} has ${partitions} partitions, and shardCount is ${this.shardCount}. ` +
      'Set shardCount to the number of partitions in all processes, or give a topic with as many partitions as there are shards.';
    const error = new TickmarkError('INVALID_ARGUMENT', message);
    if (!this.#hasStarted || partitions < this.shardCount) throw error;
    if (!this.#isGrown) this.#report(error);
    this.#isGrown = true;
  }

  #failed(membership: GroupMembership, error: TickmarkError, isOver: boolean): void {
    // Once for each outage.
    if (!this.#isFailing) this.#report(error);
    this.#isFailing = true;
    if (isOver) this.#opening = this.#openAgain(membership);
  }

  async #openAgain(last: GroupMembership): Promise<void> {
    await this.#leave(last);
    while (!this.#stopped.signal.aborted) {
      try {
        await sleep(this.#clock, RETRY_MS, this.#stopped.signal);
        return await this.#open();
      } catch {
        // The outage is reported already.
      }
    }
  }

  async #leave(membership: GroupMembership | null): Promise<void> {
    try {
      await membership?.close();
    } catch (error) {
      this.#report(error as TickmarkError);
    }
  }
}

const CONSUMER_IS = "(settings) => kafka.consumer({ groupId: 'workers', ...settings })";
