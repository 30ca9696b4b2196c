import type { Clock } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { GapTracker } from '../connection/gap-tracker.js';
import { BrokerWatchdog } from './broker-watchdog.js';
import { PartitionAssignment } from './partition-assignment.js';
import type { KafkaBatchPayload, KafkaConsumer, KafkaConsumerEvent } from './kafka-consumer.js';
import type { KafkaCounts } from './kafka-counts.js';
import { kafkaError } from './kafka-client-error.js';
import type { KafkaSettings } from './kafka-options.js';

/** Options of {@link ConsumerGroupSession}. */
export interface ConsumerGroupSessionOptions {
  readonly clock: Clock;
  readonly link: PriceStreamLink;
  readonly counts: KafkaCounts;
  readonly settings: KafkaSettings;
  readonly symbols: () => readonly string[];
  /** Delivers a batch; resolves with whether an offset was committed. */
  readonly deliver: (payload: KafkaBatchPayload, isCurrent: () => boolean) => Promise<boolean>;
}

// Wait of kafkajs before it restarts a crashed consumer, unless its error has a `retryTime`.
const RESTART_MS = 300;

/** One consumer from `connect()` to `disconnect()`: its membership in the group, and what its events mean for the price stream. */
export class ConsumerGroupSession {
  readonly #options: ConsumerGroupSessionOptions;
  readonly #consumer: KafkaConsumer;
  readonly #gaps: GapTracker;
  readonly #watchdog: BrokerWatchdog;
  readonly #assignment: PartitionAssignment;
  readonly #unsubscribes: (() => void)[] = [];
  #phase: 'opening' | 'up' | 'broken' = 'opening';
  #isMember = false;
  #attempt = 0;
  #generation = 0;
  #work: Promise<void> = Promise.resolve();
  #resolveOpen!: () => void;
  #rejectOpen!: (error: TickmarkError) => void;
  #isClosing = false;
  #crash: { readonly ended: Promise<void>; readonly end: () => void } | undefined;

  constructor(consumer: KafkaConsumer, options: ConsumerGroupSessionOptions) {
    this.#consumer = consumer;
    this.#options = options;
    this.#gaps = new GapTracker(options.clock);
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

  async #start(): Promise<void> {
    const { topics, fromBeginning } = this.#options.settings;
    const { signal } = this.#options.link;
    await this.#consumer.connect();
    if (signal.aborted) return;
    await this.#consumer.subscribe(
      fromBeginning === undefined ? { topics: [...topics] } : { topics: [...topics], fromBeginning },
    );
    if (signal.aborted) return;
    await this.#consumer.run({
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#handleBatch(payload),
    });
    if (!this.#consumer.on) this.#restore(true);
  }

  async #handleBatch(payload: KafkaBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    if (this.#isClosing) return;
    this.#brokerResponded();
    const generation = this.#generation;
    const isCommitted = await this.#options.deliver(payload, () => generation === this.#generation);
    if (isCommitted) this.#assignment.committed(topic, partition);
    // A send to the dead-letter topic may have taken long.
    if (generation === this.#generation) this.#brokerResponded();
  }

  #listen(): void {
    this.#on('consumer.group_join', ({ payload }) => this.#joined(payload));
    this.#on('consumer.rebalancing', () => this.#break('disconnect', true));
    this.#on('consumer.fetch', () => this.#brokerResponded());
    this.#on('consumer.heartbeat', () => this.#brokerResponded());
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
    const isWhole = this.#assignment.replace(memberAssignment);
    // The first join counts only after a fetch, which shows where its partitions begin.
    if (this.#phase === 'opening') return;
    this.#options.counts.add('rebalances');
    this.#break('disconnect');
    this.#restore(isWhole);
  }

  #brokerResponded(): void {
    if (this.#isClosing || (this.#consumer.on && !this.#isMember)) return;
    this.#watchdog.responded();
    if (this.#phase === 'up') this.#gaps.seen();
    else this.#restore(true);
  }

  #stopped(): void {
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
    if (restart === false || failure.code === 'UNAUTHORIZED') return this.#options.link.fail(failure);
    const { retryTime } = (error ?? {}) as { retryTime?: unknown };
    this.#break('disconnect', true, typeof retryTime === 'number' ? retryTime : RESTART_MS);
  }

  #break(reason: 'disconnect' | 'silence', isOut = false, nextTryMs = 0): void {
    this.#generation++;
    if (isOut) this.#isMember = false;
    this.#watchdog.stop();
    if (this.#isClosing || this.#phase === 'opening') return;
    this.#gaps.begin(reason);
    this.#phase = 'broken';
    this.#options.link.reconnecting(++this.#attempt, this.#options.clock.now() + nextTryMs);
  }

  #restore(isWhole: boolean): void {
    const { link, symbols } = this.#options;
    this.#attempt = 0;
    if (this.#phase === 'opening') {
      this.#phase = 'up';
      this.#gaps.seen();
      return this.#resolveOpen();
    }
    this.#phase = 'up';
    this.#watchdog.responded();
    link.restored();
    const gap = this.#gaps.end(symbols(), isWhole);
    if (gap) link.deliver(gap);
  }

  #failure(what: string, error: unknown): TickmarkError {
    return kafkaError(what, error, this.#options.settings.secrets);
  }
}
