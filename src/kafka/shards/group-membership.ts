import { sleep, type Clock } from '../../core/clock.js';
import { TickmarkError, quote } from '../../core/errors.js';
import { BrokerWatchdog } from '../../kafka-client/broker-watchdog.js';
import {
  KafkaClientError,
  kafkaError,
  type KafkaErrorSource,
} from '../../kafka-client/kafka-client-error.js';
import type { KafkaConsumer, KafkaConsumerEvent } from '../../kafka-client/kafka-consumer.js';
import { assignedPartitions } from '../../kafka-client/partition-assignment.js';
import { ThrownOut } from '../../kafka-client/thrown-out.js';
import { isUnknownTopic } from '../../kafka-client/topic-questions.js';

/** Longest wait for a topic that does not exist. */
const TOPIC_WAIT_MS = 10_000;
const RETRY_MS = 200;

/** Options of {@link GroupMembership}. */
export interface GroupMembershipOptions {
  readonly consumer: KafkaConsumer;
  readonly topic: string;
  readonly clock: Clock;
  /** The group gives the partitions of a member to others when it has not heard from it for so long, in ms. */
  readonly sessionMs: number;
  readonly source: KafkaErrorSource;
  /** These are the partitions of this member from now on. */
  readonly assigned: (partitions: readonly number[]) => void;
  /** All its partitions may belong to other members. */
  readonly lost: () => void;
  /** A setting of the consumer makes the group throw it out. */
  readonly warn: (error: TickmarkError) => void;
  /** The link to the group broke. `isOver`: the consumer has given up. */
  readonly failed: (error: TickmarkError, isOver: boolean) => void;
}

/** One consumer from `connect()` to `disconnect()`, as a member of its group that reads nothing. */
export class GroupMembership {
  readonly #options: GroupMembershipOptions;
  readonly #thrownOut = new ThrownOut();
  /** While the group rebalances, no heartbeats are sent: it waits for its members for at most `sessionMs`. */
  readonly #rebalance: BrokerWatchdog;
  readonly #session: BrokerWatchdog;
  #memberId: unknown;
  #partitions: readonly number[] = [];
  #generation = -1;
  #isSilent = false;
  #closing: Promise<void> | null = null;
  #connecting: Promise<void> = Promise.resolve();
  #onJoined: () => void = () => undefined;
  #onFailed: ((error: TickmarkError) => void) | null = null;

  constructor(options: GroupMembershipOptions) {
    this.#options = options;
    const { clock, sessionMs } = options;
    this.#session = new BrokerWatchdog(clock, sessionMs, () => this.#silent());
    this.#rebalance = new BrokerWatchdog(clock, 2 * sessionMs, () => this.#silent());
  }

  /** Generation of the group when this member joined it last; −1 before. */
  get generation(): number {
    return this.#generation;
  }

  /** Resolves when this member has joined. @throws TickmarkError if it cannot. */
  async open(): Promise<void> {
    const joined = new Promise<void>((resolve, reject) => {
      this.#onJoined = resolve;
      this.#onFailed = reject;
    });
    this.#listen();
    this.#connecting = this.#connect();
    this.#connecting
      .then(() => this.#run())
      .catch((error: unknown) => this.#onFailed?.(this.#failure('joining', error)));
    try {
      await joined;
    } finally {
      this.#onFailed = null;
    }
  }

  /** Leaves the group; idempotent. @throws TickmarkError if the consumer cannot disconnect. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** @throws TickmarkError after `close()`: a consumer that restarts by itself does not notice otherwise that it was disconnected meanwhile. */
  checkOpen(): void {
    // kafkajs does not try again then.
    if (this.#closing) throw Object.assign(this.#closedError(), { retriable: false });
  }

  async #close(): Promise<void> {
    this.#stopWatching();
    this.#onFailed?.(this.#closedError());
    try {
      // A consumer that is disconnected while it connects would stay connected.
      await this.#connecting.catch(() => undefined);
      await this.#options.consumer.disconnect();
    } catch (error) {
      throw this.#failure('leaving the group', error);
    }
  }

  async #connect(): Promise<void> {
    const { clock, consumer, topic } = this.#options;
    await consumer.connect();
    // One that was just created is not known everywhere yet.
    for (let triedMs = 0; !this.#closing; triedMs += RETRY_MS) {
      try {
        return await consumer.subscribe({ topics: [topic] });
      } catch (error) {
        if (!isUnknownTopic(error)) throw error;
        if (triedMs >= TOPIC_WAIT_MS) throw this.#missing(error);
        await sleep(clock, RETRY_MS);
      }
    }
  }

  async #run(): Promise<void> {
    if (this.#closing) return;
    const eachBatch = async (): Promise<void> => undefined;
    await this.#options.consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
  }

  #listen(): void {
    this.#on('group_join', (payload) => this.#joined(payload));
    this.#on('heartbeat', (payload) => this.#beat(payload));
    this.#on('fetch', (payload) => this.#thrownOut.fetched(payload));
    this.#on('rebalancing', () => this.#rebalancing());
    this.#on('stop', () => this.#left());
    this.#on('crash', (payload) => this.#crashed(payload));
  }

  #on(event: string, listener: (payload: Record<string, unknown>) => void): void {
    // They stay after close(): a consumer that was joining then is turned away.
    this.#options.consumer.on!(`consumer.${event}`, ({ payload }: KafkaConsumerEvent) =>
      listener((payload ?? {}) as Record<string, unknown>),
    );
  }

  #joined({ memberId, memberAssignment, ...payload }: Record<string, unknown>): void {
    // What this throws makes the consumer leave.
    this.checkOpen();
    const { consumer, topic, lost, assigned, warn } = this.#options;
    // Before the first fetch: a consumer of which everything is paused asks for no records and goes on with its heartbeats.
    consumer.pause!([{ topic }]);
    const warning = this.#thrownOut.joined({ ...payload, memberId });
    if (warning !== null) warn(this.#failure('joined again', new Error(warning)));
    if (this.#memberId !== undefined && this.#memberId !== memberId) lost();
    this.#memberId = memberId;
    this.#generation++;
    this.#partitions = assignedPartitions(memberAssignment).map(({ partition }) => partition);
    this.#rebalance.stop();
    this.#isSilent = false;
    this.#session.responded();
    assigned(this.#partitions);
    this.#onJoined();
  }

  #beat({ groupGenerationId }: Record<string, unknown>): void {
    if (this.#closing) return;
    if (typeof groupGenerationId === 'number') this.#generation = groupGenerationId;
    this.#session.responded();
    if (!this.#isSilent) return;
    // The group has not noticed the silence: what it has assigned still holds.
    this.#isSilent = false;
    this.#options.assigned(this.#partitions);
  }

  #rebalancing(): void {
    if (this.#closing) return;
    this.#session.stop();
    this.#rebalance.responded();
  }

  #silent(): void {
    this.#isSilent = true;
    this.#stopWatching();
    const { sessionMs, lost, failed } = this.#options;
    lost();
    failed(this.#failure('the group', new Error(`no broker has responded for ${sessionMs} ms`)), false);
  }

  // It has left the group, or tried to.
  #left(): void {
    this.#thrownOut.left();
    this.#memberId = undefined;
  }

  #crashed({ error, restart }: Record<string, unknown>): void {
    this.#left();
    this.#stopWatching();
    if (this.#closing) return;
    const failure = this.#failure('the consumer crashed', error);
    // One that starts again by itself may still join, as while brokers elect leaders of a new topic; the start has a time limit.
    if (this.#onFailed && restart === true) return this.#options.failed(failure, false);
    if (this.#onFailed) return this.#onFailed(failure);
    this.#options.lost();
    this.#options.failed(failure, restart !== true);
  }

  #stopWatching(): void {
    this.#session.stop();
    this.#rebalance.stop();
  }

  #missing(cause: unknown): TickmarkError {
    const { source, topic } = this.#options;
    const message = `${source.name}: topic ${quote(topic)} does not exist. Create it with as many partitions as there are shards; createTopics of KafkaEventBus does.`;
    return new TickmarkError('BUS_FAILED', message, { cause: KafkaClientError.of(cause, source.secrets) });
  }

  #closedError(): TickmarkError {
    return new TickmarkError('CLOSED', `${this.#options.source.name} was stopped.`);
  }

  #failure(what: string, error: unknown): TickmarkError {
    return kafkaError(this.#options.source, what, error);
  }
}
