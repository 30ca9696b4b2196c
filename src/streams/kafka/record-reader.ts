import { updateFault, type PriceUpdate } from '../../core/prices/price-update.js';
import type { KafkaTopicPartition, KafkaRecord } from './kafka-consumer.js';
import type { KafkaDecoder, KafkaRejection } from './json-price-decoder.js';

/** Longest value that is decoded, in bytes; a longer one is rejected as `too-long`. */
export const MAX_VALUE_BYTES = 1024 * 1024;

/** Prices of a record, in order, or the reason of its rejection. */
export type ReadRecord = readonly PriceUpdate[] | string;

/** Decodes a record that is no tombstone. If one of its prices is invalid, the whole record is rejected. */
export function readRecord(
  decode: KafkaDecoder,
  record: KafkaRecord,
  place: KafkaTopicPartition,
): ReadRecord {
  const value = record.value!;
  if (value.length > MAX_VALUE_BYTES) return 'too-long';
  let decoded: ReturnType<KafkaDecoder>;
  try {
    decoded = decode(value, record, place);
  } catch {
    return 'decoder-threw';
  }
  if (decoded === undefined) return [];
  if (isRejection(decoded)) return decoded.rejected;
  const updates = (Array.isArray(decoded) ? decoded : [decoded]) as readonly PriceUpdate[];
  for (const update of updates) {
    // The processor decides about zero and negative prices: some instruments trade there.
    const fault = updateFault(update, true);
    if (fault !== null) return fault;
  }
  return updates;
}

function isRejection(decoded: unknown): decoded is KafkaRejection {
  return typeof (decoded as Partial<KafkaRejection> | null)?.rejected === 'string';
}
