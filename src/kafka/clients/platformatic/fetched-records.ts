import type { KafkaRecord } from '../../../kafka-client/kafka-consumer.js';
import { committedBatches } from './committed-batches.js';
import type { FetchedBatch, FetchedPartition } from './platformatic-module.js';

/** What a fetch has brought of a partition. */
export interface FetchedRecords {
  readonly messages: readonly KafkaRecord[];
  /** Offset of the first record, also of one that is not delivered; `null` without any. */
  readonly firstOffset: bigint | null;
  /** Where the next fetch begins. */
  readonly next: bigint;
}

const decoder = new TextDecoder();

/** The committed records of a fetch, from an offset on. */
export function recordsOf(fetched: FetchedPartition, from: bigint): FetchedRecords {
  const { records: batches = [] } = fetched;
  const [first] = batches;
  const last = batches.at(-1);
  // A compressed batch is sent whole.
  const firstOffset = first ? (first.firstOffset > from ? first.firstOffset : from) : null;
  const next = last ? last.firstOffset + BigInt(last.lastOffsetDelta) + 1n : from;
  const messages = committedBatches(fetched).flatMap((batch) =>
    batch.records
      .filter(({ offsetDelta }) => batch.firstOffset + BigInt(offsetDelta) >= from)
      .map((record) => recordOf(batch, record)),
  );
  return { messages, firstOffset, next };
}

function recordOf(batch: FetchedBatch, record: FetchedBatch['records'][number]): KafkaRecord {
  const { key, value, offsetDelta, timestampDelta } = record;
  const headers: Record<string, unknown> = {};
  for (const [bytes, each] of record.headers) {
    const name = decoder.decode(bytes ?? new Uint8Array());
    const before = headers[name];
    // As kafkajs: a name that comes twice has a list.
    headers[name] = before === undefined ? each : [...(Array.isArray(before) ? before : [before]), each];
  }
  return {
    key,
    value,
    timestamp: String(batch.firstTimestamp + timestampDelta),
    offset: String(batch.firstOffset + BigInt(offsetDelta)),
    headers,
  };
}
