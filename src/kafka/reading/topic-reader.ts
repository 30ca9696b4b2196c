import { retryDelay } from '../../core/backoff.js';
import { BoundedCalls, sleep } from '../../core/clock.js';
import { ReportLimit } from '../../core/error-reporter.js';
import { TickmarkError, invalidArgument } from '../../core/errors.js';
import { ConsumerGroupSession } from '../../kafka-client/consumer-group-session.js';
import { kafkaError } from '../../kafka-client/kafka-client-error.js';
import { hasEvents, type KafkaBatchPayload, type KafkaConsumer } from '../../kafka-client/kafka-consumer.js';
import { assignedPartitions } from '../../kafka-client/partition-assignment.js';
import { ReadPositions } from '../../kafka-client/read-positions.js';
import { TopicQuestions } from '../../kafka-client/topic-questions.js';
import { TopicWatch } from '../../kafka-client/topic-watch.js';
import type { KafkaBusParts } from '../kafka-bus-parts.js';
import { TopicOutages, type LossWindow } from './topic-outages.js';

/** What {@link TopicReader} needs. */
export interface TopicReaderOptions {
  readonly parts: KafkaBusParts;
  readonly topic: string;
  /** A group that keeps its offsets in Kafka; `null`: positions are kept here, from the end of the topic on. */
  readonly group: string | null;
  readonly announce: (window: LossWindow) => void;
  /** Where each partition is read from is fixed: what is sent from now on is read. */
  readonly onPositioned: () => void;
  /** Delivers a batch; resolves with whether an offset was committed. */
  readonly deliver: (payload: KafkaBatchPayload, isAssigned: () => boolean) => Promise<boolean>;
}

// Why a consumer that works is replaced.
const RENEWED = Symbol('renewed');
const RETRY_BOUNDS = { firstMs: 100, capMs: 1000 };

/** Reads one topic from the moment that its positions are fixed, with one consumer after the other, until it is closed. */
export class TopicReader {
  readonly positions: ReadPositions;
  readonly outages: TopicOutages;
  readonly #options: TopicReaderOptions;
  readonly #watch: TopicWatch;
  readonly #limit: ReportLimit;
  readonly #ending = new AbortController();
  readonly #createdAt: number;
  #isPositioned = false;
  #hasOpened = false;
  #failure: TickmarkError | null = null;
  #session: ConsumerGroupSession | null = null;
  #giveUp: ((reason: unknown) => void) | null = null;
  #delivering: Promise<unknown> = Promise.resolve();
  readonly #done: Promise<void>;

  constructor(options: TopicReaderOptions) {
    const { parts, topic, group } = options;
    const { clock, clients, source, settings } = parts;
    this.#options = options;
    this.#createdAt = clock.now();
    this.#limit = new ReportLimit(clock);
    this.positions = new ReadPositions(false, group === null);
    this.outages = new TopicOutages({ ...options, clock });
    this.#watch = new TopicWatch({
      clock,
      positions: this.positions,
      questions: new TopicQuestions({
        admin: { client: clients.admin, groupId: group },
        topics: [topic],
        clock,
        limitMs: settings.connectTimeoutMs,
        signal: this.signal,
        source,
      }),
      everyMs: settings.lookEveryMs,
      lost: () => this.outages.lost(),
      grown: (since) => {
        this.outages.missingSince(since);
        return group === null ? this.#renew() : (this.#session?.rejoin() ?? false);
      },
      seek: (start) => this.#session?.seek(start),
    });
    this.#done = this.#run();
  }

  /** Fires when it is closed. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Whether what is sent from now on is read. */
  get isPositioned(): boolean {
    return this.#isPositioned;
  }

  /** Why its positions cannot be fixed yet; `null` if nothing has failed. */
  get failure(): TickmarkError | null {
    return this.#isPositioned ? null : this.#failure;
  }

  /** Ends all waits, lets a batch commit what is handled, for at most `timeoutMs`, and disconnects. Never rejects. Idempotent. */
  async close(timeoutMs: number): Promise<void> {
    const { parts } = this.#options;
    this.#watch.stop();
    this.#ending.abort(new TickmarkError('CLOSED', `${parts.where}: reading has ended.`));
    if (timeoutMs <= 0) return;
    const calls = new BoundedCalls(parts.clock, timeoutMs);
    await calls.run('Closing', () => this.#done).catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { parts, group } = this.#options;
    const { clock, random, report } = parts;
    let failures = 0;
    while (!this.signal.aborted) {
      try {
        await this.#read(() => (failures = 0));
      } catch (error) {
        if (this.signal.aborted) return;
        if (error === RENEWED) continue;
        this.#failure = error as TickmarkError;
        if (failures === 0) report(this.#failure);
        this.outages.begin();
        // What a group has not read yet, it reads later.
        if (!this.#isPositioned && group === null) this.outages.missingSince(this.#createdAt);
        const delayMs = retryDelay(++failures, RETRY_BOUNDS, random);
        await sleep(clock, delayMs, this.signal).catch(() => undefined);
      }
    }
  }

  /** Reads until the consumer gives up, or this is closed. */
  async #read(onUp: () => void): Promise<void> {
    const { parts, topic, onPositioned } = this.#options;
    await parts.directory.count(topic);
    const consumer = this.#makeConsumer();
    if (!this.#isPositioned) {
      if (await this.#watch.begin()) this.outages.lost();
      if (this.signal.aborted) return;
      this.#isPositioned = true;
      this.#watch.start();
      onPositioned();
    }
    let giveUp!: (reason: unknown) => void;
    const ended = new Promise<never>((_, reject) => (giveUp = reject));
    this.#giveUp = giveUp;
    ended.catch(() => undefined);
    const onAbort = (): void => giveUp(this.signal.reason);
    this.signal.addEventListener('abort', onAbort, { once: true });
    const session = (this.#session = this.#makeSession(consumer, giveUp));
    try {
      await session.open();
      if (this.#hasOpened) parts.counts.add('reconnects');
      this.#hasOpened = true;
      this.outages.end();
      onUp();
      await ended;
    } finally {
      this.signal.removeEventListener('abort', onAbort);
      this.#session = null;
      this.#giveUp = null;
      await this.#closeSession(session);
    }
  }

  // A consumer that connects anew knows all partitions; one that joins again may not read some of them for minutes.
  #renew(): boolean {
    if (!this.#giveUp) return false;
    this.outages.begin();
    this.#giveUp(RENEWED);
    return true;
  }

  #makeConsumer(): KafkaConsumer {
    const { parts, group } = this.#options;
    const { where, clients, source } = parts;
    let consumer: KafkaConsumer;
    try {
      consumer = clients.consumer(group ?? parts.freshGroup());
    } catch (error) {
      throw kafkaError(source, 'the function that makes a consumer failed', error);
    }
    if (hasEvents(consumer) && consumer.seek) return consumer;
    throw invalidArgument(
      `${where}: consumer`,
      consumer,
      'one with events (on()) and seek(), of kafkajs, platformaticKafka() or confluentKafka()',
    );
  }

  #makeSession(consumer: KafkaConsumer, giveUp: (error: TickmarkError) => void): ConsumerGroupSession {
    const { parts, topic, group } = this.#options;
    const { clock, source, settings, counts, report } = parts;
    return new ConsumerGroupSession({
      clock,
      consumer,
      makeConsumer: () => this.#makeConsumer(),
      link: {
        signal: this.signal,
        reconnecting: (_attempt, _at, cause) => cause && this.#limit.isDue(cause.message) && report(cause),
        restored: () => counts.add('reconnects'),
        warn: report,
        fail: giveUp,
      },
      counts: { add: () => undefined },
      settings: {
        topics: [topic],
        // Where it starts is sought; otherwise, an offset that does not exist is replaced by the oldest that does.
        fromBeginning: true,
        // Another consumer, in another group, need not wait until the group has forgotten the one that crashed.
        ...(group === null && { autoCommit: false, restarts: false }),
        connectTimeoutMs: settings.connectTimeoutMs,
        silenceMs: settings.silenceMs,
        source,
      },
      outages: this.outages,
      assigned: (assignment, reader) => {
        for (const start of this.positions.assign(assignedPartitions(assignment))) reader.seek!(start);
      },
      deliver: (payload, isCurrent) => this.#deliver(payload, isCurrent),
    });
  }

  async #deliver(payload: KafkaBatchPayload, isCurrent: () => boolean): Promise<boolean> {
    const isAssigned = (): boolean => isCurrent() && !payload.isStale();
    this.outages.end();
    await this.#watch.before(payload);
    const delivering = this.#options.deliver(payload, isAssigned);
    this.#delivering = delivering.catch(() => undefined);
    const isCommitted = await delivering;
    if (isCommitted) this.positions.commit(payload.batch);
    return isCommitted;
  }

  async #closeSession(session: ConsumerGroupSession): Promise<void> {
    const { clock, settings, report, source } = this.#options.parts;
    const calls = new BoundedCalls(clock, settings.connectTimeoutMs);
    try {
      await calls.run(`${source.name}: disconnecting a consumer`, async () => {
        await this.#delivering;
        await session.close();
      });
    } catch (error) {
      report(kafkaError(source, 'disconnecting a consumer', error));
    }
  }
}
