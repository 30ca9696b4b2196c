import type { TickmarkError } from '../../core/errors.js';
import type { LocalDelivery } from '../../core/messaging/local-delivery.js';
import { SequenceTracker } from '../../core/messaging/sequence-tracker.js';
import { deliverInTurns } from '../../kafka-client/batch-turns.js';
import type {
  KafkaBatchPayload,
  KafkaRecord,
  KafkaTopicPartition,
} from '../../kafka-client/kafka-consumer.js';
import type { KafkaBusParts } from '../kafka-bus-parts.js';
import type { TopicReader } from './topic-reader.js';

const RECORDS_PER_TURN = 200;

/** Delivers each event of a topic to the subscriptions that want it, at most once, without waiting for their handlers. */
export class TailDelivery {
  readonly #parts: KafkaBusParts;
  readonly #local: LocalDelivery;
  readonly #sequences = new SequenceTracker();

  constructor(parts: KafkaBusParts, local: LocalDelivery) {
    this.#parts = parts;
    this.#local = local;
  }

  /** Delivers a batch of the topic that `reader` reads. */
  deliver(payload: KafkaBatchPayload, isAssigned: () => boolean, reader: TopicReader): Promise<boolean> {
    return deliverInTurns(payload, isAssigned, {
      signal: reader.signal,
      size: RECORDS_PER_TURN,
      commit: 'never',
      deliver: (records) => Promise.resolve(this.#deliverRecords(records, payload.batch, reader)),
    });
  }

  #deliverRecords(records: readonly KafkaRecord[], place: KafkaTopicPartition, reader: TopicReader): number {
    for (const [done, record] of records.entries()) {
      if (reader.signal.aborted) return done;
      if (reader.positions.isRead(place, record)) continue;
      reader.positions.read(place, record);
      this.#deliverRecord(record, place, reader);
    }
    return records.length;
  }

  #deliverRecord(record: KafkaRecord, place: KafkaTopicPartition, reader: TopicReader): void {
    const { counts, reader: events, clock, report } = this.#parts;
    counts.add('received');
    try {
      const read = events.read(record, place, (type) => this.#local.wants(type));
      if (!read) return;
      const partition = `${place.topic}/${place.partition}`;
      if (this.#sequences.isRepeated(partition, read)) return counts.add('duplicates');
      const gap = this.#sequences.record(partition, read, clock.now());
      if (gap.missed > 0) {
        this.#local.countLost(gap.missed);
        reader.outages.missed(gap);
      }
      if (read.event) this.#local.deliver(read.event);
    } catch (error) {
      counts.add('malformed');
      report(error as TickmarkError);
    }
  }
}
