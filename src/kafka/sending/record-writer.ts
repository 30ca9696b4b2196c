import { Buffer } from 'node:buffer';
import { PORTFOLIO_VALUED } from '../../core/engine/portfolio-value-codec.js';
import { PORTFOLIOS_VALUED, type PortfolioValuedBatch } from '../../core/engine/portfolio-valued-event.js';
import { TickmarkError } from '../../core/errors.js';
import type { DomainEvent } from '../../core/messaging/event-bus.js';
import type { EventCodecs, EventData } from '../../core/messaging/event-codec.js';
import { shardOf } from '../../core/shards/shard-of.js';
import type { KafkaMessage } from '../../kafka-client/kafka-consumer.js';
import { writeHeaders } from '../cloud-event-headers.js';
import type { TopicDirectory } from '../topic-directory.js';
import type { TopicNames } from '../topic-names.js';
import { partOf, rowsByShard } from './value-parts.js';

/** A record, and where it goes. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly message: KafkaMessage;
  /** About its size, in bytes. */
  readonly bytes: number;
}

/** What {@link RecordWriter} needs. */
export interface RecordWriterOptions {
  readonly where: string;
  readonly codecs: EventCodecs;
  /** Encodes batches of one value as plain JSON. */
  readonly plainCodecs: EventCodecs;
  readonly names: TopicNames;
  readonly directory: TopicDirectory;
  /** Name of this publisher. */
  readonly source: string;
  readonly values: 'packed' | 'each';
}

interface Part {
  readonly event: DomainEvent;
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly data: EventData;
}

// What a record takes beside its key, value and headers, at most.
const OVERHEAD_BYTES = 100;

/**
 * Writes events as records. The partition is that which Kafka's default partitioner chooses for the key: the id of a portfolio, or the name of
 * this publisher. Records are numbered by partition, so that readers notice those that are lost or come twice.
 */
export class RecordWriter {
  readonly #options: RecordWriterOptions;
  readonly #last = new Map<string, number>();

  constructor(options: RecordWriterOptions) {
    this.#options = options;
  }

  /** Finds out what it needs to know to write these events. Returns `null` where it knows that already. @throws TickmarkError `BUS_FAILED`. */
  prepare(events: readonly DomainEvent[]): Promise<unknown> | null {
    const { directory, names } = this.#options;
    const unknown = new Set<string>();
    for (const { type } of events)
      if (directory.known(names.of(type)) === undefined) unknown.add(names.of(type));
    return unknown.size === 0 ? null : Promise.all([...unknown].map((topic) => directory.count(topic)));
  }

  /**
   * The records of events, in order.
   * @throws TickmarkError `INVALID_ARGUMENT`, `MESSAGE_TOO_LARGE`; then nothing is numbered.
   */
  write(events: readonly DomainEvent[]): OutgoingRecord[] {
    return events.flatMap((event) => this.#partsOf(event)).map((part) => this.#recordOf(part));
  }

  #partsOf(event: DomainEvent): Part[] {
    const { names, directory, source, values, codecs } = this.#options;
    const topic = names.of(event.type);
    const count = directory.known(topic)!;
    if (event.type === PORTFOLIOS_VALUED) {
      const batch = event as PortfolioValuedBatch;
      return values === 'each' ? this.#each(batch, topic, count) : this.#packed(batch, topic, count);
    }
    const { portfolioId } = event as { portfolioId?: unknown };
    const key = typeof portfolioId === 'string' ? portfolioId : source;
    return [{ event, topic, partition: shardOf(key, count), key, data: this.#encode(codecs, event) }];
  }

  #packed(batch: PortfolioValuedBatch, topic: string, count: number): Part[] {
    const encoded = [...rowsByShard(batch, count)].flatMap(([partition, rows]) =>
      this.#encodeRows(batch, rows).map((data) => ({ partition, data })),
    );
    return encoded.map(({ partition, data }, at) => {
      const { type, occurredAt } = batch;
      return { event: { type, occurredAt, id: `${batch.id}/${at}` }, topic, partition, key: null, data };
    });
  }

  // What is too large for one record becomes two.
  #encodeRows(batch: PortfolioValuedBatch, rows: readonly number[]): EventData[] {
    try {
      return [this.#encode(this.#options.codecs, partOf(batch, batch.id, rows))];
    } catch (error) {
      if ((error as TickmarkError).code !== 'MESSAGE_TOO_LARGE' || rows.length === 1) throw error;
      const half = rows.length >> 1;
      return [rows.slice(0, half), rows.slice(half)].flatMap((each) => this.#encodeRows(batch, each));
    }
  }

  #each(batch: PortfolioValuedBatch, topic: string, count: number): Part[] {
    return batch.portfolios.map(({ id: key }, row) => {
      const { occurredAt } = batch;
      const one = partOf(batch, batch.id, [row]);
      const event = { type: PORTFOLIO_VALUED, occurredAt, id: `${batch.id}:${row}` };
      const data = this.#encode(this.#options.plainCodecs, one);
      return { event, topic, partition: shardOf(key, count), key, data };
    });
  }

  #encode(codecs: EventCodecs, event: DomainEvent): EventData {
    try {
      return codecs.encodeData(event);
    } catch (error) {
      const { code, message } = error as TickmarkError;
      if (code !== 'MESSAGE_TOO_LARGE') throw error;
      throw new TickmarkError('MESSAGE_TOO_LARGE', `${this.#options.where}.publish: ${message} ${LIMITS}`, {
        cause: error,
      });
    }
  }

  #recordOf({ event, topic, partition, key, data }: Part): OutgoingRecord {
    const place = `${topic}/${partition}`;
    const sequence = (this.#last.get(place) ?? 0) + 1;
    const { source } = this.#options;
    const headers = writeHeaders(event, { source, sequence }, data);
    this.#last.set(place, sequence);
    let bytes = OVERHEAD_BYTES + data.bytes.length + 3 * (key?.length ?? 0);
    for (const [name, text] of Object.entries(headers)) bytes += name.length + 3 * text.length;
    // kafkajs writes no other array of bytes.
    const { buffer, byteOffset, byteLength } = data.bytes;
    const value = Buffer.from(buffer, byteOffset, byteLength);
    return { topic, partition, bytes, message: { partition, key, value, headers } };
  }
}

/** Says which settings limit the size of a record. */
export const LIMITS =
  'Kafka limits records by max.message.bytes of the topic and message.max.bytes of the broker (1,048,588 bytes unless set): ' +
  'send less in one event (batchSize), or raise these and then maxMessageBytes of the bus.';
