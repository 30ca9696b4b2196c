import type { KafkaClients, KafkaConsumer } from 'tickmark/kafka';
import { pause } from '../../test/waiting.js';
import { RecordSender } from './record-sender.js';

/** What the broker alone takes on this machine from a record sent to the record read. Every contender needs this at least twice. */
export class BrokerEcho {
  readonly #sender: RecordSender;
  readonly #consumer: KafkaConsumer;
  readonly #topic: string;
  #onRecord = (_at: number): void => undefined;

  /** @param topic A topic with one partition, which nobody else uses. */
  constructor(clients: KafkaClients, broker: string, topic: string) {
    this.#topic = topic;
    this.#sender = new RecordSender(broker, topic, 1);
    this.#consumer = clients.consumer({ groupId: `${topic}.echo`, sessionTimeout: 300_000 });
  }

  async start(): Promise<void> {
    await this.#sender.connect();
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [this.#topic], fromBeginning: true });
    await this.#consumer.run({
      eachBatchAutoResolve: false,
      autoCommit: false,
      eachBatch: ({ batch: { messages }, resolveOffset }) => {
        this.#onRecord(performance.now());
        resolveOffset(messages.at(-1)!.offset);
        return Promise.resolve();
      },
    });
  }

  /** Times of single records, ms. */
  async latencies(count: number, pauseMs: number): Promise<number[]> {
    const latencies: number[] = [];
    for (let n = 0; n < count; n++) {
      await pause(pauseMs);
      const begin = performance.now();
      const read = new Promise<number>((resolve) => (this.#onRecord = resolve));
      await this.#sender.send([{ key: 'echo', value: 'echo', partition: 0 }]);
      latencies.push((await read) - begin);
    }
    return latencies;
  }

  async close(): Promise<void> {
    this.#sender.close();
    await this.#consumer.disconnect().catch(() => undefined);
  }
}
