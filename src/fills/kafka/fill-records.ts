import type { Clock } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { Fill, FillGap, FillMessage } from '../../core/fills/fill-stream.js';
import { readEntry } from '../../core/portfolio/ledger/entry-reader.js';
import type { DeadLetter } from '../../kafka-client/dead-letters.js';
import { timeOf } from '../../kafka-client/record-text.js';
import type { KafkaRecord, KafkaTopicPartition } from '../../kafka-client/kafka-consumer.js';
import { readRecord } from '../../kafka-client/record-reader.js';
import type { DecodedFill, KafkaFillDecoder } from './json-fill-decoder.js';
import type { KafkaFillCounts } from './kafka-fill-counts.js';

/** Options of {@link FillRecords}. */
export interface FillRecordsOptions {
  readonly clock: Clock;
  readonly decode: KafkaFillDecoder;
  readonly counts: KafkaFillCounts;
  readonly report: (error: TickmarkError) => void;
}

/** What records say. */
export interface ReadFills {
  /** A gap first if a record was rejected, then the fills. */
  readonly messages: readonly FillMessage[];
  /** Records that were rejected. */
  readonly rejected: readonly DeadLetter[];
}

/** Reads records as fills. The first record that is rejected for a reason is reported; all are counted, and each list says that it has some. */
export class FillRecords {
  readonly #options: FillRecordsOptions;
  readonly #reported = new Set<string>();

  constructor(options: FillRecordsOptions) {
    this.#options = options;
  }

  /** Reads records of a partition. */
  read(records: readonly KafkaRecord[], place: KafkaTopicPartition): ReadFills {
    const { counts } = this.#options;
    const fills: Fill[] = [];
    const rejected: DeadLetter[] = [];
    for (const record of records) {
      counts.add('records');
      const read = this.#read(record, place);
      if (typeof read === 'string') {
        counts.reject(read);
        rejected.push({ record, reason: read });
        continue;
      }
      counts.add(read.length > 0 ? 'fillRecords' : 'skipped');
      counts.add('fills', read.length);
      for (const { account, entry } of read) fills.push({ type: 'fill', account, entry });
    }
    return { messages: rejected.length > 0 ? [this.#gapOf(rejected), ...fills] : fills, rejected };
  }

  #read(record: KafkaRecord, place: KafkaTopicPartition): readonly DecodedFill[] | string {
    const { decode } = this.#options;
    let cause: unknown;
    const noting: KafkaFillDecoder = (...given) => {
      try {
        return decode(...given);
      } catch (error) {
        cause = error;
        throw error;
      }
    };
    const faultOf = (fill: DecodedFill): string | null => {
      if (typeof fill?.account !== 'string' || fill.account === '') return 'no-account';
      try {
        readEntry(fill.entry);
        return null;
      } catch (error) {
        cause = error;
        return 'invalid-entry';
      }
    };
    const read = record.value === null ? 'no-value' : readRecord(noting, record, place, faultOf);
    if (typeof read === 'string') this.#report(read, record, place, cause);
    return read;
  }

  #report(reason: string, { offset }: KafkaRecord, place: KafkaTopicPartition, cause: unknown): void {
    if (this.#reported.has(reason)) return;
    this.#reported.add(reason);
    const { message } = (cause ?? {}) as { message?: unknown };
    const why = typeof message === 'string' ? `${reason}: ${message.slice(0, 300)}` : reason;
    const text = `KafkaFillStream: the record of ${place.topic}/${place.partition} at offset ${offset} cannot be read: ${why} Others with this reason are only counted.`;
    this.#options.report(new TickmarkError('MALFORMED_INPUT', text, { cause }));
  }

  // A fill that cannot be read is missing from the books.
  #gapOf(rejected: readonly DeadLetter[]): FillGap {
    const { clock, counts } = this.#options;
    counts.add('gaps');
    const times = rejected.map(({ record }) => timeOf(record) ?? clock.now());
    // A fill happened before its record was written: nothing says how long before.
    return {
      type: 'gap',
      account: null,
      from: Math.min(...times),
      to: Math.max(...times),
      reason: 'unreadable',
    };
  }
}
