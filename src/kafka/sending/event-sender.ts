import { TickmarkError } from '../../core/errors.js';
import type { DomainEvent } from '../../core/messaging/event-bus.js';
import { kafkaError, type KafkaErrorSource } from '../../kafka-client/kafka-client-error.js';
import type { KafkaBatchProducer, KafkaMessage } from '../../kafka-client/kafka-consumer.js';
import { ProduceRequest } from './produce-request.js';
import { LIMITS, type RecordWriter } from './record-writer.js';

/** What {@link EventSender} needs. */
export interface EventSenderOptions {
  readonly writer: RecordWriter;
  readonly source: KafkaErrorSource;
  /** Most bytes for one partition in one request. */
  readonly maxPartitionBytes: number;
  /** Makes and connects another producer. */
  readonly connect: () => Promise<KafkaBatchProducer>;
}

interface Publish {
  readonly events: readonly DomainEvent[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Records that are not acknowledged yet. */
  left: number;
  isSettled: boolean;
}

/**
 * Sends events with one producer: one request at a time, so that the order is kept whatever the client repeats. What is published while a
 * request is on its way goes into the next one.
 */
export class EventSender {
  #producer: KafkaBatchProducer;
  readonly #options: EventSenderOptions;
  #waiting: Publish[] = [];
  #isRunning = false;
  #dropped: TickmarkError | null = null;

  constructor(producer: KafkaBatchProducer, options: EventSenderOptions) {
    this.#producer = producer;
    this.#options = options;
  }

  /**
   * Resolves when the brokers have acknowledged all records.
   * @throws TickmarkError `INVALID_ARGUMENT`, `MESSAGE_TOO_LARGE`, `BUS_FAILED`, `UNAUTHORIZED`.
   */
  send(events: readonly DomainEvent[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject, left: 0, isSettled: false });
      if (!this.#isRunning) void this.#run();
    });
  }

  /** Sends a record as it is. Resolves when the brokers have acknowledged it. @throws TickmarkError as {@link send}. */
  async sendMessage(topic: string, message: KafkaMessage): Promise<void> {
    try {
      await this.#producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages: [message] }] });
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  /** Sends nothing more: rejects what waits, and disconnects the producer. */
  async drop(error: TickmarkError): Promise<void> {
    this.#dropped = error;
    for (const publish of this.#waiting.splice(0)) this.#reject(publish, error);
    await disconnect(this.#producer);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // Calls of the same turn go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#sendAll(this.#waiting.splice(0));
    this.#isRunning = false;
  }

  async #sendAll(publishes: readonly Publish[]): Promise<void> {
    const { writer, maxPartitionBytes } = this.#options;
    let request = new ProduceRequest<Publish>(maxPartitionBytes);
    for (const publish of publishes) {
      try {
        const preparing = writer.prepare(publish.events);
        if (preparing) await preparing;
        if (this.#dropped) throw this.#dropped;
        const records = writer.write(publish.events);
        publish.left = records.length;
        if (records.length === 0) this.#acknowledge(publish, 0);
        for (const record of records) {
          if (!request.fits(record)) {
            await this.#sendRequest(request);
            request = new ProduceRequest<Publish>(maxPartitionBytes);
          }
          if (publish.isSettled) break;
          request.add(record, publish);
        }
      } catch (error) {
        this.#reject(publish, error);
      }
    }
    if (!request.isEmpty) await this.#sendRequest(request);
  }

  async #sendRequest(request: ProduceRequest<Publish>): Promise<void> {
    const { publishes } = request;
    if (this.#dropped) {
      for (const publish of publishes.keys()) this.#reject(publish, this.#dropped);
      return;
    }
    try {
      await this.#deliver(request);
      for (const [publish, records] of publishes) this.#acknowledge(publish, records);
    } catch (cause) {
      const error = this.#failure(cause);
      // One that can never be accepted must not take the others with it. Readers drop what comes twice.
      if (!error.retryable && publishes.size > 1)
        for (const publish of publishes.keys()) await this.#sendRequest(request.of(publish));
      else for (const publish of publishes.keys()) this.#reject(publish, error);
    }
  }

  // kafkajs leaves out records for partitions that it has not heard of yet, without an error. One that connects anew knows all of them.
  async #deliver(request: ProduceRequest<Publish>): Promise<void> {
    const left = await this.#sendOnce(request);
    if (left.isEmpty) return;
    const stale = this.#producer;
    this.#producer = await this.#options.connect();
    void disconnect(stale);
    if (!(await this.#sendOnce(left)).isEmpty)
      throw new Error('the client has left out records for partitions that it does not know');
  }

  /** Resolves with the records that were left out. */
  async #sendOnce(request: ProduceRequest<Publish>): Promise<ProduceRequest<Publish>> {
    const results = await this.#producer.sendBatch({ acks: -1, topicMessages: request.topicMessages });
    const acknowledged = results.map(({ topicName, partition }) => `${topicName}/${partition}`);
    return request.without(new Set(acknowledged));
  }

  #acknowledge(publish: Publish, records: number): void {
    publish.left -= records;
    if (publish.left > 0 || publish.isSettled) return;
    publish.isSettled = true;
    publish.resolve();
  }

  #reject(publish: Publish, error: unknown): void {
    if (publish.isSettled) return;
    publish.isSettled = true;
    publish.reject(error);
  }

  #failure(cause: unknown): TickmarkError {
    const { source } = this.#options;
    const { type, name, retriable } = (cause ?? {}) as {
      type?: unknown;
      name?: unknown;
      retriable?: unknown;
    };
    const isPermanent = name === 'KafkaJSProtocolError' && retriable === false;
    const what = isPermanent
      ? 'publish(): Kafka refuses the events'
      : 'publish(): it is unknown whether Kafka got the events';
    const error = kafkaError(source, what, cause);
    if (!isPermanent) return error;
    if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE')
      return new TickmarkError('MESSAGE_TOO_LARGE', `${error.message}. ${LIMITS}`, { cause: error.cause });
    return new TickmarkError(error.code, error.message, { cause: error.cause });
  }
}

/** Disconnects a producer. Never rejects: there is nobody left to tell. */
export async function disconnect(producer: KafkaBatchProducer): Promise<void> {
  await producer.disconnect().catch(() => undefined);
}
