import { BoundedCalls, sleep } from '../core/clock.js';
import type { TickmarkError } from '../core/errors.js';
import { BrokerWatchdog } from './broker-watchdog.js';
import type { ConsumerGroupSessionOptions } from './consumer-group-session-options.js';
import { FetchProgress } from './fetch-progress.js';
import { isOutage, kafkaError } from './kafka-client-error.js';
import {
  hasEvents,
  type KafkaBatchPayload,
  type KafkaConsumer,
  type KafkaConsumerEvent,
  type KafkaTopicPartition,
} from './kafka-consumer.js';
import { PartitionAssignment } from './partition-assignment.js';
import { ThrownOut } from './thrown-out.js';

// Wait of kafkajs before it restarts a crashed consumer, unless its error has a `retryTime`.
const RESTART_MS = 300;

/** A membership in a group from `connect()` to `disconnect()`, by one consumer after the other, and what their events mean for the stream. */
export class ConsumerGroupSession {
  readonly #options: ConsumerGroupSessionOptions;
  readonly #hasEvents: boolean;
  readonly #watchdog: BrokerWatchdog;
  readonly #assignment: PartitionAssignment;
  readonly #fetches = new FetchProgress();
  readonly #thrownOut = new ThrownOut();
  readonly #unsubscribes: (() => void)[] = [];
  #consumer: KafkaConsumer;
  #phase: 'opening' | 'up' | 'broken' = 'opening';
  #isMember = false;
  #needsFetch = true;
  // Whether no record was missed since the link broke.
  #isWhole = true;
  #attempt = 0;
  #generation = 0;
  #work: Promise<void> = Promise.resolve();
  #resolveOpen!: () => void;
  #rejectOpen!: (error: TickmarkError) => void;
  #isClosing = false;
  #crash: { readonly ended: Promise<void>; readonly end: () => void } | undefined;

  constructor(options: ConsumerGroupSessionOptions) {
    this.#consumer = options.consumer;
    this.#hasEvents = hasEvents(options.consumer);
    this.#options = options;
    this.#watchdog = new BrokerWatchdog(options.clock, options.settings.silenceMs, () =>
      this.#break('silence'),
    );
    this.#assignment = new PartitionAssignment(options.settings.fromBeginning === true);
  }

  /** Resolves when records flow. Rejects with the first error, when the link ends, or after `connectTimeoutMs`. */
  async open(): Promise<void> {
    const { clock, link, settings } = this.#options;
    const { signal } = link;
    const opened = new Promise<void>((resolve, reject) => {
      this.#resolveOpen = resolve;
      this.#rejectOpen = reject;
    });
    const onAbort = (): void => this.#rejectOpen(signal.reason as TickmarkError);
    const timer = clock.setTimer(() => {
      const message = `did not join the group within ${settings.connectTimeoutMs} ms`;
      this.#rejectOpen(this.#failure('connect()', new Error(message)));
    }, settings.connectTimeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#listen();
    this.#work = this.#start().catch((error: unknown) => this.#rejectOpen(this.#failure('connect()', error)));
    try {
      await opened;
    } finally {
      timer.clear();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Stops and disconnects the consumer, and removes all listeners. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#generation++;
    this.#watchdog.stop();
    try {
      // A consumer that is stopped while it starts or crashes would start nevertheless.
      await this.#work;
      await this.#crash?.ended;
      await this.#consumer.disconnect();
    } catch (error) {
      throw this.#failure('disconnect()', error);
    } finally {
      for (const off of this.#unsubscribes) off();
    }
  }

  /** Reads a partition from an offset on. */
  seek(start: KafkaTopicPartition & { readonly offset: string }): void {
    this.#consumer.seek!(start);
  }

  /** Leaves the group and joins it again, which makes the group assign all partitions that exist. Returns `false` while the link is broken. */
  rejoin(): boolean {
    if (this.#isClosing || this.#phase !== 'up') return false;
    this.#break('disconnect', true);
    this.#work = this.#replace();
    return true;
  }

  // With a new consumer: one of kafkajs that connects again at once may end with the connection that it has just closed, and does not read
  // for minutes what it saw without a leader.
  async #replace(): Promise<void> {
    const { clock, link } = this.#options;
    await this.#discard();
    // Until a broker answers: one that is away at this moment must not end the stream.
    while (!this.#isClosing && !link.signal.aborted) {
      try {
        this.#consumer = this.#options.makeConsumer();
        this.#listen();
        return await this.#start();
      } catch (error) {
        const failure = this.#failure('joining the group again', error);
        await this.#discard();
        if (this.#isClosing) return;
        if (failure.code === 'UNAUTHORIZED') return link.fail(failure);
        this.#break('disconnect', true, RESTART_MS, failure);
        await sleep(clock, RESTART_MS, link.signal).catch(() => undefined);
      }
    }
  }

  // Never rejects: what a consumer cannot say any more, the group notices.
  async #discard(): Promise<void> {
    const { clock, settings } = this.#options;
    for (const off of this.#unsubscribes.splice(0)) off();
    const consumer = this.#consumer;
    const calls = new BoundedCalls(clock, settings.connectTimeoutMs);
    await calls.run('disconnecting', () => consumer.disconnect()).catch(() => undefined);
  }

  async #start(): Promise<void> {
    const { topics, fromBeginning } = this.#options.settings;
    const { signal } = this.#options.link;
    await this.#consumer.connect();
    if (signal.aborted) return;
    await this.#consumer.subscribe(
      fromBeginning === undefined ? { topics: [...topics] } : { topics: [...topics], fromBeginning },
    );
    if (signal.aborted) return;
    await this.#run();
    if (!this.#hasEvents) this.#restore();
  }

  #run(): Promise<void> {
    const { autoCommit } = this.#options.settings;
    const consumer = this.#consumer;
    return consumer.run({
      ...(autoCommit !== undefined && { autoCommit }),
      eachBatchAutoResolve: false,
      eachBatch: (payload) => (consumer === this.#consumer ? this.#handleBatch(payload) : Promise.resolve()),
    });
  }

  async #handleBatch(payload: KafkaBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    if (this.#isClosing) return;
    this.#reads();
    const generation = this.#generation;
    const isCommitted = await this.#options.deliver(payload, () => generation === this.#generation);
    if (isCommitted) this.#assignment.committed(topic, partition);
    // A send to the dead-letter topic may have taken long.
    if (generation === this.#generation) this.#reads();
  }

  #listen(): void {
    if (!this.#hasEvents) return;
    this.#on('consumer.group_join', ({ payload }) => this.#joined(payload));
    this.#on('consumer.rebalancing', () => this.#break('disconnect', true));
    this.#on('consumer.fetch_start', (event) => this.#fetches.begins(event));
    this.#on('consumer.network.request', (event) => this.#fetches.answered(event));
    this.#on('consumer.fetch', (event) => this.#fetched(event));
    this.#on('consumer.heartbeat', () => this.#heardFrom());
    this.#on('consumer.stop', () => this.#stopped());
    this.#on('consumer.crash', ({ payload }) => this.#crashed(payload));
  }

  #on(event: string, listener: (event: KafkaConsumerEvent) => void): void {
    const off: unknown = this.#consumer.on?.(event, listener);
    if (typeof off === 'function') this.#unsubscribes.push(off as () => void);
  }

  #joined(payload: unknown): void {
    if (this.#isClosing) return;
    this.#generation++;
    this.#isMember = true;
    const { memberAssignment } = (payload ?? {}) as { memberAssignment?: unknown };
    const warning = this.#thrownOut.joined(payload);
    if (warning !== null) this.#options.link.warn?.(this.#failure('joined again', new Error(warning)));
    const isWhole = this.#assignment.replace(memberAssignment);
    this.#options.assigned?.(memberAssignment, this.#consumer);
    this.#fetches.joined(this.#assignment.size > 0);
    // A join counts only after a fetch, which fixes where its partitions are read from, unless each goes on from where it was.
    this.#needsFetch = this.#phase === 'opening' || !isWhole;
    if (this.#phase === 'opening') return;
    this.#options.counts.add('rebalances');
    this.#break('disconnect');
    this.#isWhole &&= isWhole;
    if (!this.#needsFetch) this.#restore();
  }

  #fetched(event: KafkaConsumerEvent): void {
    this.#thrownOut.fetched(event.payload);
    if (this.#fetches.ended(event)) this.#reads();
    else this.#heardFrom();
  }

  #reads(): void {
    if (this.#isOut()) return;
    this.#needsFetch = false;
    this.#heardFrom();
  }

  #heardFrom(): void {
    if (this.#isOut()) return;
    this.#watchdog.responded();
    if (this.#phase === 'up') this.#options.outages.seen();
    else if (!this.#needsFetch) this.#restore();
  }

  #isOut(): boolean {
    return this.#isClosing || (this.#hasEvents && !this.#isMember);
  }

  #stopped(): void {
    this.#thrownOut.left();
    if (this.#crash) return;
    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#crash = { ended, end };
    this.#break('disconnect', true);
  }

  #crashed(payload: unknown): void {
    const { error, restart } = (payload ?? {}) as { error?: unknown; restart?: unknown };
    this.#options.counts.add('crashes');
    // The consumer starts its restart timer right after this event: close() must stop it after that.
    const crash = this.#crash;
    this.#crash = undefined;
    queueMicrotask(() => crash?.end());
    if (this.#isClosing) return;
    const failure = this.#failure('the consumer crashed', error);
    if (this.#phase === 'opening') return this.#rejectOpen(failure);
    const { link, settings } = this.#options;
    const isFinal = settings.restarts === false || failure.code === 'UNAUTHORIZED';
    if (isFinal || (restart === false && !isOutage(failure))) return link.fail(failure);
    if (restart === false) return this.#replaceCrashed(failure);
    const { retryTime } = (error ?? {}) as { retryTime?: unknown };
    this.#break('disconnect', true, typeof retryTime === 'number' ? retryTime : RESTART_MS, failure);
  }

  // kafkajs gives up when all brokers are away at the moment when it looks for the one of its group.
  #replaceCrashed(failure: TickmarkError): void {
    const { clock, link } = this.#options;
    this.#break('disconnect', true, RESTART_MS, failure);
    const started = this.#work;
    this.#work = started
      .then(() => sleep(clock, RESTART_MS, link.signal))
      .then(
        () => this.#replace(),
        () => undefined,
      );
  }

  #break(reason: 'disconnect' | 'silence', isOut = false, nextTryMs = 0, cause?: TickmarkError): void {
    this.#generation++;
    if (isOut) this.#isMember = false;
    this.#watchdog.stop();
    if (this.#isClosing || this.#phase === 'opening') return;
    this.#options.outages.begin(reason);
    this.#phase = 'broken';
    this.#options.link.reconnecting(++this.#attempt, this.#options.clock.now() + nextTryMs, cause);
  }

  #restore(): void {
    const { link, outages } = this.#options;
    const isWhole = this.#isWhole;
    this.#attempt = 0;
    this.#isWhole = true;
    if (this.#phase === 'opening') {
      this.#phase = 'up';
      outages.seen();
      return this.#resolveOpen();
    }
    this.#phase = 'up';
    this.#watchdog.responded();
    link.restored();
    outages.end(isWhole);
  }

  #failure(what: string, error: unknown): TickmarkError {
    return kafkaError(this.#options.settings.source, what, error);
  }
}
