import type { KafkaTopicPartition, KafkaRecord } from './kafka-consumer.js';

/** Longest value that is decoded, in bytes; a longer one is rejected as `too-long`. */
export const MAX_VALUE_BYTES = 1024 * 1024;

/** A value that cannot be decoded. `rejected` is the reason: use few, fixed names. */
export interface KafkaRejection {
  readonly rejected: string;
}

/** Result of a decoder of items. */
export type Decoded<Item> = Item | readonly Item[] | KafkaRejection | undefined;

/** Decodes the value of a record. */
export type RecordDecoder<Item> = (
  value: Uint8Array,
  record: KafkaRecord,
  place: KafkaTopicPartition,
) => Decoded<Item>;

/**
 * Decodes a record that is no tombstone: its items, in order, or the reason of its rejection. If `faultOf` finds a fault in one of them, the
 * whole record is rejected.
 */
export function readRecord<Item>(
  decode: RecordDecoder<Item>,
  record: KafkaRecord,
  place: KafkaTopicPartition,
  faultOf: (item: Item) => string | null,
): readonly Item[] | string {
  const value = record.value!;
  if (value.length > MAX_VALUE_BYTES) return 'too-long';
  let decoded: Decoded<Item>;
  try {
    decoded = decode(value, record, place);
  } catch {
    return 'decoder-threw';
  }
  if (decoded === undefined) return [];
  if (isRejection(decoded)) return decoded.rejected;
  const items = (Array.isArray(decoded) ? decoded : [decoded]) as readonly Item[];
  for (const item of items) {
    const fault = faultOf(item);
    if (fault !== null) return fault;
  }
  return items;
}

function isRejection(decoded: unknown): decoded is KafkaRejection {
  return typeof (decoded as Partial<KafkaRejection> | null)?.rejected === 'string';
}
