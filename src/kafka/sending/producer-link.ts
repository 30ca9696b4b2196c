import { retryDelay } from '../../core/backoff.js';
import { BoundedCalls, type Clock, type Timer } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { RandomSource } from '../../core/random.js';
import { kafkaError, type KafkaErrorSource } from '../../kafka-client/kafka-client-error.js';
import type { KafkaBatchProducer } from '../../kafka-client/kafka-consumer.js';
import { EventSender, disconnect, type EventSenderOptions } from './event-sender.js';

/** What {@link ProducerLink} needs. */
export interface ProducerLinkOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly source: KafkaErrorSource;
  readonly makeProducer: () => KafkaBatchProducer;
  /** Time limit of a connect, in ms. */
  readonly connectTimeoutMs: number;
  readonly sender: Omit<EventSenderOptions, 'connect'>;
  readonly onUp: () => void;
  readonly onFailed: (error: TickmarkError) => void;
}

const RETRY_BOUNDS = { firstMs: 100, capMs: 1000 };

/** Keeps a producer connected: makes another one when one cannot connect, or does not answer. */
export class ProducerLink {
  readonly #options: ProducerLinkOptions;
  #sender: EventSender | null = null;
  #failure: TickmarkError | null = null;
  #failures = 0;
  #timer: Timer | null = null;
  #isStarted = false;
  #isClosed = false;

  constructor(options: ProducerLinkOptions) {
    this.#options = options;
  }

  /** What sends with the producer; `null` while there is none. */
  get sender(): EventSender | null {
    return this.#sender;
  }

  /** Why the last try has failed; `null` since a producer has connected. */
  get failure(): TickmarkError | null {
    return this.#failure;
  }

  /** Connects on the first call. */
  start(): void {
    if (this.#isStarted || this.#isClosed) return;
    this.#isStarted = true;
    void this.#connect();
  }

  /** A producer does not answer: nothing more is sent with it. */
  drop(sender: EventSender): void {
    if (this.#sender !== sender) return;
    this.#sender = null;
    const message = `${this.#options.source.name}: the producer did not answer; another one is made.`;
    void sender.drop(new TickmarkError('BUS_FAILED', message, { retryable: true }));
    void this.#connect();
  }

  /** Disconnects. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.clear();
    const sender = this.#sender;
    this.#sender = null;
    const { name } = this.#options.source;
    if (sender) await sender.drop(new TickmarkError('CLOSED', `${name}: the bus was closed.`));
  }

  async #connect(): Promise<void> {
    const { sender, onUp } = this.#options;
    try {
      const producer = await this.#newProducer();
      if (this.#isClosed) return await disconnect(producer);
      this.#failure = null;
      this.#failures = 0;
      this.#sender = new EventSender(producer, { ...sender, connect: () => this.#newProducer() });
    } catch (error) {
      return this.#failed(error as TickmarkError);
    }
    onUp();
  }

  /** @throws TickmarkError `BUS_FAILED`, `UNAUTHORIZED`. */
  async #newProducer(): Promise<KafkaBatchProducer> {
    const { clock, source, connectTimeoutMs, makeProducer } = this.#options;
    const what = 'connecting the producer';
    let producer: KafkaBatchProducer | null = null;
    try {
      const made = (producer = makeProducer());
      await new BoundedCalls(clock, connectTimeoutMs).run(`${source.name}: ${what}`, () => made.connect());
      return made;
    } catch (error) {
      if (producer) void disconnect(producer);
      throw kafkaError(source, what, error);
    }
  }

  #failed(error: TickmarkError): void {
    if (this.#isClosed) return;
    const { clock, random, onFailed } = this.#options;
    this.#failure = error;
    onFailed(error);
    const delayMs = retryDelay(++this.#failures, RETRY_BOUNDS, random);
    this.#timer = clock.setTimer(() => void this.#connect(), delayMs);
  }
}
