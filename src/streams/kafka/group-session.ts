import type { Clock } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { GapTracker } from '../connection/gap-tracker.js';
import { BrokerWatch } from './broker-watch.js';
import { Assignment } from './assignment.js';
import type { KafkaBatchPayload, KafkaConsumer, KafkaConsumerEvent } from './kafka-consumer.js';
import type { KafkaCounts } from './kafka-counts.js';
import { kafkaFailure } from './kafka-failure.js';
import type { KafkaSettings } from './kafka-options.js';

/** What a session works with. */
export interface GroupSessionParts {
  readonly clock: Clock;
  readonly link: PriceStreamLink;
  readonly counts: KafkaCounts;
  readonly settings: KafkaSettings;
  readonly symbols: () => readonly string[];
  /** Takes a batch; gives whether an offset was committed. */
  readonly deliver: (payload: KafkaBatchPayload, isCurrent: () => boolean) => Promise<boolean>;
}

// What kafkajs waits before it starts a crashed consumer again, unless its error or its settings say otherwise.
const RESTART_MS = 300;

/** One consumer from `connect()` to `disconnect()`: its place in the group, and what its events mean for the stream. */
export class GroupSession {
  readonly #parts: GroupSessionParts;
  readonly #consumer: KafkaConsumer;
  readonly #gaps: GapTracker;
  readonly #watch: BrokerWatch;
  readonly #assignment: Assignment;
  readonly #offs: (() => void)[] = [];
  #phase: 'opening' | 'up' | 'broken' = 'opening';
  #isMember = false;
  #attempt = 0;
  #generation = 0;
  #work: Promise<void> = Promise.resolve();
  #up!: () => void;
  #refuse!: (error: TickmarkError) => void;
  #isClosing = false;
  #crash: { readonly ended: Promise<void>; readonly end: () => void } | undefined;

  constructor(consumer: KafkaConsumer, parts: GroupSessionParts) {
    this.#consumer = consumer;
    this.#parts = parts;
    this.#gaps = new GapTracker(parts.clock);
    this.#watch = new BrokerWatch(parts.clock, parts.settings.silenceMs, () => this.#break('silence'));
    this.#assignment = new Assignment(parts.settings.fromBeginning === true);
  }

  /** Settles when records flow from here on; rejects when the link is over, an error comes first, or time is up. */
  async open(): Promise<void> {
    const { clock, link, settings } = this.#parts;
    const { signal } = link;
    const opened = new Promise<void>((resolve, reject) => {
      this.#up = resolve;
      this.#refuse = reject;
    });
    const onAbort = (): void => this.#refuse(signal.reason as TickmarkError);
    const timer = clock.setTimer(() => {
      const message = `no place in the group within ${settings.connectTimeoutMs} ms`;
      this.#refuse(this.#failure('connect()', new Error(message)));
    }, settings.connectTimeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#listen();
    this.#work = this.#start().catch((error: unknown) => this.#refuse(this.#failure('connect()', error)));
    try {
      await opened;
    } finally {
      timer.clear();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Stops and disconnects the consumer, and listens no longer. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#generation++;
    this.#watch.stop();
    try {
      // A consumer that is stopped while it starts, or while it crashes, would start all the same.
      await this.#work;
      await this.#crash?.ended;
      await this.#consumer.disconnect();
    } catch (error) {
      throw this.#failure('disconnect()', error);
    } finally {
      for (const off of this.#offs) off();
    }
  }

  async #start(): Promise<void> {
    const { topics, fromBeginning } = this.#parts.settings;
    const { signal } = this.#parts.link;
    await this.#consumer.connect();
    if (signal.aborted) return;
    await this.#consumer.subscribe(
      fromBeginning === undefined ? { topics: [...topics] } : { topics: [...topics], fromBeginning },
    );
    if (signal.aborted) return;
    await this.#consumer.run({ eachBatchAutoResolve: false, eachBatch: (payload) => this.#take(payload) });
    if (!this.#consumer.on) this.#restore(true);
  }

  async #take(payload: KafkaBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    if (this.#isClosing) return;
    this.#heard();
    const generation = this.#generation;
    const isCommitted = await this.#parts.deliver(payload, () => generation === this.#generation);
    if (isCommitted) this.#assignment.committed(topic, partition);
    // A send to a dead-letter topic may have taken its time.
    if (generation === this.#generation) this.#heard();
  }

  #listen(): void {
    this.#on('consumer.group_join', ({ payload }) => this.#joined(payload));
    this.#on('consumer.rebalancing', () => this.#break('disconnect', true));
    this.#on('consumer.fetch', () => this.#heard());
    this.#on('consumer.heartbeat', () => this.#heard());
    this.#on('consumer.stop', () => this.#stopped());
    this.#on('consumer.crash', ({ payload }) => this.#crashed(payload));
  }

  #on(event: string, listener: (event: KafkaConsumerEvent) => void): void {
    const off: unknown = this.#consumer.on?.(event, listener);
    if (typeof off === 'function') this.#offs.push(off as () => void);
  }

  #joined(payload: unknown): void {
    if (this.#isClosing) return;
    this.#generation++;
    this.#isMember = true;
    const { memberAssignment } = (payload ?? {}) as { memberAssignment?: unknown };
    const isWhole = this.#assignment.replace(memberAssignment);
    // The first place is had only when a fetch has shown where its partitions begin.
    if (this.#phase === 'opening') return;
    this.#parts.counts.add('rebalances');
    this.#break('disconnect');
    this.#restore(isWhole);
  }

  #heard(): void {
    if (this.#isClosing || (this.#consumer.on && !this.#isMember)) return;
    this.#watch.heard();
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
    this.#parts.counts.add('crashes');
    // The consumer sets its timer to start again right after this event: whoever stops it has to come after that.
    const crash = this.#crash;
    this.#crash = undefined;
    queueMicrotask(() => crash?.end());
    if (this.#isClosing) return;
    const failure = this.#failure('the consumer crashed', error);
    if (this.#phase === 'opening') return this.#refuse(failure);
    if (restart === false || failure.code === 'UNAUTHORIZED') return this.#parts.link.fail(failure);
    const { retryTime } = (error ?? {}) as { retryTime?: unknown };
    this.#break('disconnect', true, typeof retryTime === 'number' ? retryTime : RESTART_MS);
  }

  #break(reason: 'disconnect' | 'silence', isOut = false, nextTryMs = 0): void {
    this.#generation++;
    if (isOut) this.#isMember = false;
    this.#watch.stop();
    if (this.#isClosing || this.#phase === 'opening') return;
    this.#gaps.begin(reason);
    this.#phase = 'broken';
    this.#parts.link.reconnecting(++this.#attempt, this.#parts.clock.now() + nextTryMs);
  }

  #restore(isWhole: boolean): void {
    const { link, symbols } = this.#parts;
    this.#attempt = 0;
    if (this.#phase === 'opening') {
      this.#phase = 'up';
      this.#gaps.seen();
      return this.#up();
    }
    this.#phase = 'up';
    this.#watch.heard();
    link.restored();
    const gap = this.#gaps.end(symbols(), isWhole);
    if (gap) link.deliver(gap);
  }

  #failure(what: string, error: unknown): TickmarkError {
    return kafkaFailure(what, error, this.#parts.settings.secrets);
  }
}
