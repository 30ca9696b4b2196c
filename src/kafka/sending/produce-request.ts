import type { KafkaMessage } from '../../kafka-client/kafka-consumer.js';
import type { OutgoingRecord } from './record-writer.js';

// The brokers refuse requests above 100 MiB (socket.request.max.bytes); smaller ones are answered sooner.
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;

/** The records of one request, each with the call of `publish()` that it is of. */
export class ProduceRequest<Publish> {
  readonly #maxPartitionBytes: number;
  readonly #records: Array<{ readonly record: OutgoingRecord; readonly publish: Publish }> = [];
  readonly #bytes = new Map<string, number>();
  #size = 0;

  /** @param maxPartitionBytes Most bytes for one partition, since brokers limit what they append at once. */
  constructor(maxPartitionBytes: number) {
    this.#maxPartitionBytes = maxPartitionBytes;
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /** Number of records by call. */
  get publishes(): ReadonlyMap<Publish, number> {
    const counts = new Map<Publish, number>();
    for (const { publish } of this.#records) counts.set(publish, (counts.get(publish) ?? 0) + 1);
    return counts;
  }

  /** Whether a record may be added. */
  fits({ topic, partition, bytes }: OutgoingRecord): boolean {
    if (this.isEmpty) return true;
    const used = this.#bytes.get(`${topic}/${partition}`) ?? 0;
    return used + bytes <= this.#maxPartitionBytes && this.#size + bytes <= MAX_REQUEST_BYTES;
  }

  add(record: OutgoingRecord, publish: Publish): void {
    const place = `${record.topic}/${record.partition}`;
    this.#bytes.set(place, (this.#bytes.get(place) ?? 0) + record.bytes);
    this.#size += record.bytes;
    this.#records.push({ record, publish });
  }

  /** The records of one call alone. */
  of(publish: Publish): ProduceRequest<Publish> {
    const own = new ProduceRequest<Publish>(this.#maxPartitionBytes);
    for (const each of this.#records) if (each.publish === publish) own.add(each.record, publish);
    return own;
  }

  /** The records for partitions that are not among those that the brokers have acknowledged. */
  without(acknowledged: ReadonlySet<string>): ProduceRequest<Publish> {
    const others = new ProduceRequest<Publish>(this.#maxPartitionBytes);
    for (const { record, publish } of this.#records)
      if (!acknowledged.has(`${record.topic}/${record.partition}`)) others.add(record, publish);
    return others;
  }

  /** As the client takes them. */
  get topicMessages(): Array<{ topic: string; messages: KafkaMessage[] }> {
    const topics = new Map<string, KafkaMessage[]>();
    for (const { record } of this.#records) {
      const messages = topics.get(record.topic);
      if (messages) messages.push(record.message);
      else topics.set(record.topic, [record.message]);
    }
    return [...topics].map(([topic, messages]) => ({ topic, messages }));
  }
}
