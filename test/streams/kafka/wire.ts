import { Kafka, logLevel, type Consumer, type Producer } from 'kafkajs';
import { kafkaBroker, type KafkaBroker } from '../../servers/kafka.js';

/** A broker, and clients with quick retries and long time limits, for busy machines. */
export class KafkaWire {
  readonly broker: KafkaBroker;
  readonly kafka: Kafka;
  readonly #closers: (() => Promise<void>)[] = [];

  private constructor(broker: KafkaBroker) {
    this.broker = broker;
    this.kafka = new Kafka({
      ...broker.clientOptions,
      logLevel: logLevel.NOTHING,
      connectionTimeout: 30_000,
      requestTimeout: 30_000,
      retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 3 },
    });
  }

  static async start(): Promise<KafkaWire> {
    return new KafkaWire(await kafkaBroker());
  }

  /** A consumer that is not connected. */
  consumer(groupId: string): Consumer {
    return this.kafka.consumer({
      groupId,
      maxWaitTimeInMs: 50,
      heartbeatInterval: 100,
      // Each rebalance of a group that is not empty takes this long, less one second.
      sessionTimeout: 6000,
      rebalanceTimeout: 6000,
    });
  }

  /** A connected producer, disconnected by `dispose()`. */
  async producer(): Promise<Producer> {
    const producer = this.kafka.producer();
    await producer.connect();
    this.#closers.push(() => producer.disconnect());
    return producer;
  }

  async dispose(): Promise<void> {
    await Promise.allSettled(this.#closers.map((close) => close()));
    await this.broker.dispose();
  }
}
